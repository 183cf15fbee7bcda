//! The tour as a user runs it.

use std::process::{Command, Output};

fn tour(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tour")).args(args).output().expect("the tour runs")
}

#[test]
fn chosen_steps_are_right() {
    let steps = ["threads", "nesting", "panics"];
    let output = tour(&steps);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in ["Threads made by C", "50 deep", "under each policy", "All steps are right."] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("qsort"), "a step that was not chosen ran: {text}");
}

#[test]
fn sqlite_is_right() {
    let output = tour(&["sqlite"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn an_unknown_step_is_refused_with_the_list() {
    let output = tour(&["squlite"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("`squlite`") && text.contains("sqlite"), "{text}");
}
