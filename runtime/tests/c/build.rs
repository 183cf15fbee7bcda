//! Compiles the C sources that the tests call, and are called by.

const SOURCES: [&str; 6] =
    ["calls.c", "callbacks.c", "threads.c", "named.c", "backtrace.c", "exports.c"];

fn main() {
    let mut build = cc::Build::new();
    build.opt_level(2).warnings(true).extra_warnings(true).warnings_into_errors(true);
    build.flag("-fasynchronous-unwind-tables").flag("-pthread").define("_GNU_SOURCE", None);
    build.files(SOURCES);
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-changed=registers.S");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        build.file("registers.S");
    }
    build.compile("callgate_test_c");
    // For the tests that compile programs.
    println!("cargo::rustc-env=CALLGATE_TEST_CC={}", build.get_compiler().path().display());
}
