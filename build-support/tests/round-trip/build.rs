//! The header of the library, and the C that uses it.

use callgate_build::Build;

fn main() {
    let build = Build::new().header("round-trip.h").c("c/calls.c").configure(|cc| {
        cc.warnings(true).extra_warnings(true).warnings_into_errors(true);
    });
    #[cfg(feature = "import")]
    let build = build.import(
        "imported",
        callgate_build::Import::new("round-trip.h").functions("mirrored|visit|engine_.*"),
    );
    build.run();
}
