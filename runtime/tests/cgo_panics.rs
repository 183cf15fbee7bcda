//! Panics at the worst points, and the accounts after them: no callback, lock, G, M or stack is left.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Metrics, current, export_callback, lock_os_thread, metrics, park, run, yield_now};
use common::{
    Deadline, OnDrop, alone, begin, borrowed, child, panic_of, spawner, this_thread, yield_until,
};
use panicking::*;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::{ptr, thread};

mod threads {
    use std::ffi::{c_int, c_void};
    #[callgate::foreign_call]
    unsafe extern "C" {
        pub fn test_threads(
            n: c_int,
            times: c_int,
            f: extern "C" fn(*mut c_void),
            arg: *mut c_void,
        ) -> c_int;
    }
}

/// Runs `f`, and asserts that the accounts are what they were before. Run alone.
fn accounts_are_kept<T>(f: impl FnOnce() -> T) -> (Metrics, T) {
    let before = metrics();
    let result = f();
    let after = metrics();
    assert_eq!(after.gs, before.gs, "Gs");
    // A thread more may have been started for a P that found work, and a stack made on the P that had
    // none in its cache; what each panic left would be thousands.
    assert!(after.ms <= before.ms + 8, "{before:?}, then {after:?}");
    assert!(after.stacks_mapped <= before.stacks_mapped + 8, "{before:?}, then {after:?}");
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    (before, result)
}

/// Whether the calling G could move to another thread: it does, in time, where others use every P.
fn moves() -> bool {
    let first = this_thread();
    for _ in 0..100_000 {
        yield_now();
        callgate::blocking(|| ());
        if this_thread() != first {
            return true;
        }
    }
    false
}

/// Panics `n` calls and callbacks further in.
fn from_below(n: u32) {
    through_c(|| if n == 0 { resume_unwind(Box::new("below")) } else { from_below(n - 1) });
}

#[test]
fn in_a_callback_under_a_callback_under_a_call() {
    let _test = alone();
    run(|| {
        from_below_once(2); // what it makes at first is made
        let (before, ()) = accounts_are_kept(|| (0..100).for_each(|_| from_below_once(2)));
        let after = metrics();
        assert_eq!(after.callbacks - before.callbacks, 300);
        assert_eq!(after.foreign_calls - before.foreign_calls, 300);
    });
}

fn from_below_once(n: u32) {
    assert_eq!(panic_of(|| from_below(n)), "below");
}

#[test]
fn through_a_thousand_levels() {
    let _test = alone();
    // On the large stack of the main G's thread lie 1,000 levels of C, on the G's 1,000 of Rust.
    let end = child("through_a_thousand_levels", || {
        callgate::Builder::new().stack_size(16 << 20).install().unwrap();
        spawner()
            .go(|| {
                from_below_once(1000);
                let (before, ()) = accounts_are_kept(|| (0..5).for_each(|_| from_below_once(1000)));
                assert_eq!(metrics().callbacks - before.callbacks, 5005);
            })
            .join()
            .unwrap();
    });
    end.succeeded();
}

#[test]
fn a_million_times() {
    let (deadline, _turn) = alone();
    drop(deadline); // each part has one
    let loops = |parts, times| {
        let one = || {
            let caught = catch_unwind(|| through_c(|| resume_unwind(Box::new(1_u32))));
            assert_eq!(*caught.unwrap_err().downcast::<u32>().unwrap(), 1);
        };
        let (done, parts_done) = channel();
        let gs: Vec<_> = (0..4)
            .map(|_| {
                let done = done.clone();
                spawner().go(move || {
                    for _ in 0..parts {
                        (0..times).for_each(|_| one());
                        done.send(()).unwrap();
                    }
                    assert!(!thread::panicking());
                })
            })
            .collect();
        for _ in 0..4 * parts {
            let _deadline = Deadline::new();
            parts_done.recv().unwrap();
        }
        gs.into_iter().for_each(|g| g.join().unwrap());
    };
    loops(1, 100);
    let (before, ()) = accounts_are_kept(|| loops(10, 25_000));
    let after = metrics();
    assert_eq!(after.callbacks - before.callbacks, 1_000_000);
    assert_eq!(after.foreign_calls - before.foreign_calls, 1_000_000);
}

#[test]
fn the_lock_count_is_as_before_the_call() {
    let _test = begin();
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..8)
        .map(|_| {
            let stop = stop.clone();
            spawner().go(move || yield_until(|| stop.load(SeqCst)))
        })
        .collect();
    let g = spawner().go(|| {
        // Locks of the callbacks' own are undone by their unwinding, with those of the callbacks.
        let locked_and_panics = || {
            let _lock = lock_os_thread();
            through_c(|| {
                let _lock = lock_os_thread();
                from_below(3);
            })
        };
        for _ in 0..50 {
            assert_eq!(panic_of(locked_and_panics), "below");
        }
        assert!(moves(), "a lock is left");
        // And no lock too many is undone: one that is held holds.
        let lock = lock_os_thread();
        let here = this_thread();
        for _ in 0..50 {
            assert_eq!(panic_of(locked_and_panics), "below");
            yield_now();
            callgate::blocking(|| ());
            assert_eq!(this_thread(), here, "the lock is gone");
        }
        drop(lock);
        assert!(moves(), "a lock is left");
    });
    let result = g.join();
    stop.store(true, SeqCst);
    others.into_iter().for_each(|g| g.join().unwrap());
    result.unwrap();
}

static CAUGHT: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn catches(_: *mut c_void) {
    from_below_once(3);
    let _lock = lock_os_thread();
    yield_now();
    from_below_once(0);
    assert_eq!(test_guarded_call(unwinds, 12), 12);
    CAUGHT.fetch_add(1, SeqCst);
}

#[test]
fn in_callbacks_of_foreign_threads() {
    let _test = alone();
    run(|| ()); // this thread keeps an M too
    // SAFETY: (of both) the callback ignores its argument.
    let on_threads = |n| unsafe { threads::test_threads(n, 10, catches, ptr::null_mut()) };
    assert_eq!(on_threads(16), 0);
    let before = metrics();
    for _ in 0..10 {
        assert_eq!(on_threads(16), 0);
    }
    let after = metrics();
    assert_eq!(CAUGHT.load(SeqCst), 11 * 160);
    assert_eq!(after.needm - before.needm, 160);
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    assert_eq!(after.gs, before.gs);
}

#[test]
fn in_a_destructor_while_a_panic_unwinds() {
    let _test = begin();
    everywhere(|| {
        let mut inner = Vec::new();
        let outer = panic_of(|| {
            let _in_rust = OnDrop(|| {
                assert!(thread::panicking());
                inner.push(panic_of(|| from_below(4)));
            });
            through_c(|| {
                let _in_the_callback = OnDrop(|| from_below_once(2));
                panic!("outer");
            });
        });
        assert_eq!((outer.as_str(), inner), ("outer", vec!["below".to_owned()]));
        assert!(!thread::panicking());
        from_below_once(1);
    });
}

/// A payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the payload's own");
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped() {
    let _test = begin();
    everywhere(|| {
        for _ in 0..20 {
            let caught = catch_unwind(|| through_c(|| resume_unwind(Box::new(Bomb))));
            // It came through C whole, and goes off where it is dropped.
            assert_eq!(panic_of(|| drop(caught)), "the payload's own");
        }
        from_below_once(0);
    });
}

#[test]
fn a_payload_that_nobody_gets_and_that_panics_when_it_is_dropped() {
    #[export_callback(private, panic = return(-1))]
    fn leaves_a_bomb(_: c_int) -> c_int {
        resume_unwind(Box::new(Bomb))
    }
    let name = "a_payload_that_nobody_gets_and_that_panics_when_it_is_dropped";
    let end = child(name, || {
        run(|| test_result_on_a_thread(leaves_a_bomb));
    });
    end.aborted_with(&["callgate: fatal: a panic's payload panicked when it was dropped"]);
}

#[test]
fn resume_unwind_through_every_level() {
    let _test = begin();
    fn again(n: u32) {
        let caught = catch_unwind(|| {
            through_c(|| {
                if n == 0 { resume_unwind(Box::new(Cell::new(0_u32))) } else { again(n - 1) }
            });
        });
        let payload = caught.unwrap_err().downcast::<Cell<u32>>().unwrap();
        payload.set(payload.get() + 1);
        resume_unwind(payload)
    }
    everywhere(|| {
        let payload = catch_unwind(|| again(49)).unwrap_err().downcast::<Cell<u32>>().unwrap();
        assert_eq!(payload.get(), 50, "the same payload, once at each level");
    });
}

#[test]
fn a_g_that_panics_while_another_waits_for_it() {
    let _test = begin();
    everywhere(|| {
        for by_a_plain_thread in [false, true] {
            let (tell, told) = channel();
            let panics = spawner().go(move || {
                tell.send(current()).unwrap();
                park();
                from_below(2);
            });
            let g = callgate::blocking(|| told.recv().unwrap());
            let (tell, told) = channel();
            let waits = move || {
                tell.send(()).unwrap();
                let payload = panics.join().unwrap_err();
                assert_eq!(payload.downcast_ref(), Some(&"below"));
            };
            let waiter =
                if by_a_plain_thread { Ok(thread::spawn(waits)) } else { Err(spawner().go(waits)) };
            callgate::blocking(|| told.recv().unwrap());
            g.unpark();
            match waiter {
                Ok(thread) => thread.join().unwrap(),
                Err(g) => g.join().unwrap(),
            }
        }
    });
}

/// What C calls that wants Rust to panic.
#[export_callback(private, panic = unwind)]
fn panic_with(message: *mut c_void) {
    // SAFETY: the test passes a string.
    let text = unsafe { CStr::from_ptr(message.cast::<c_char>()) };
    panic!("{}", text.to_str().unwrap());
}

#[test]
fn c_asks_for_a_panic() {
    let _test = begin();
    everywhere(|| {
        let asks = || {
            // SAFETY: C hands the string to the callback.
            unsafe { test_call(panic_with, c"C has had enough".as_ptr().cast_mut().cast()) }
        };
        assert_eq!(panic_of(asks), "C has had enough");
        assert_eq!(test_add_one(1), 2);
    });
}

/// Where nobody catches it: the process ends, whoever waits for whatever else.
#[test]
fn on_a_foreign_thread_with_nobody_to_catch_it() {
    #[export_callback(private)]
    fn explodes(_: *mut c_void) {
        yield_now();
        let _lock = std::io::stderr().lock(); // the message needs it
        panic!("nobody catches this");
    }
    let end = child("on_a_foreign_thread_with_nobody_to_catch_it", || {
        // SAFETY: nobody else reads the environment now.
        unsafe { std::env::set_var("RUST_BACKTRACE", "1") };
        let lock = std::sync::Arc::new(std::sync::Mutex::new(()));
        let _held = lock.lock().unwrap();
        for _ in 0..4 {
            let lock = lock.clone();
            spawner().go(move || callgate::blocking(|| drop(lock.lock())));
            spawner().go(park);
        }
        // SAFETY: the callback ignores its argument.
        run(|| unsafe { threads::test_threads(4, 1, explodes, ptr::null_mut()) });
    });
    // Rust's own report with its trace, then ours.
    end.aborted_with(&[
        "nobody catches this",
        "stack backtrace:",
        "explodes",
        "run_job",
        "callgate: fatal: the callback `explodes` (runtime/tests/cgo_panics.rs:",
    ]);
}

#[cfg(unix)]
extern "C" fn on_abort(_: c_int) {
    // SAFETY: may be called in a handler.
    unsafe { libc::_exit(41) }
}

/// On Windows, `abort` is no signal.
#[cfg(unix)]
#[test]
fn a_hosts_sigabrt_handler_sees_it() {
    let name = "a_hosts_sigabrt_handler_sees_it";
    let end = child(name, || {
        // SAFETY: the handler only ends the process.
        unsafe { libc::signal(libc::SIGABRT, on_abort as *const () as libc::sighandler_t) };
        #[export_callback(private)]
        fn explodes(x: c_int) -> c_int {
            panic!("seen {x}")
        }
        run(|| test_call_int(explodes, 7));
    });
    assert_eq!(end.code, Some(41), "{end:#?}");
    assert!(end.text.contains("`explodes`") && end.text.contains("seen 7"), "{end:#?}");
}
