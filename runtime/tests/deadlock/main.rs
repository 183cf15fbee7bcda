//! A program in which every G waits for another says so, and ends; one that only waits goes on.
//!
//! Each program is a process of its own with no thread but those it makes: a test harness has a thread
//! that the runtime knows nothing of, and which might wake somebody.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod none;
mod random;
mod reported;

use callgate_test_c as _;
use common::{End, child};
use std::process;

/// Runs `program` in a process that has one thread.
pub fn alone(test: &str, program: impl FnOnce()) -> End {
    child(test, || process::exit(status_of(forked(program))))
}

/// Starts `program` in a copy of this process that has one thread.
pub fn forked(program: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the runtime isn't used by this process, and glibc's fork leaves its own locks free.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "there is no process to be had");
    if pid == 0 {
        // SAFETY: no preconditions. A hang ends by the signal's default action.
        unsafe { libc::alarm(50) };
        program();
        process::exit(0);
    }
    pid
}

/// Waits for the end of a [`forked`] process. 100 and its number if it was a signal.
pub fn status_of(pid: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is alive.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    let signal = libc::WTERMSIG(status);
    if signal == 0 { libc::WEXITSTATUS(status) } else { 100 + signal }
}
