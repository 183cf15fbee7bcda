//! What becomes of a panic in a callback, under each policy, and of one in a G.

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{blocking, current, export_callback, park, run, yield_now};
use common::{begin, child, panic_of, spawner};
use panicking::*;
use std::ffi::c_int;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

#[test]
fn the_caller_of_c_catches_it_and_the_next_call_works() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(panic_of(|| test_call_int(unwinds, 13)), "unlucky 13");
        assert_eq!(test_call_int(unwinds, 12), 13);
        assert_eq!(panic_of(|| test_call_int(returns, 13)), "unlucky 13");
        assert_eq!(test_call_int(returns, 12), 13);
        yield_now();
        assert_eq!(test_add_one(1), 2);
    });
}

#[test]
fn unwind_drops_the_c_frames() {
    let _test = begin();
    // C would go on to 99.
    run(|| {
        assert_eq!(panic_of(|| test_sum_of_calls(unwinds, 100)), "unlucky 13");
    });
}

#[test]
fn return_tells_c_and_goes_on_when_c_returns() {
    let _test = begin();
    static AFTER: AtomicU32 = AtomicU32::new(0);
    #[export_callback(private, panic = return(7))]
    fn sevens(x: c_int) -> c_int {
        if x == 5 {
            panic!("five");
        }
        AFTER.fetch_add(1, SeqCst);
        x
    }
    assert_eq!(run(|| panic_of(|| test_sum_of_calls(sevens, 10))), "five");
    assert_eq!(AFTER.load(SeqCst), 9, "C went on after the panic");
}

#[test]
fn of_two_panics_that_c_ignores_the_first_goes_on() {
    let _test = begin();
    #[export_callback(private, panic = return(0))]
    fn always(x: c_int) -> c_int {
        panic!("number {x}")
    }
    run(|| {
        assert_eq!(panic_of(|| test_sum_of_calls(always, 5)), "number 0");
        assert_eq!(test_add_one(1), 2);
    });
}

#[test]
fn the_value_returned_is_that_of_the_policy_on_a_foreign_thread() {
    let _test = begin();
    #[export_callback(private, panic = return(-1))]
    fn fails(_: c_int) -> c_int {
        std::panic::resume_unwind(Box::new("nobody sees this"))
    }
    for _ in 0..10 {
        assert_eq!(run(|| test_result_on_a_thread(fails)), -1);
        assert_eq!(run(|| test_result_on_a_thread(returns)), 7);
    }
}

#[test]
fn abort_names_the_callback_and_the_panic() {
    #[export_callback(private)]
    fn explodes(x: c_int) -> c_int {
        panic!("reason number {x}")
    }
    let name = "abort_names_the_callback_and_the_panic";
    let end = child(name, || {
        let _ = catch_unwind(|| run(|| test_call_int(explodes, 99)));
    });
    end.aborted_with(&["callgate: fatal", "`explodes`", "panics.rs:", "reason number 99"]);
}

#[test]
fn unwind_without_a_rust_caller_aborts() {
    let end = child("unwind_without_a_rust_caller_aborts", || {
        #[export_callback(private, panic = unwind)]
        fn thrown(_: c_int) -> c_int {
            panic!("nobody is there")
        }
        run(|| test_result_on_a_thread(thrown));
    });
    end.aborted_with(&["`thrown`", "nobody is there", "no Rust caller waits on this thread"]);
}

#[export_callback(private, panic = return(-2))]
fn returns_from_within(n: c_int) -> c_int {
    if n == 0 {
        panic!("at the bottom");
    }
    // The panic goes on here, at each level, and is returned again.
    test_guarded_call(returns_from_within, n - 1)
}

#[test]
fn a_returned_panic_goes_on_at_each_call_on_its_way() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(panic_of(|| test_guarded_call(returns_from_within, 10)), "at the bottom");
    });
}

#[test]
fn a_held_panic_passes_inner_calls_by() {
    let _test = begin();
    #[export_callback(private, panic = return(0))]
    fn first_panics(n: c_int) -> c_int {
        if n == 0 {
            panic!("held");
        }
        // The panic of call 0 waits for the outer call, not for these.
        assert_eq!(test_add_one(n), n + 1);
        assert_eq!(test_call_int(unwinds, n), n + 1);
        assert_eq!(panic_of(|| test_call_int(unwinds, 13)), "unlucky 13");
        n
    }
    run(|| assert_eq!(panic_of(|| test_sum_of_calls(first_panics, 4)), "held"));
}

#[test]
fn a_returned_panic_of_blocking_code_goes_on_at_its_end() {
    let _test = begin();
    let body = || {
        let mut result = 0;
        assert_eq!(panic_of(|| blocking(|| result = returns(13))), "unlucky 13");
        assert_eq!(result, -1, "the code of `blocking` went on, as C does");
        assert_eq!(blocking(|| returns(1)), 1);
    };
    run(body);
    spawner().go(body).join().unwrap();
}

#[test]
fn a_g_that_panics_is_an_err_and_the_others_go_on() {
    let _test = begin();
    let gs: Vec<_> = (0..100)
        .map(|i| {
            spawner().go(move || {
                yield_now();
                if i % 2 == 0 {
                    resume_unwind(Box::new(i));
                }
                i
            })
        })
        .collect();
    for (i, g) in gs.into_iter().enumerate() {
        match g.join() {
            Ok(value) => assert_eq!((value, i % 2), (i, 1)),
            Err(payload) => assert_eq!((*payload.downcast::<usize>().unwrap(), i % 2), (i, 0)),
        }
    }
    let pinned = callgate::go_pinned(|| panic!("pinned")).join();
    assert_eq!(pinned.unwrap_err().downcast_ref(), Some(&"pinned"));
}

#[test]
fn a_panic_of_runs_main_propagates() {
    let _test = begin();
    assert_eq!(panic_of(|| run(|| panic!("main"))), "main");
    assert_eq!(run(|| 1), 1);
    let g = spawner().go(|| panic_of(|| run(|| panic!("within a G"))));
    assert_eq!(g.join().unwrap(), "within a G");
    assert_eq!(panic_of(|| blocking(|| panic!("plain"))), "plain");
    let g = spawner().go(|| panic_of(|| blocking(|| panic!("blocked"))));
    assert_eq!(g.join().unwrap(), "blocked");
}

#[test]
fn a_result_that_panics_when_dropped_is_named() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    let end = child("a_result_that_panics_when_dropped_is_named", || {
        let (send, receive) = std::sync::mpsc::channel();
        let g = spawner().go(move || {
            send.send(current()).unwrap();
            park();
            Bomb
        });
        let id = receive.recv().unwrap();
        drop(g); // before its end, so that the G is the one to drop the result
        id.unpark();
        loop {
            thread::park();
        }
    });
    end.aborted_with(&["result of a detached G panicked", "boom"]);
}
