//! The last error of a callback, as C reads it.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;

use callgate::__private::set_last_error;
use callgate::{export_callback, foreign_call, last_error, run};
use callgate_test_c as _;
use common::begin;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

type IntFn = extern "C" fn(c_int) -> c_int;

#[foreign_call]
unsafe extern "C" {
    safe fn test_last_error() -> *const c_char;
    safe fn test_clear_last_error();
    fn test_error_of(f: IntFn, x: c_int, text: *mut c_char, size: usize) -> c_int;
    fn test_error_on_a_thread(f: IntFn, text: *mut c_char, size: usize) -> c_int;
    fn test_call_at_thread_exit(f: extern "C" fn(*mut c_void), arg: *mut c_void) -> c_int;
}

#[export_callback(private)]
fn fails(x: c_int) -> c_int {
    callgate::yield_now();
    set_last_error(&format_args!("number {x} is unlucky"));
    -7
}

#[export_callback(private)]
fn succeeds(x: c_int) -> c_int {
    x
}

/// What C read, and what the call gave.
fn read_by(call: impl FnOnce(*mut c_char, usize) -> c_int) -> (String, c_int) {
    let mut text = [0; 100];
    let result = call(text.as_mut_ptr(), text.len());
    // SAFETY: C ended it with a NUL, or left it empty.
    let text = unsafe { CStr::from_ptr(text.as_ptr()) };
    (text.to_str().unwrap().to_owned(), result)
}

/// On a thread of its own, which has no error yet.
fn afresh(f: fn()) {
    let _test = begin();
    thread::spawn(f).join().unwrap();
    thread::spawn(move || run(f)).join().unwrap();
}

#[test]
fn c_reads_what_the_callback_said() {
    afresh(|| {
        assert!(test_last_error().is_null());
        // SAFETY: the buffer is as large as it is said to be.
        let read = read_by(|text, size| unsafe { test_error_of(fails, 13, text, size) });
        assert_eq!(read, ("number 13 is unlucky".into(), -7));
        assert_eq!(last_error().as_deref(), Some("number 13 is unlucky"));
        test_clear_last_error();
        assert!(test_last_error().is_null());
        assert_eq!(last_error(), None);
        // SAFETY: as above.
        let read = read_by(|text, size| unsafe { test_error_of(succeeds, 13, text, size) });
        assert_eq!(read, (String::new(), -1));
    });
}

#[test]
fn each_thread_has_its_own() {
    afresh(|| {
        set_last_error(&"mine");
        // SAFETY: as above.
        let read = read_by(|text, size| unsafe { test_error_on_a_thread(fails, text, size) });
        assert_eq!(read, ("number 5 is unlucky".into(), -7));
        assert_eq!(last_error().as_deref(), Some("mine"));
    });
}

#[test]
fn the_pointer_stays_until_the_next_error() {
    afresh(|| {
        set_last_error(&"first");
        let first = test_last_error();
        assert_eq!(last_error().as_deref(), Some("first"));
        assert_eq!(test_last_error(), first);
        // SAFETY: there was no error since.
        assert_eq!(unsafe { CStr::from_ptr(first) }, c"first");
        set_last_error(&"second");
        assert_eq!(last_error().as_deref(), Some("second"));
    });
}

#[test]
fn text_that_c_could_not_read_is_replaced() {
    afresh(|| {
        set_last_error(&"a\0b, and ü");
        assert_eq!(last_error().as_deref(), Some("a\u{fffd}b, and ü"));
        set_last_error(&"");
        // SAFETY: there was no error since.
        assert_eq!(unsafe { CStr::from_ptr(test_last_error()) }, c"");
    });
}

#[test]
fn an_error_may_set_another_while_it_is_written() {
    struct Nested;
    impl fmt::Display for Nested {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            set_last_error(&"inner");
            callgate::yield_now();
            f.write_str("outer")
        }
    }
    struct Unwritable;
    impl fmt::Display for Unwritable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    afresh(|| {
        set_last_error(&Nested);
        assert_eq!(last_error().as_deref(), Some("outer"));
        set_last_error(&Unwritable);
        assert!(last_error().unwrap().starts_with("half"));
    });
}

/// MinGW's pthreads run these destructors before those of the thread's own locals.
#[cfg(unix)]
#[test]
fn a_thread_past_its_thread_locals_has_none() {
    let _test = begin();
    extern "C" fn sets_and_reads(calls: *mut c_void) {
        // SAFETY: the test passes its counter.
        let before = unsafe { &*calls.cast::<AtomicU32>() }.fetch_add(1, SeqCst);
        set_last_error(&"kept if anybody can");
        // The first call is the thread's own code, the others are in its destructors.
        assert_eq!(test_last_error().is_null(), before > 0);
        assert_eq!(last_error().is_none(), before > 0);
        test_clear_last_error();
    }
    let calls = AtomicU32::new(0);
    // SAFETY: the counter outlives the thread.
    let error =
        unsafe { test_call_at_thread_exit(sets_and_reads, (&raw const calls).cast_mut().cast()) };
    assert_eq!(error, 0);
    assert!(calls.into_inner() >= 2);
}
