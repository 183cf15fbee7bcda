//! Panics that leave a callback.

use crate::report::{Reporter, check, this_program};
use callgate::{export_callback, foreign_call};
use std::ffi::c_int;
use std::panic::catch_unwind;

#[foreign_call]
unsafe extern "C" {
    safe fn tour_nest(depth: c_int, f: extern "C" fn(c_int) -> c_int) -> c_int;
}

/// Panics without the default hook's report, which would stand in the middle of the tour.
fn quietly() -> c_int {
    std::panic::resume_unwind(Box::new("no more"))
}

#[export_callback(private, panic = unwind)]
fn unwinds(_: c_int) -> c_int {
    quietly()
}

#[export_callback(private, panic = return(-7))]
fn returns(_: c_int) -> c_int {
    quietly()
}

#[export_callback(private)]
fn aborts(_: c_int) -> c_int {
    panic!("no more")
}

/// The part of the step that must die.
pub fn abort(_: &Reporter) -> Result<(), String> {
    callgate::run(|| tour_nest(1, aborts));
    Err("the callback's panic did not abort".into())
}

/// What the caller of C catches.
fn caught(f: extern "C" fn(c_int) -> c_int) -> Result<(), String> {
    let outcome = callgate::run(|| catch_unwind(|| tour_nest(1, f)));
    match outcome {
        Ok(value) => Err(format!("the call returned {value}, and no panic")),
        Err(payload) => {
            check(payload.downcast_ref() == Some(&"no more"), || "another payload".into())
        }
    }
}

pub fn run(report: &Reporter) -> Result<(), String> {
    caught(unwinds)?;
    report.figure("panic = unwind", "caught at the call, C's frames dropped");
    caught(returns)?;
    report.figure("panic = return(-7)", "caught at the call, after C returned");
    for _ in 0..1_000 {
        caught(unwinds)?;
    }
    report.figure("a thousand more times", "the same");
    let mut child = this_program().map_err(|error| error.to_string())?;
    let child = child.args(["--step", "panic-abort"]).output();
    let child = child.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&child.stderr);
    let fatal = text.lines().find(|line| line.starts_with("callgate: fatal:")).unwrap_or("");
    check(was_aborted(child.status), || format!("the child ended with {}", child.status))?;
    check(fatal.contains("aborts") && fatal.contains("no more"), || {
        format!("the message doesn't name the callback and the panic: {text}")
    })?;
    report.figure("panic = abort", "the child aborted, and said:");
    report.note(fatal);
    Ok(())
}

/// As `abort` ends a process: by a signal, on Windows with a status of its own.
fn was_aborted(status: std::process::ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(libc::SIGABRT);
    #[cfg(windows)]
    return status.code() == Some(0xC000_0409_u32 as i32);
}
