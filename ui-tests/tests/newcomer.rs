//! The first minutes with callgate: `cargo new`, the dependency, twenty lines, `cargo run`.

use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

const MAIN: &str = "\
use callgate::{export_callback, foreign_call};
use std::ffi::{c_int, c_uint, c_void};

#[foreign_call]
unsafe extern \"C\" {
    safe fn usleep(us: c_uint) -> c_int;
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
}
type Compare = extern \"C\" fn(*const c_void, *const c_void) -> c_int;

#[export_callback(private)]
fn compare(a: *const c_void, b: *const c_void) -> c_int {
    usleep(100);
    unsafe { (*a.cast::<i32>()).cmp(&*b.cast::<i32>()) as c_int }
}

#[callgate::main]
fn main() {
    let mut v = [3, 1, 2];
    let sleeper = unsafe { callgate::go(|| usleep(1000)) };
    unsafe { qsort(v.as_mut_ptr().cast(), v.len(), size_of::<i32>(), compare) };
    println!(\"{v:?} {}\", sleeper.join().unwrap());
}
";

fn cargo(folder: &Path, args: &[&str]) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let Output { status, stdout, stderr } = Command::new(cargo)
        .args(args)
        .current_dir(folder)
        // What is set for the tests is not the newcomer's.
        .env_remove("RUSTFLAGS")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .expect("Cargo runs");
    let (text, said) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "cargo {args:?}: {status}\n{text}\n{said}");
    assert!(!said.contains("warning: unused"), "{said}");
    text.into_owned()
}

#[test]
fn twenty_lines_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around us");
    // Outside of it, or `cargo new` would join it.
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    cargo(folder.path(), &["new", "first"]);
    let package = folder.path().join("first");
    // The versions that are here already.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let runtime = root.join("runtime");
    cargo(&package, &["add", "callgate", "--path", runtime.to_str().expect("the path is UTF-8")]);
    fs::write(package.join("src/main.rs"), MAIN).unwrap();
    assert_eq!(cargo(&package, &["run", "--quiet"]), "[1, 2, 3] 0\n");
}
