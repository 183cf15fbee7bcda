//! A panic under `panic = abort` ends the process, so it is tried in a child.

use super::check::{Expected, same};
use callgate::export_callback;
use std::process::Command;
use std::{env, panic};

/// What a child is called with.
pub const ARGUMENT: &str = "--a-callback-that-aborts";

#[export_callback(private)]
fn aborts() {
    panic::panic_any(Expected(0));
}

/// What the child does.
pub fn child() {
    callgate::run(|| crate::c::gate::bench_loop(aborts, 1));
}

/// Runs a child, which must be ended by SIGABRT with a message that names the callback.
pub fn try_it() {
    let Ok(program) = env::current_exe() else { return };
    let run = || Command::new(program).args(["soak", ARGUMENT]).output();
    let Ok(output) = callgate::blocking(run) else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    same("the child's message names the callback", text.contains("callback `aborts`"), true);
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        same("the child's signal", output.status.signal(), Some(SIGABRT));
    }
}
