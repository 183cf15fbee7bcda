//! The header of the library, and the C that uses it.

fn main() {
    callgate_build::Build::new()
        .header("round-trip.h")
        .c("c/calls.c")
        .configure(|cc| {
            cc.warnings(true).extra_warnings(true).warnings_into_errors(true);
        })
        .run();
}
