//! Builds the C code of the programs.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=c");
    cc::Build::new().file("c/audio.c").opt_level(2).extra_warnings(true).compile("audio");
    plugins();
}

/// Each plugin is a library that is opened at run time.
fn plugins() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it")).join("plugins");
    fs::create_dir_all(&out).expect("the build folder can be written");
    let compiler = cc::Build::new().opt_level(2).pic(true).extra_warnings(true).get_compiler();
    for name in ["words", "lines", "fails"] {
        let source = Path::new("c/plugins").join(name).with_extension("c");
        let library = out.join(name).with_extension("so");
        let mut command = compiler.to_command();
        command.arg("-shared").arg(&source).arg("-o").arg(&library).arg("-pthread");
        let status = command.status().expect("the C compiler runs");
        assert!(status.success(), "{} does not compile", source.display());
    }
    println!("cargo::rustc-env=PLUGINS={}", out.display());
}
