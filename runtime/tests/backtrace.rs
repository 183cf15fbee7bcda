//! A backtrace taken in a callback leads over both stacks to where the G began, and ends there.

mod common;

use callgate::{export_callback, foreign_call, run};
use callgate_test_c as _;
use common::{begin, spawner};
use std::backtrace::Backtrace;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    #[link_name = "test_outer_c_frame"]
    fn call_out(f: Call, arg: *mut c_void) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
}

/// The functions of the calling code's backtrace, innermost first.
#[inline(never)]
fn frames() -> Vec<String> {
    let text = Backtrace::force_capture().to_string();
    // Lines are `  12: name`, with the file's on the next.
    let names = text.lines().filter_map(|line| {
        let (number, name) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().ok().map(|_| short(name))
    });
    names.collect()
}

/// A function's name without its path and its type parameters: how much of both a symbol has
/// depends on how the test was built.
fn short(name: &str) -> String {
    let mut depth = 0;
    let plain: String = name
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '<');
            let keep = depth == 0;
            depth -= i32::from(*c == '>');
            keep
        })
        .collect();
    plain.rsplit("::").next().unwrap_or_default().to_owned()
}

/// Whether a frame is of the function `name`. On some systems, C's symbols begin with a `_`.
fn is(frame: &str, name: &str) -> bool {
    frame == name || frame.strip_prefix('_') == Some(name)
}

/// Asserts that `frames` has one of each of `names`, in this order; returns where the last is.
#[track_caller]
fn in_order(frames: &[String], names: &[&str]) -> usize {
    let mut last = 0;
    for name in names {
        let at: Vec<usize> = (0..frames.len()).filter(|i| is(&frames[*i], name)).collect();
        assert_eq!(at.len(), 1, "`{name}` is there {} times in {frames:#?}", at.len());
        assert!(at[0] >= last, "`{name}` is out of order in {frames:#?}");
        last = at[0];
    }
    last
}

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[inline(never)]
fn look_around() {
    *SEEN.lock().unwrap() = frames();
}

#[export_callback(private)]
fn traced_callback(_: *mut c_void) {
    look_around();
    std::hint::black_box(()); // no tail call: this frame stays
}

#[inline(never)]
fn caller_of_c(f: Call) {
    // SAFETY: the callbacks ignore their argument.
    unsafe { call_out(f, null_mut()) };
    std::hint::black_box(());
}

#[test]
fn of_a_callback() {
    let _test = common::alone();
    spawner().go(|| caller_of_c(traced_callback)).join().unwrap();
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    let end = in_order(
        &seen,
        &[
            "look_around",
            "_cgoexp_traced_callback",
            "traced_callback",
            "test_inner_c_frame",
            "test_outer_c_frame",
            // The shim between them may be a jump.
            "asmcgocall",
            "caller_of_c",
            "gstart",
        ],
    );
    assert_eq!(end, seen.len() - 1, "nothing comes after the G's start: {seen:#?}");
}

#[export_callback(private, panic = unwind)]
fn traced_callback_that_panics(_: *mut c_void) {
    look_around();
    std::panic::resume_unwind(Box::new(()));
}

/// Its panic will pass over the C frames; until then they are there to see.
#[test]
fn of_a_callback_that_panics() {
    let _test = common::alone();
    let caller = || std::panic::catch_unwind(|| caller_of_c(traced_callback_that_panics));
    assert!(spawner().go(caller).join().unwrap().is_err());
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    let end = in_order(
        &seen,
        &[
            "_cgoexp_traced_callback_that_panics",
            "traced_callback_that_panics",
            "test_inner_c_frame",
            "test_outer_c_frame",
            "asmcgocall",
            "caller_of_c",
            "gstart",
        ],
    );
    assert_eq!(end, seen.len() - 1, "nothing comes after the G's start: {seen:#?}");
}

#[export_callback(private)]
fn nested_callback(_: *mut c_void) {
    caller_of_c(traced_callback);
    std::hint::black_box(());
}

#[test]
fn of_a_nested_callback() {
    let _test = common::alone();
    spawner()
        .go(|| {
            // SAFETY: the callback ignores its argument.
            unsafe { call_out(nested_callback, null_mut()) };
            std::hint::black_box(());
        })
        .join()
        .unwrap();
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    let count = |name: &str| seen.iter().filter(|f| is(f, name)).count();
    for name in ["test_inner_c_frame", "asmcgocall"] {
        assert_eq!(count(name), 2, "{name}: {seen:#?}");
    }
    let end = in_order(
        &seen,
        &["_cgoexp_traced_callback", "caller_of_c", "_cgoexp_nested_callback", "gstart"],
    );
    assert_eq!(end, seen.len() - 1, "{seen:#?}");
}

#[test]
fn of_a_foreign_thread_and_of_run() {
    let _test = common::alone();
    // SAFETY: the callback ignores its argument.
    assert_eq!(unsafe { test_threads(1, 1, traced_callback, null_mut()) }, 0);
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    in_order(&seen, &["look_around", "_cgoexp_traced_callback", "traced_callback", "run_job"]);
    // The main G of `run` stands on its caller's frames.
    #[inline(never)]
    fn caller_of_run() {
        run(|| {
            look_around();
            std::hint::black_box(());
        });
        std::hint::black_box(());
    }
    caller_of_run();
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    in_order(&seen, &["look_around", "caller_of_run", "of_a_foreign_thread_and_of_run"]);
}

#[test]
fn of_a_g() {
    let _test = begin();
    #[inline(never)]
    fn body() -> Vec<String> {
        let seen = frames();
        std::hint::black_box(());
        seen
    }
    let seen = spawner().go(body).join().unwrap();
    let end = in_order(&seen, &["body", "gstart"]);
    assert_eq!(end, seen.len() - 1, "{seen:#?}");
}
