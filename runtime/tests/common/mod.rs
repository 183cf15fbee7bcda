//! What the tests share: a limit in time for each, and children for those that must die.
#![allow(dead_code)] // each test binary uses its own part

use callgate::{Metrics, Spawner};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use std::{env, process, thread};

/// A test that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);
/// Tells a child which test it is to be.
const CHILD: &str = "CALLGATE_TEST_CHILD";

/// How to run a program of another processor: see `.ci/cross`.
const RUNNER: &str = "CALLGATE_TEST_RUNNER";

static ORDER: RwLock<()> = RwLock::new(());

/// Ends the process if it is not dropped in time.
pub struct Deadline {
    _ended: Sender<()>,
}

impl Deadline {
    pub fn new() -> Self {
        let (sender, receiver) = channel::<()>();
        let (started, start) = channel::<()>();
        let test = thread::current().name().unwrap_or("?").to_owned();
        thread::spawn(move || {
            drop(started);
            if receiver.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let message = format!("\nthe test `{test}` hangs: aborting\n");
                // Not by `eprintln`: that is captured.
                let _ = std::io::stderr().write_all(message.as_bytes());
                process::abort();
            }
        });
        // A test that takes all memory must not take that of a thread which is about to start.
        let _ = start.recv();
        Deadline { _ended: sender }
    }
}

/// At the start of a test: others may run beside it.
pub fn begin() -> (Deadline, RwLockReadGuard<'static, ()>) {
    let turn = ORDER.read().unwrap_or_else(|e| e.into_inner());
    (Deadline::new(), turn)
}

/// At the start of a test: no other of this file runs beside it, so that the metrics are its own.
pub fn alone() -> (Deadline, RwLockWriteGuard<'static, ()>) {
    let turn = ORDER.write().unwrap_or_else(|e| e.into_inner());
    (Deadline::new(), turn)
}

/// Makes Gs, without an `unsafe` at each.
pub fn spawner() -> Spawner {
    // SAFETY: no closure of these tests keeps anything of a thread across a scheduling point.
    unsafe { Spawner::new() }
}

/// How a child ended.
#[derive(Debug)]
pub struct End {
    pub signal: Option<i32>,
    pub code: Option<i32>,
    /// What it wrote to standard error and standard output.
    pub text: String,
}

impl End {
    /// Asserts that it was ended by SIGABRT, and said each of `words`.
    pub fn aborted_with(&self, words: &[&str]) {
        assert!(self.was_aborted(), "{self:#?}");
        assert!(!self.text.contains("hangs: aborting"), "{self:#?}");
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in {self:#?}");
        }
    }

    /// Whether it ended as by `abort`.
    pub fn was_aborted(&self) -> bool {
        if cfg!(windows) {
            // A "fast fail", as debuggers and error reports see it.
            self.code == Some(0xC000_0409_u32 as i32)
        } else {
            self.signal == Some(libc::SIGABRT)
        }
    }

    /// Asserts that it ended well.
    pub fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
    }
}

/// Runs `body` in a process of its own, which is this test binary with `test` (the calling test's
/// name) alone, and tells how it ended. It is killed if it hangs.
pub fn child(test: &str, body: impl FnOnce()) -> End {
    if env::var_os(CHILD).is_some_and(|name| name == test) {
        let _deadline = Deadline::new();
        body();
        process::exit(0);
    }
    let _deadline = Deadline::new();
    output(
        command(&env::current_exe().expect("a test knows its file"))
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(CHILD, test)
            .env_remove("RUST_BACKTRACE"),
    )
}

/// A command that runs a program that was built for the target, by an emulator if `CALLGATE_TEST_RUNNER` names one.
pub fn command(program: &Path) -> Command {
    let runner = env::var(RUNNER).unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(emulator) = words.next() else { return Command::new(program) };
    let mut command = Command::new(emulator);
    command.args(words).arg(program);
    command
}

#[cfg(unix)]
fn signal(status: process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: process::ExitStatus) -> Option<i32> {
    None
}

/// Runs a program, and tells how it ended.
pub fn output(command: &mut Command) -> End {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = out.read_to_end(&mut text);
        text
    });
    let mut text = Vec::new();
    let _ = err.read_to_end(&mut text);
    text.extend(out.join().unwrap());
    let status = child.wait().unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    End { signal: signal(status), code: status.code(), text }
}

/// Ms that foreign threads keep. The thread of an earlier test may be about to give one back: there may
/// be fewer at any time, but never more than the threads that live.
pub fn borrowed(metrics: &Metrics) -> u64 {
    metrics.needm - metrics.dropm
}

/// The calling thread, as the system knows it: read anew each time, also after a move to another.
#[cfg(unix)]
#[inline(never)]
pub fn this_thread() -> usize {
    // SAFETY: no preconditions.
    unsafe { libc::pthread_self() as usize }
}

#[cfg(windows)]
#[inline(never)]
pub fn this_thread() -> usize {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        safe fn GetCurrentThreadId() -> u32;
    }
    GetCurrentThreadId() as usize
}

/// Waits, as a plain thread, until `done`; the [`Deadline`] of the test is the limit.
pub fn wait_until(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::yield_now();
    }
}

/// The same as a G.
pub fn yield_until(mut done: impl FnMut() -> bool) {
    while !done() {
        callgate::yield_now();
    }
}

/// Runs `f`, which panics; the payload as text.
pub fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("nothing panicked"),
        Err(payload) => payload,
    };
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| {
        payload.downcast_ref::<&str>().map_or("not text".into(), |text| (*text).into())
    })
}

/// Calls a closure when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
