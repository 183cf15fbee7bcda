//! Libraries built on callgate in C programs: linked statically and dynamically, opened and closed at
//! run time, two in one process. The C side is `library/host.c`.
#![cfg(unix)]

mod common;

use common::{Deadline, End, command, output};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Where Cargo has put the library, in the form that `extension` says.
fn library(extension: &str) -> PathBuf {
    let mut path = env::current_exe().expect("a test knows its file");
    path.set_file_name(format!("libcallgate_test_library.{extension}"));
    assert!(path.exists(), "{}", path.display());
    path
}

/// Compiles the host, with `args`, to a program called `name`.
fn compile(name: &str, args: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let status = Command::new(callgate_test_c::CC)
        .args(["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-D_GNU_SOURCE", "-o"])
        .arg(&program)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/library/host.c"))
        .args(args)
        .args(["-ldl", "-lm"])
        .status()
        .expect("there is a C compiler");
    assert!(status.success(), "{status}");
    program
}

fn run(program: &Path, args: &[&str]) -> End {
    let _deadline = Deadline::new();
    output(command(program).args(args).env_remove("RUST_BACKTRACE"))
}

/// What a program does that has the library from its start.
fn linked(name: &str, args: &[&str]) {
    let args: Vec<_> = ["-DLINKED"].iter().chain(args).copied().collect();
    let program = compile(name, &args);
    for what in ["call", "signals", "busy"] {
        run(&program, &[what]).succeeded();
    }
    let end = run(&program, &["atexit"]);
    end.succeeded();
    assert!(end.text.contains("at exit"), "{end:#?}");
    fs::remove_file(program).unwrap();
}

/// The host as a program that opens libraries, called `name`; and what it does with them.
fn opening(name: &str, what: &str, libraries: &[&Path]) -> End {
    opening_as(name, &[], what, libraries)
}

/// The same for a host compiled with `options`.
fn opening_as(name: &str, options: &[&str], what: &str, libraries: &[&Path]) -> End {
    let program = compile(name, options);
    let mut args = vec![what];
    args.extend(libraries.iter().map(|path| path.to_str().unwrap()));
    let end = run(&program, &args);
    fs::remove_file(program).unwrap();
    end
}

#[test]
fn a_static_library_in_a_c_program() {
    linked("host-static", &[library("a").to_str().unwrap(), "-lgcc_s", "-lutil", "-lrt"]);
}

#[test]
fn a_shared_library_in_a_c_program() {
    let path = library("so");
    let folder = path.parent().unwrap().to_str().unwrap();
    linked("host-shared", &[path.to_str().unwrap(), &format!("-Wl,-rpath,{folder}")]);
}

#[test]
fn a_library_opened_at_run_time() {
    for what in ["call", "signals", "busy", "atexit"] {
        opening(&format!("host-opens-{what}"), what, &[&library("so")]).succeeded();
    }
}

#[test]
fn a_library_is_kept_once_its_runtime_runs() {
    opening("host-closes", "close", &[&library("so")]).succeeded();
}

/// By itself, not only because glibc counts what Rust's threads have to do at their end.
#[test]
fn a_library_keeps_itself() {
    let options = ["-DUNCOUNTED", "-rdynamic"];
    opening_as("host-keeps", &options, "close", &[&library("so")]).succeeded();
}

#[test]
fn a_library_that_was_never_used_may_be_closed() {
    opening("host-unused", "unused", &[&library("so")]).succeeded();
}

#[test]
fn two_libraries_in_one_process() {
    // A copy is another library to the loader, with variables, threads and a runtime of its own.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libcallgate_test_copy.so");
    fs::copy(library("so"), &copy).unwrap();
    opening("host-two", "two", &[&library("so"), &copy]).succeeded();
    fs::remove_file(copy).unwrap();
}
