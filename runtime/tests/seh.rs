//! Structured exception handling: C's handlers for its own faults, and where 32-bit systems keep them.
#![cfg(windows)]

mod common;

use callgate::{export_callback, foreign_call, run, yield_now};
use callgate_test_c as _;
use common::{begin, spawner};
use std::ffi::{c_int, c_void};
use std::panic::{catch_unwind, resume_unwind};

#[foreign_call]
unsafe extern "C" {
    safe fn test_call_int(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
}

// `IsBadReadPtr` has a handler on the stack for the fault that it makes: of the thread's stack in a foreign call,
// of the G's in a plain one.
#[foreign_call]
#[link(name = "kernel32")]
unsafe extern "system" {
    #[link_name = "IsBadReadPtr"]
    safe fn is_bad(p: *const c_void, n: usize) -> c_int;
}

fn is_bad_here(p: *const c_void) -> c_int {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        safe fn IsBadReadPtr(p: *const c_void, n: usize) -> c_int;
    }
    IsBadReadPtr(p, 1)
}

fn look() {
    let (good, bad) = (1_u8, std::ptr::without_provenance(64));
    assert_eq!((is_bad(bad, 1) != 0, is_bad_here(bad) != 0), (true, true));
    let good = (&raw const good).cast();
    assert_eq!((is_bad(good, 1), is_bad_here(good)), (0, 0));
}

#[export_callback(private, panic = unwind)]
fn looks(x: c_int) -> c_int {
    look();
    yield_now();
    look();
    if x == 1 {
        resume_unwind(Box::new(()));
    }
    x
}

#[test]
fn c_handles_its_own_faults() {
    let _test = begin();
    let body = || {
        look();
        assert_eq!(test_call_int(looks, 5), 6);
        assert!(catch_unwind(|| test_call_int(looks, 1)).is_err());
        look();
    };
    run(body);
    spawner().go(body).join().unwrap();
}

/// The chain of handlers, whose links lie on the stack.
#[cfg(target_arch = "x86")]
mod chain {
    use super::*;
    use common::child;

    #[foreign_call]
    unsafe extern "C" {
        #[link_name = "test_handlers"]
        safe fn handlers_in_c() -> c_int;
        safe fn test_call_with_handler(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
    }

    unsafe extern "C" {
        #[link_name = "test_handlers"]
        safe fn handlers_here() -> c_int;
        safe fn test_handlers_at_the_end() -> c_int;
    }

    fn of_a_thread() -> c_int {
        std::thread::spawn(|| handlers_here()).join().unwrap()
    }

    /// Goes as many levels deeper as `x` says, and panics at the last if that is odd.
    #[export_callback(private, panic = unwind)]
    fn deeper(x: c_int) -> c_int {
        let (level, depth) = (x & 0xff, x >> 8);
        let check = || {
            // One of each C frame's, and one where each call begins.
            let in_c = of_a_thread() + 2 * level + 1;
            assert_eq!((handlers_here(), handlers_in_c()), (test_handlers_at_the_end(), in_c));
        };
        check();
        yield_now();
        check();
        if level < depth {
            assert_eq!(test_call_with_handler(deeper, x + 1), x + 1);
        } else if depth % 2 == 1 {
            resume_unwind(Box::new(depth));
        }
        check();
        x
    }

    #[test]
    fn each_stack_has_its_own_handlers() {
        let _test = begin();
        let body = || {
            for depth in 1..6 {
                let call = || test_call_with_handler(deeper, depth << 8 | 1);
                match catch_unwind(call) {
                    Ok(x) => assert_eq!((depth % 2, x), (0, depth << 8 | 1)),
                    Err(payload) => assert_eq!(payload.downcast_ref(), Some(&depth)),
                }
                // Those of the C frames that a panic has left are gone.
                let in_c = of_a_thread() + 1;
                assert_eq!((handlers_here(), handlers_in_c()), (test_handlers_at_the_end(), in_c));
            }
        };
        run(body);
        let gs: Vec<_> = (0..8).map(|_| spawner().go(body)).collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
    }

    #[foreign_call]
    unsafe extern "C" {
        fn test_fault(at: *mut c_int) -> c_int;
    }

    #[export_callback(private)]
    fn faults_in_c(_: c_int) -> c_int {
        // SAFETY: none: the fault is what the test is about. The process doesn't outlive it.
        unsafe { test_fault(std::ptr::without_provenance_mut(64)) }
    }

    /// If it took the exception, the frames of Rust in between would be left.
    #[test]
    fn handlers_beyond_rusts_frames_are_not_asked() {
        let end = child("chain::handlers_beyond_rusts_frames_are_not_asked", || {
            run(|| test_call_with_handler(faults_in_c, 0));
        });
        assert_eq!(end.code, Some(0xC000_0005_u32 as i32), "{end:#?}");
        assert!(end.text.contains("at address 0x40, in C that G "), "{end:#?}");
        assert!(!end.text.contains("a handler is asked"), "{end:#?}");
    }

    /// The one above is asked of faults that are its own.
    #[test]
    fn handlers_are_asked() {
        let end = child("chain::handlers_are_asked", || {
            run(|| test_call_with_handler(faults_plainly, 0));
        });
        assert!(end.text.contains("a handler is asked"), "{end:#?}");
    }

    extern "C" fn faults_plainly(_: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { std::ptr::without_provenance::<c_int>(64).read_volatile() }
    }
}
