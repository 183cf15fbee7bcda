//! Compiles the C sources that the tests call, and are called by.

const SOURCES: &[&str] = &[
    "calls.c",
    "callbacks.c",
    "threads.c",
    "named.c",
    "backtrace.c",
    "exports.c",
    "cgo_callbacks.c",
    "cgo_threads.c",
    "closures.c",
    "last_error.c",
    "registers.c",
    "syscall.c",
];

/// The same for the tests of shapes. They are about 64-bit systems: C has no integers of 128 bits elsewhere.
const SHAPES: &[&str] = &["shapes/args.c", "shapes/declared.c", "shapes/pointers.c"];

/// The shapes that are passed by value: compiled for each ABI, and given to Rust as a macro.
const TABLE: &str = "shapes/table.h";

fn main() {
    let mut build = c();
    build.files(SOURCES);
    if on_windows() {
        into_the_tests(&build, "winpthread");
    } else {
        build.file("cgo_signals.c");
        println!("cargo::rerun-if-changed=cgo_signals.c");
    }
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-changed=registers");
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    build.file(format!("registers/{arch}.S"));
    let with_shapes = std::env::var("CARGO_CFG_TARGET_POINTER_WIDTH").as_deref() == Ok("64");
    if with_shapes {
        build.files(SHAPES);
    }
    if arch == "x86_64" {
        build.file("shapes/win64.S");
    }
    if on_windows() && arch == "x86" {
        // The system's walk over 32-bit stacks goes along the frame pointers.
        build.flag("-fno-omit-frame-pointer");
        build.file("handlers.c");
        println!("cargo::rerun-if-changed=handlers.c");
    }
    build.compile("callgate_test_c");
    // For the tests that compile programs.
    println!("cargo::rustc-env=CALLGATE_TEST_CC={}", build.get_compiler().path().display());
    shapes(with_shapes);
    cpp();
}

fn on_windows() -> bool {
    std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("windows")
}

/// Links a library of MinGW's (pthreads, for the threads of C's) into the tests, which would have to find a DLL
/// otherwise.
fn into_the_tests(build: &cc::Build, library: &str) {
    let file = format!("-print-file-name=lib{library}.a");
    let output = build.get_compiler().to_command().arg(file).output();
    let path = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    if let Some(folder) =
        path.as_deref().and_then(|path| std::path::Path::new(path.trim()).parent())
    {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    println!("cargo::rustc-link-lib=static:-bundle={library}");
}

/// A compiler for C++ may be missing: then the tests of exceptions are left out. `.ci/run` has one.
fn cpp() {
    println!("cargo::rerun-if-changed=exceptions.cpp");
    println!("cargo::rustc-check-cfg=cfg(no_cpp)");
    let mut build = cc::Build::new();
    build.cpp(true).opt_level(2).warnings(true).extra_warnings(true).warnings_into_errors(true);
    let found = build.try_get_compiler().is_ok_and(|compiler| {
        let version = std::process::Command::new(compiler.path()).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    });
    if found {
        if on_windows() {
            build.cpp_link_stdlib(None);
        }
        build.file("exceptions.cpp").compile("callgate_test_cpp");
        if on_windows() {
            into_the_tests(&build, "stdc++");
        }
    } else {
        println!("cargo::warning=no compiler for C++: the tests of C++ exceptions are left out");
        println!("cargo::rustc-cfg=no_cpp");
    }
}

fn c() -> cc::Build {
    let mut build = cc::Build::new();
    build.opt_level(2).warnings(true).extra_warnings(true).warnings_into_errors(true);
    build.flag("-fasynchronous-unwind-tables").flag("-pthread").define("_GNU_SOURCE", None);
    build
}

fn shapes(with_shapes: bool) {
    println!("cargo::rerun-if-changed=shapes");
    if with_shapes {
        by_value("c", "");
    }
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        by_value("win64", "__attribute__((ms_abi))");
    }
    // Whoever uses it says so by `#[link]`.
    c().file("shapes/linked.c").cargo_metadata(false).compile("callgate_test_linked");
    let table = std::fs::read_to_string(TABLE).expect("the table of shapes is there");
    let each_shape = format!(
        "#[doc = \"Hands each row of `{TABLE}` to a macro.\"]\n#[macro_export]\n\
         macro_rules! each_shape {{ ($apply:ident) => {{ $apply! {{\n{table}\n}} }} }}\n"
    );
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(format!("{out}/each_shape.rs"), each_shape).expect("it can be written to");
}

/// Compiles the functions of the table for the ABI `name`, which C marks by `attribute`.
fn by_value(name: &str, attribute: &str) {
    c().define("ABI", attribute)
        .define("PREFIX", format!("{name}_").as_str())
        // GCC wants to tell that it once had another idea of alignment.
        .flag_if_supported("-Wno-psabi")
        .file("shapes/by_value.c")
        .compile(&format!("callgate_test_by_value_{name}"));
}
