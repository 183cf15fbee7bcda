//! Builds the C side, and notes the compilers' versions for `RESULTS.md`.

use std::env;
use std::process::Command;

fn main() {
    for file in ["build.rs", "c/bench.c", "c/bench.h"] {
        println!("cargo::rerun-if-changed={file}");
    }
    // What Go's cgo compiles its copy with, whatever this profile is.
    let mut cc = cc::Build::new();
    cc.file("c/bench.c").include("c").opt_level(2).warnings(true).extra_warnings(true);
    cc.compile("callgate_bench");

    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    note("BENCH_RUSTC", Command::new(rustc).arg("--version"));
    note("BENCH_CC", cc.get_compiler().to_command().arg("--version"));
}

/// Passes the first line that `command` prints to the crate, as the environment variable `name`.
fn note(name: &str, command: &mut Command) {
    let out = command.output().map(|out| out.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&out);
    println!("cargo::rustc-env={name}={}", text.lines().next().unwrap_or("unknown"));
}
