//! The C program, built by make and by CMake, and against what `make install` installs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Where Cargo has put the libraries for this test.
fn libraries() -> PathBuf {
    let folder = env::current_exe().expect("a test knows its file").parent().unwrap().to_owned();
    assert!(folder.join("libjobs.a").exists() && folder.join("libjobs.so").exists());
    folder
}

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs it; what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}\n{said}", output.status);
    text
}

fn make(build: &Path) -> Command {
    let mut make = Command::new("make");
    make.args(["-C", HERE]).env_remove("MAKEFLAGS").env_remove("CARGO_MAKEFLAGS");
    make.arg(format!("BUILD={}", build.display()));
    make.arg(format!("LIBDIR={}", libraries().display()));
    make
}

fn is_there(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        eprintln!("not tried: there is no {tool} here");
    }
    there
}

const RESULT: &str = "400 jobs on 4 threads: 1400 words";

#[test]
fn built_by_make() {
    if is_there("make") {
        let text = run(make(&folder("make")).arg("check"));
        assert_eq!(text.matches(RESULT).count(), 2, "{text}");
    }
}

#[test]
fn built_by_cmake() {
    if !is_there("cmake") {
        return;
    }
    let build = folder("cmake");
    let libraries = format!("-DLIBDIR={}", libraries().display());
    run(Command::new("cmake").args(["-S", HERE, &libraries, "-B"]).arg(&build));
    run(Command::new("cmake").arg("--build").arg(&build));
    for name in ["host-static", "host-shared"] {
        assert!(run(&mut Command::new(build.join(name))).contains(RESULT));
    }
}

#[test]
fn installed_and_found_by_pkg_config() {
    if !is_there("make") || !is_there("pkg-config") {
        return;
    }
    let prefix = folder("install");
    run(make(&prefix).arg("install").arg(format!("PREFIX={}", prefix.display())));
    let flags = run(Command::new("pkg-config")
        .args(["--cflags", "--libs", "jobs"])
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")));
    let program = prefix.join("host");
    run(Command::new("cc")
        .args(["-pthread", "-o"])
        .arg(&program)
        .arg(Path::new(HERE).join("host.c"))
        .args(flags.split_whitespace()));
    let text = run(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert!(text.contains(RESULT), "{text}");
}
