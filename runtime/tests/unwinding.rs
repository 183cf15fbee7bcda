//! A panic that unwinds from a callback to the foreign call: what is dropped on the way, what is kept,
//! and what code may do meanwhile.

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{blocking, current, export_callback, park, run, sleep, yield_now};
use common::{OnDrop, begin, child, panic_of, spawner};
use panicking::*;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::thread;
use std::time::Duration;

#[test]
fn panics_leave_no_lock() {
    let _test = begin();
    // A G that were still locked to its thread would take the thread with it when it ends.
    let g = spawner().go(|| {
        for _ in 0..1000 {
            let lock = callgate::lock_os_thread();
            assert!(catch_unwind(|| through_c(|| resume_unwind(Box::new(())))).is_err());
            drop(lock);
        }
        thread::current().id()
    });
    g.join().unwrap();
}

#[test]
fn rust_frames_below_the_call_are_dropped_in_order() {
    let _test = begin();
    everywhere(|| {
        let mut order = Vec::new();
        let seen = std::cell::RefCell::new(&mut order);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _outer = OnDrop(|| seen.borrow_mut().push("outer"));
            let _inner = OnDrop(|| seen.borrow_mut().push("inner"));
            through_c(|| {
                let _callback = OnDrop(|| seen.borrow_mut().push("callback"));
                panic!("on purpose");
            });
        }));
        assert!(caught.is_err());
        assert_eq!(order, ["callback", "inner", "outer"]);
    });
}

#[test]
fn nested_callbacks_panic_at_each_depth() {
    let _test = begin();
    everywhere(|| {
        let mut steps = Vec::new();
        through_c(|| {
            steps.push(1);
            let inner = panic_of(|| through_c(|| panic!("inner")));
            assert_eq!(inner, "inner");
            steps.push(2);
            through_c(|| steps.push(3));
        });
        let outer = panic_of(|| {
            through_c(|| {
                assert_eq!(panic_of(|| through_c(|| panic!("inner"))), "inner");
                panic!("outer")
            })
        });
        assert_eq!(outer, "outer");
        let both = panic_of(|| through_c(|| through_c(|| through_c(|| panic!("from within")))));
        assert_eq!(both, "from within");
        assert_eq!(steps, [1, 2, 3]);
    });
}

#[test]
fn the_payload_is_kept() {
    let _test = begin();
    #[derive(Debug, PartialEq)]
    struct Payload(Vec<u8>);
    everywhere(|| {
        let caught = catch_unwind(|| through_c(|| panic_any(Payload(vec![1, 2, 3])))).unwrap_err();
        assert_eq!(*caught.downcast::<Payload>().unwrap(), Payload(vec![1, 2, 3]));
    });
}

#[test]
fn a_panic_while_the_thread_is_locked() {
    let _test = begin();
    everywhere(|| {
        let caught = panic_of(|| {
            let _lock = callgate::lock_os_thread();
            through_c(|| {
                let _inner = callgate::lock_os_thread();
                yield_now();
                panic!("locked")
            })
        });
        assert_eq!(caught, "locked");
        yield_now();
    });
}

#[test]
fn destructors_may_wait_while_a_panic_unwinds() {
    let _test = begin();
    let others: Vec<_> =
        (0..8).map(|_| spawner().go(|| (0..500).for_each(|_| yield_now()))).collect();
    everywhere(|| {
        let mut waited = 0;
        let caught = panic_of(|| {
            let _wait = OnDrop(|| {
                assert!(thread::panicking());
                yield_now();
                sleep(Duration::from_millis(1));
                let me = current();
                let waker = spawner().go(move || {
                    assert!(!thread::panicking());
                    me.unpark();
                });
                park();
                waker.join().unwrap();
                waited += blocking(|| 1) + test_add_one(1) + test_call_int(unwinds, 0);
                assert!(panic_of(|| resume_unwind(Box::new("inner"))) == "inner");
                assert!(thread::panicking());
            });
            through_c(|| panic!("outer"));
        });
        assert_eq!((caught.as_str(), waited), ("outer", 4));
        assert!(!thread::panicking());
    });
    others.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn many_gs_panic_in_callbacks_at_once() {
    let _test = begin();
    let gs: Vec<_> = (0..50)
        .map(|i: u32| {
            spawner().go(move || {
                for round in 0..20 {
                    let caught = catch_unwind(|| {
                        through_c(|| {
                            yield_now();
                            resume_unwind(Box::new((i, round)))
                        })
                    });
                    let payload = caught.unwrap_err().downcast::<(u32, u32)>().unwrap();
                    assert_eq!(*payload, (i, round));
                    yield_now();
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_panic_drops_no_rust_frames_of_blocking_code() {
    // `blocking` is safe, and its closure's frames lie where C's would: they may lend what is on
    // them to others (a scope's threads, say), so they must never be dropped without unwinding.
    let name = "a_panic_drops_no_rust_frames_of_blocking_code";
    let end = child(name, || {
        run(|| {
            let mut dropped = false;
            let caught = catch_unwind(AssertUnwindSafe(|| {
                blocking(|| {
                    let _frame = OnDrop(|| dropped = true);
                    unwinds(13)
                })
            }));
            assert!(caught.is_err());
            println!("dropped: {dropped}");
        });
    });
    let aborted = end.was_aborted() && end.text.contains("`unwinds`");
    assert!(aborted || end.text.contains("dropped: true"), "{end:#?}");
}

#[export_callback(private, panic = return(0))]
fn calls_c_again(n: c_int) -> c_int {
    if n == 0 {
        panic!("the first");
    }
    // The first is held for the call further out; this one must not get lost for it.
    test_call_int(unwinds, 13)
}

/// A panic that is held for an outer call doesn't swallow that of an inner one.
#[test]
fn a_held_panic_leaves_inner_ones_alone() {
    let _test = begin();
    run(|| {
        let text = panic_of(|| {
            // Calls back with 0, 1, …, and goes on after the first panic.
            test_sum_of_calls(calls_c_again, 3);
        });
        assert_eq!(text, "the first");
        assert_eq!(test_call_int(unwinds, 12), 13);
    });
}

extern "C-unwind" fn panics_plainly(x: c_int) -> c_int {
    panic!("a plain function panics with {x}")
}

/// C is declared not to unwind, and its frames don't say so.
#[test]
fn a_panic_of_a_plain_function_is_reported_where_it_leaves_c() {
    let name = "a_panic_of_a_plain_function_is_reported_where_it_leaves_c";
    let end = child(name, || {
        type Unwinding = extern "C-unwind" fn(c_int) -> c_int;
        // SAFETY: the types differ in whether they may unwind, which the test is about.
        let f = unsafe {
            std::mem::transmute::<Unwinding, extern "C" fn(c_int) -> c_int>(panics_plainly)
        };
        let _ = spawner().go(move || test_call_int(f, 5)).join();
    });
    end.aborted_with(&[
        "a plain function panics with 5",
        "callgate: fatal: a Rust panic came out of C that G ",
        "#[export_callback(panic = unwind)]",
    ]);
}
