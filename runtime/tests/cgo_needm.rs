//! A signal inside `needm`, and inside its undoing at a thread's end, waits until the thread has a whole
//! M, or none: a handler that calls back would find half of one.
//!
//! The runtime asks for the thread's signal stack at both places, between the steps that belong together.
//! This program has a `sigaltstack` of its own, which sends the calling thread a signal.
#![cfg(target_os = "linux")]

mod common;

use callgate::{export_callback, metrics, run};
use callgate_test_c as _;
use common::{alone, wait_until};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::{mem, ptr};

#[derive(Clone, Copy, PartialEq)]
enum Signal {
    No,
    /// The next `sigaltstack` sends one.
    Due,
    /// It has been sent, and `sigaltstack` has not returned.
    Sending,
}

thread_local! {
    static SIGNAL: Cell<Signal> = const { Cell::new(Signal::No) };
    /// Sets [`SIGNAL`] when the thread ends, before the runtime hears of that: that has a key of the
    /// system's, whose destructors come after those of thread-locals.
    static AT_EXIT: AtExit = const { AtExit };
}

struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        SIGNAL.set(Signal::Due);
    }
}

static CALLED: AtomicU32 = AtomicU32::new(0);
static HANDLED: AtomicU32 = AtomicU32::new(0);
static TOO_EARLY: AtomicU32 = AtomicU32::new(0);

#[unsafe(no_mangle)]
unsafe extern "C" fn sigaltstack(new: *const libc::stack_t, old: *mut libc::stack_t) -> c_int {
    if SIGNAL.get() == Signal::Due {
        SIGNAL.set(Signal::Sending);
        // SAFETY: the handler is installed.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
        SIGNAL.set(Signal::No);
    }
    // SAFETY: the caller's own arguments.
    unsafe { libc::syscall(libc::SYS_sigaltstack, new, old) as c_int }
}

extern "C" fn handler(_: c_int) {
    HANDLED.fetch_add(1, SeqCst);
    if SIGNAL.get() == Signal::Sending {
        TOO_EARLY.fetch_add(1, SeqCst);
    } else {
        called(ptr::null_mut());
    }
}

#[export_callback(private)]
fn called(_: *mut c_void) {
    CALLED.fetch_add(1, SeqCst);
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        run(|| ());
        // SAFETY: the handler calls back where it may.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_ONSTACK;
            assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()), 0);
        }
    });
}

unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

/// What `f`, on a thread that has no signal stack, adds to the counts: callbacks, signals, signals too
/// early, Ms lent.
fn counted(f: extern "C" fn(*mut c_void)) -> (u32, u32, u32, u64) {
    let counts = || {
        let (called, handled) = (CALLED.load(SeqCst), HANDLED.load(SeqCst));
        (called, handled, TOO_EARLY.load(SeqCst), metrics().needm)
    };
    let before = counts();
    let given_back = metrics().needm - metrics().dropm;
    // SAFETY: the function ignores its argument.
    assert_eq!(unsafe { test_threads(1, 1, f, ptr::null_mut()) }, 0);
    wait_until(|| metrics().needm - metrics().dropm == given_back);
    let after = counts();
    (after.0 - before.0, after.1 - before.1, after.2 - before.2, after.3 - before.3)
}

#[test]
fn a_signal_while_an_m_is_borrowed_waits_for_it() {
    let _test = alone();
    install();
    extern "C" fn borrows(_: *mut c_void) {
        SIGNAL.set(Signal::Due);
        called(ptr::null_mut());
    }
    let counts = counted(borrows);
    // The handler's callback had the M of the other.
    assert_eq!(counts, (2, 1, 0, 1));
}

#[test]
fn a_signal_while_an_m_is_given_back_waits_for_the_end() {
    let _test = alone();
    install();
    extern "C" fn gives_back(_: *mut c_void) {
        AT_EXIT.with(|_| ());
        called(ptr::null_mut());
    }
    let counts = counted(gives_back);
    // The handler's callback has borrowed anew.
    assert_eq!(counts, (2, 1, 0, 2));
}
