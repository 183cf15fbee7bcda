//! The Go program: finding a toolchain, and building.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const BENCH: &str = env!("CARGO_MANIFEST_DIR");

/// The toolchain that `bench/setup` installed, or else the one on the path.
pub fn toolchain() -> Option<PathBuf> {
    let installed = Path::new(BENCH).join(".go/root/bin/go");
    [installed, "go".into()]
        .into_iter()
        .find(|go| Command::new(go).arg("version").output().is_ok_and(|out| out.status.success()))
}

/// Builds the Go program, and says where it is.
///
/// # Errors
/// What went wrong.
pub fn build(go: &Path) -> Result<PathBuf, String> {
    let program = Path::new(BENCH).join(".go/bench");
    // Go's cache doesn't see a change of the C files: they are outside the package.
    let mut hash = DefaultHasher::new();
    for file in ["c/bench.c", "c/bench.h"] {
        fs::read(Path::new(BENCH).join(file)).map_err(|e| format!("{file}: {e}"))?.hash(&mut hash);
    }
    let out = Command::new(go)
        .current_dir(Path::new(BENCH).join("peers/go"))
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .env("CGO_ENABLED", "1")
        .env("CGO_CFLAGS", format!("-O2 -DBENCH_HASH={}", hash.finish()))
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .output()
        .map_err(|e| format!("{}: {e}", go.display()))?;
    if out.status.success() {
        Ok(program)
    } else {
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}
