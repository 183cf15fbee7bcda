//! C headers as `#[foreign_call]` modules. Needs libclang: `cargo test -p callgate-build --features import`.

#![cfg(feature = "import")]

use std::fs;
use std::path::Path;

use callgate_build::{Configuration, Header, Import, Imported};

const NATIVE: &str = "\
#include <stddef.h>

#define LIMIT 7
struct point { double x, y; };
enum kind { NONE, DOT };
typedef int visit(int number, void *user);

/** Opens it. */
int native_open(const char *path, enum kind kind);
double native_length(const struct point *point);
int native_each(visit *visit, void *user);
int native_print(const char *format, ...);
int native_log(const char *format, ...);
extern int native_state;
int other(void);
";

fn folder(header: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("native.h"), header).unwrap();
    folder
}

fn generate(import: Import, folder: &Path) -> Imported {
    import.include(folder).generate().unwrap()
}

#[test]
fn an_import_is_as_reviewed() {
    let folder = folder(NATIVE);
    let import = Import::new("native.h")
        .functions("native_.*")
        .variables("native_state|LIMIT")
        .options("native_open", "errno, blocking")
        .options("native_length", "leaf")
        .options("native_print", "variadic(::core::ffi::c_int)");
    let imported = generate(import, folder.path());
    assert_eq!(imported.left_out, ["native_log"]);
    assert!(imported.sources.iter().any(|file| file.ends_with("native.h")), "{imported:?}");
    insta::assert_snapshot!("import", imported.text);
}

#[test]
fn options_of_a_function_that_isnt_there_are_an_error() {
    let folder = folder("int f(void);\n");
    let import = Import::new("native.h").options("g", "leaf").include(folder.path());
    let error = import.generate().unwrap_err().to_string();
    assert!(error.contains("`g`, which is not imported"), "{error}");
}

#[test]
fn a_header_that_doesnt_compile_is_told_with_its_line() {
    let folder = folder("int f(nonsense x);\n");
    let error = Import::new("native.h").include(folder.path()).generate().unwrap_err().to_string();
    assert!(error.contains("native.h:1"), "{error}");
}

/// What Rust exports comes back as what Rust imports: each type is known by both.
#[test]
fn the_header_of_our_own_exports_comes_back() {
    let cfg = Configuration::default().with(["unix"]).unwrap();
    let round_trip = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/round-trip");
    let header = Header::of_package(round_trip).configuration(cfg).generate("native.h").unwrap();
    let folder = folder(&header.text);
    let functions = "add|rt_parse|is_even|mirrored|visit|engine_.*|counter_.*|later|give_up";
    let imported = generate(Import::new("native.h").functions(functions), folder.path());
    insta::assert_snapshot!("round_trip_import", imported.text);
}
