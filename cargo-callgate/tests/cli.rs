//! `cargo callgate` as a user runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const LIB: &str = "\
//! A library.

#[repr(C)]
pub struct Point { x: i32, y: i32 }

#[callgate::export_callback]
pub fn add(x: std::ffi::c_int, y: std::ffi::c_int) -> std::ffi::c_int { x + y }

#[callgate::export_callback]
pub fn length(
    point: &Point,
) -> f64 { 0.0 }

#[cfg(feature = \"more\")]
#[callgate::export_callback]
pub fn more() {}
";

fn package(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    for (name, text) in [("src/lib.rs", LIB)].iter().chain(files) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn callgate(folder: &Path, args: &[&str]) -> Output {
    // As Cargo calls it.
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callgate"));
    command.arg("callgate").args(args).current_dir(folder).output().unwrap()
}

/// Its status, and all that it said.
fn said(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = callgate(folder, args);
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

#[test]
fn header_writes_to_the_terminal_or_a_file() {
    let folder = package(&[]);
    let (status, text) = said(folder.path(), &["header"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("int add(int x, int y);") && !text.contains("more"), "{text}");
    let args = ["header", "-o", "include/lib.h", "--features", "more"];
    assert_eq!(said(folder.path(), &args), (Some(0), String::new()));
    let text = fs::read_to_string(folder.path().join("include/lib.h")).unwrap();
    assert!(text.contains("#ifndef LIB_H") && text.contains("void more(void);"), "{text}");
}

#[test]
fn header_tells_what_is_wrong_with_an_item() {
    let lib = ("src/lib.rs", "#[callgate::export_callback(nmae = \"x\")]\nfn f() {}\n");
    let (status, text) = said(package(&[lib]).path(), &["header"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("error: ./src/lib.rs:1: unknown option `nmae`"), "{text}");
}

#[test]
fn check_finds_an_argument_of_another_type_and_names_both_lines() {
    let native = "#include <stdio.h>\n\nextern int add(long x,\n    int y);\nint user(void) { return add(1, 2); }\n";
    let folder = package(&[("native.c", native)]);
    let (status, text) = said(folder.path(), &["check", "native.c"]);
    assert_eq!(status, Some(1), "{text}");
    let expected = "\
error: `add` is not in C what it is in Rust
  --> ./src/lib.rs:7: Rust exports
   |  int add(int x, int y);
  --> native.c:3: C declares
   |  extern int add(long x, int y);
";
    assert_eq!(text, expected);
}

#[test]
fn check_looks_into_every_file_and_what_it_includes() {
    let folder = package(&[
        ("types.h", "typedef struct Point { int x, y; } Point;\nfloat length(const Point *);\n"),
        ("a.c", "#include \"types.h\"\nchar add(int, int);\n"),
        ("b.h", "int add(int);\n"),
    ]);
    let (status, text) = said(folder.path(), &["check", "a.c", "b.h"]);
    assert_eq!(status, Some(1), "{text}");
    for place in ["a.c:2", "types.h:2", "b.h:1", "lib.rs:7", "lib.rs:10"] {
        assert!(text.contains(place), "no {place} in {text}");
    }
    assert_eq!(text.matches("error:").count(), 3, "{text}");
}

#[test]
fn check_reads_cpp() {
    if Command::new("c++").arg("--version").output().is_err() {
        eprintln!("not tried: there is no C++ compiler here");
        return;
    }
    let cpp = "#include <string>\nextern \"C\" int add(int);\nextern \"C\" double length(const struct Point *);\n";
    let (status, text) = said(package(&[("b.cpp", cpp)]).path(), &["check", "b.cpp"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("b.cpp:2: C declares") && text.contains("lib.rs:7"), "{text}");
    assert_eq!(text.matches("error:").count(), 1, "{text}");
}

#[test]
fn check_is_content_with_other_names_of_the_same_types() {
    let folder = package(&[
        (
            "own.h",
            "typedef struct Point { int x, y; } Point;\ntypedef int number;\nnumber add(signed, number);\n",
        ),
        (
            "calls.c",
            "#include \"own.h\"\ndouble length(const struct Point *);\nint f(void) { return add(1, 2); }\n",
        ),
        ("opaque.h", "struct Point;\ndouble length(const struct Point *);\n"),
    ]);
    assert_eq!(callgate(folder.path(), &["header", "-o", "lib.h"]).status.code(), Some(0));
    let (status, text) = said(folder.path(), &["check", "own.h", "calls.c", "opaque.h", "lib.h"]);
    assert_eq!(status, Some(0), "{text}");
}

#[test]
fn check_says_which_file_it_cant_read() {
    let folder = package(&[("bad.c", "int add(nonsense x);\n")]);
    let (status, text) = said(folder.path(), &["check", "bad.c"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("bad.c:1"), "{text}");
    let (status, text) = said(folder.path(), &["check", "none.c"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("none.c: "), "{text}");
}

#[test]
fn what_it_doesnt_know_is_refused_with_the_help() {
    let folder = package(&[]);
    for args in [&["headre"][..], &["check"], &["header", "a.h"], &["header", "--nothing"]] {
        let (status, text) = said(folder.path(), args);
        assert_eq!(status, Some(2), "{text}");
        assert!(
            text.starts_with("error: ") && text.contains("cargo callgate check FILE"),
            "{text}"
        );
    }
    assert_eq!(said(folder.path(), &["--help"]).0, Some(0));
}

/// Needs libclang, and says so without it.
#[test]
fn import_writes_a_module() {
    let folder = package(&[("native.h", "int f(int x);\nint g(int x);\n")]);
    let args = ["import", "native.h", "--function", "f", "--option", "f=errno"];
    let (status, text) = said(folder.path(), &args);
    if cfg!(feature = "import") {
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains("#[::callgate::foreign_call(errno)]\n    pub fn f("), "{text}");
        assert!(!text.contains("fn g"), "{text}");
    } else {
        assert_eq!(status, Some(2), "{text}");
        assert!(text.contains("--features import"), "{text}");
    }
}
