//! Callbacks that come from stacks of C's own.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{export_callback, foreign_call, metrics, run, sleep, yield_now};
use common::{alone, begin, borrowed, panic_of, spawner};
use panicking::{everywhere, test_add_one, test_call_int, through_c, unwinds};
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    fn test_call_on_own_stack(times: c_int, f: Call, arg: *mut c_void) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
}

/// All that a callback may do, and calls and callbacks in it.
#[export_callback(private)]
fn does_much(count: *mut c_void) {
    yield_now();
    sleep(Duration::from_micros(10));
    assert_eq!(test_add_one(1), 2);
    through_c(yield_now);
    assert_eq!(panic_of(|| through_c(|| std::panic::resume_unwind(Box::new("in it")))), "in it");
    // SAFETY: the tests pass it.
    unsafe { (*count.cast::<AtomicU32>()).fetch_add(1, SeqCst) };
}

fn on_own_stack(times: c_int) {
    let count = AtomicU32::new(0);
    let at = (&raw const count).cast_mut().cast();
    // SAFETY: the count outlives the call.
    assert_eq!(unsafe { test_call_on_own_stack(times, does_much, at) }, 0);
    assert_eq!(count.load(SeqCst), 2 * times as u32);
}

#[test]
fn c_switches_stacks_between_callbacks() {
    let _test = begin();
    everywhere(|| on_own_stack(10));
    let gs: Vec<_> = (0..10).map(|_| spawner().go(|| on_own_stack(5))).collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

extern "C" fn on_own_stack_of_a_thread(_: *mut c_void) {
    on_own_stack(3);
}

#[test]
fn c_switches_stacks_between_callbacks_of_foreign_threads() {
    let _test = alone();
    run(|| ()); // this thread keeps an M too
    let before = metrics();
    let f = on_own_stack_of_a_thread;
    // SAFETY: the function ignores its argument.
    assert_eq!(unsafe { test_threads(8, 3, f, ptr::null_mut()) }, 0);
    let after = metrics();
    if cfg!(windows) {
        // The system takes the end of a fiber that called back for that of a thread.
        assert!(after.needm - before.needm >= 8);
    } else {
        assert_eq!(after.needm - before.needm, 8);
    }
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
}

/// To the system, a thread whose fiber's frames are dropped would still be that fiber.
#[cfg(windows)]
#[test]
fn a_panic_does_not_leave_a_fiber() {
    #[export_callback(private, panic = unwind)]
    fn panics(_: *mut c_void) {
        std::panic::resume_unwind(Box::new("out of it"))
    }
    let end = common::child("a_panic_does_not_leave_a_fiber", || {
        let f = panics;
        // SAFETY: the callback ignores its argument.
        run(|| unsafe { test_call_on_own_stack(1, f, ptr::null_mut()) });
    });
    let words = [
        "callgate: fatal: the callback `panics`",
        "a fiber",
        "the call that began on another stack",
    ];
    end.aborted_with(&words);
}

/// A panic drops the frames of a stack of C's own as it does others; the thread's is as it was.
#[cfg(unix)]
#[test]
fn a_panic_leaves_a_stack_of_cs_own() {
    let _test = begin();
    #[export_callback(private, panic = unwind)]
    fn panics(_: *mut c_void) {
        std::panic::resume_unwind(Box::new("out of it"))
    }
    everywhere(|| {
        for _ in 0..5 {
            let f = panics;
            // SAFETY: the callback ignores its argument. C's stack is lost, as with any longjmp.
            let text = panic_of(|| unsafe { test_call_on_own_stack(1, f, ptr::null_mut()) });
            assert_eq!(text, "out of it");
            assert_eq!(test_call_int(unwinds, 1), 2);
        }
    });
}
