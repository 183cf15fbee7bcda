//! The header of `tests/round-trip`: what it says, and that every compiler takes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use callgate_build::{Configuration, Generated, Header};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/round-trip")
}

fn generate(cfgs: &[&str]) -> Generated {
    let cfg = Configuration::default().with(cfgs.iter().copied()).unwrap();
    Header::of_package(fixture()).configuration(cfg).generate("round-trip.h").unwrap()
}

/// A package of one file.
fn package(lib: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), lib).unwrap();
    folder
}

#[test]
fn the_header_is_as_reviewed() {
    insta::assert_snapshot!("round_trip", generate(&["unix"]).text);
}

#[test]
fn every_configuration_has_its_own() {
    let text = generate(&["windows", "feature=\"extra\""]).text;
    for there in ["void on_windows(void);", "void with_the_feature(void);", "uintptr_t handle;"] {
        assert!(text.contains(there), "no {there:?} in {text}");
    }
    assert!(!text.contains("on_unix"), "{text}");
}

#[test]
fn it_is_the_same_each_time() {
    assert_eq!(generate(&["unix"]).text, generate(&["unix"]).text);
}

#[test]
fn compilers_take_it_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("round-trip.h");
    fs::write(&header, generate(&["unix"]).text).unwrap();
    // Twice: of two the second is empty.
    let text = "#include \"round-trip.h\"\n#include \"round-trip.h\"\n";
    let languages =
        [("c", "-std=c99"), ("c", "-std=c17"), ("c++", "-std=c++11"), ("c++", "-std=c++20")];
    let source = folder.path().join("user");
    fs::write(&source, text).unwrap();
    for compiler in ["gcc", "clang"] {
        for (language, standard) in languages {
            if !knows(compiler, language) {
                eprintln!("not tried: there is no {compiler} for {language} here");
                continue;
            }
            let output = Command::new(compiler)
                .args(["-x", language, standard, "-Wall", "-Wextra", "-Werror", "-pedantic"])
                .args(["-Wstrict-prototypes"].iter().filter(|_| language == "c"))
                .args(["-fsyntax-only", "-I"])
                .arg(folder.path())
                .arg(&source)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{compiler} {standard}: {said}");
        }
    }
}

/// Whether `compiler` is here, and the part of it that `language` needs.
fn knows(compiler: &str, language: &str) -> bool {
    let mut command = Command::new(compiler);
    command.args(["-fsyntax-only", "-x", language, "/dev/null"]);
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_file_that_stays_as_it_is_isnt_written() {
    let package = package("#[callgate::export_callback]\nfn f() {}\n");
    let (header, file) = (Header::of_package(package.path()), package.path().join("include/f.h"));
    assert_eq!(header.write(&file).unwrap().functions, 1);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    header.write(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
}

#[test]
fn a_change_of_any_source_is_to_be_heard_of() {
    let sources = generate(&["unix"]).sources;
    let names: Vec<_> = sources.iter().map(|file| file.strip_prefix(fixture()).unwrap()).collect();
    let all = ["lib.rs", "calls.rs", "engine.rs", "elsewhere/moved.rs", "shapes.rs"];
    assert_eq!(names, all.map(|name| Path::new("src").join(name)));
}

#[test]
fn cbindgen_toml_says_how_types_are_written() {
    let package =
        package("#[repr(C)] pub struct A { x: u8 }\n#[callgate::export_callback]\nfn f(a: A) {}\n");
    fs::write(
        package.path().join("cbindgen.toml"),
        "style = \"tag\"\n[export]\nprefix = \"my_\"\n",
    )
    .unwrap();
    let generated = Header::of_package(package.path()).generate("f.h").unwrap();
    assert!(generated.text.contains("void f(struct my_A a);"), "{}", generated.text);
    assert!(generated.sources.iter().any(|file| file.ends_with("cbindgen.toml")));
}

#[test]
fn two_types_of_one_name_are_told_with_both_places() {
    let package = package(
        "mod a {\n#[repr(C)] pub struct T { x: u8 }\n}\nmod b {\n#[repr(C)] pub struct T { x: u16 }\n}\n\
         #[callgate::export_callback]\nfn f(t: a::T) {}\n",
    );
    let error = Header::of_package(package.path()).generate("f.h").unwrap_err().to_string();
    assert!(error.contains("lib.rs:5: a second type `T`, after"), "{error}");
    assert!(error.contains("lib.rs:2: C has no modules"), "{error}");
}

#[test]
fn a_faulty_item_is_left_out_and_told() {
    let package = package(
        "#[callgate::export_callback]\nfn good() {}\n#[callgate::export_callback(nmae = \"x\")]\nfn bad() {}\n",
    );
    let generated = Header::of_package(package.path()).generate("f.h").unwrap();
    assert_eq!(generated.functions, 1);
    assert!(
        generated.errors[0].contains("lib.rs:3: unknown option `nmae`"),
        "{:?}",
        generated.errors
    );
}

#[test]
fn a_function_of_an_abi_that_c_cant_declare_is_left_out_and_told() {
    let package = package("#[callgate::export_callback]\nextern \"win64\" fn f() {}\n");
    let generated = Header::of_package(package.path()).generate("f.h").unwrap();
    assert_eq!(generated.functions, 0);
    assert!(generated.errors[0].contains("lib.rs:2: `f` is of the ABI"), "{:?}", generated.errors);
}

#[test]
fn the_abi_of_the_system_is_not_cs_on_32_bit_windows() {
    let package = package("#[callgate::export_callback]\nextern \"system\" fn f() {}\n");
    for (arch, functions) in [("x86_64", 1), ("x86", 0)] {
        let cfgs = ["windows".to_owned(), format!("target_arch=\"{arch}\"")];
        let cfg = Configuration::default().with(cfgs.iter().map(String::as_str)).unwrap();
        let generated =
            Header::of_package(package.path()).configuration(cfg).generate("f.h").unwrap();
        assert_eq!(generated.functions, functions, "{arch}: {:?}", generated.errors);
        assert_eq!(generated.errors.len(), 1 - functions);
    }
}

#[test]
fn a_file_that_doesnt_parse_is_told_with_its_line() {
    let package = package("mod inner;\n");
    fs::write(package.path().join("src/inner.rs"), "fn f() {}\nfn g( {}\n").unwrap();
    let error = Header::of_package(package.path()).generate("f.h").unwrap_err().to_string();
    assert!(error.contains("inner.rs:2: "), "{error}");
}
