//! The soak runs, finds nothing wrong, and says so by its status.

use std::process::{Command, Output};

fn soak(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callgate-bench"));
    command.arg("soak").args(args).output().expect("the program starts")
}

#[test]
fn a_short_soak_finds_nothing() {
    let output = soak(&["--minutes", "0.02", "--seed", "7"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:#?}");
    assert!(text.contains("--seed 7") && text.contains("\n0 violations\n"), "{output:#?}");
}

#[test]
fn wrong_options_are_told() {
    for args in [&["--minutes", "0"][..], &["--minutes"], &["--seed", "x"], &["--hours", "1"]] {
        let output = soak(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:#?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"), "{output:#?}");
    }
}
