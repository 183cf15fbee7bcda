//! The counters of `metrics()` move as their documentation says.

mod common;

use callgate::{
    Builder, Metrics, blocking, current, export_callback, foreign_call, metrics, park, run,
};
use callgate_test_c as _;
use common::{alone, borrowed, child, spawner, wait_until};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Once, mpsc::channel};

#[foreign_call]
unsafe extern "C" {
    safe fn test_add_one(x: c_int) -> c_int;
    #[foreign_call(leaf)]
    #[link_name = "test_add_one"]
    safe fn leaf_add_one(x: c_int) -> c_int;
    #[foreign_call(blocking)]
    #[link_name = "test_add_one"]
    safe fn blocking_add_one(x: c_int) -> c_int;
    safe fn test_call_int(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(3).install().unwrap());
}

#[export_callback(private)]
fn same(x: c_int) -> c_int {
    x
}

#[test]
fn all_are_zero_before_the_first_use() {
    let end = child("all_are_zero_before_the_first_use", || {
        assert_eq!(metrics(), Metrics::default());
        install();
        let now = metrics();
        assert_eq!((now.procs, now.gs, now.foreign_calls, now.callbacks), (3, 0, 0, 0));
        assert_eq!((now.needm, now.dropm, now.handoffs), (0, 0, 0));
        assert_eq!((now.extra_ms, now.stacks_mapped), (1, 1), "the spare, with its stack");
    });
    end.succeeded();
}

#[test]
fn foreign_calls_are_those_of_gs() {
    let _test = alone();
    install();
    let count = |f: fn()| {
        let before = metrics();
        f();
        let after = metrics();
        (after.foreign_calls - before.foreign_calls, after.callbacks - before.callbacks)
    };
    assert_eq!(count(|| assert_eq!(test_add_one(1), 2)), (0, 0), "on a plain thread it's no G's");
    let calls = count(|| {
        run(|| (0..10).for_each(|i| assert_eq!(test_add_one(i), i + 1)));
    });
    assert_eq!(calls, (10, 0));
    let calls = count(|| {
        let g = spawner().go(|| blocking_add_one(1) + blocking(|| 1));
        assert_eq!(g.join().unwrap(), 3);
    });
    assert_eq!(calls, (2, 0));
    let calls = count(|| assert_eq!(run(|| leaf_add_one(1)), 2));
    assert_eq!(calls, (0, 0), "a leaf call is too cheap to be counted");
    let calls = count(|| {
        run(|| (0..5).for_each(|i| assert_eq!(test_call_int(same, i), i + 1)));
    });
    assert_eq!(calls, (5, 5));
    let callbacks = count(|| assert_eq!(test_call_int(same, 1), 2)).1;
    assert_eq!(callbacks, 1, "of a plain thread");
}

#[test]
fn a_callback_counts_while_it_runs() {
    let _test = alone();
    install();
    #[export_callback(private)]
    fn how_many(_: c_int) -> c_int {
        metrics().callbacks as c_int
    }
    let before = metrics().callbacks as c_int;
    assert_eq!(run(|| test_call_int(how_many, 0)), before + 1 + 1);
}

#[test]
fn gs_counts_those_that_have_not_ended() {
    let _test = alone();
    install();
    wait_until(|| metrics().gs == 0);
    let (send, receive) = channel();
    let gs: Vec<_> = (0..20)
        .map(|i| {
            let send = send.clone();
            let body = move || {
                send.send(current()).unwrap();
                park();
            };
            if i % 2 == 0 { spawner().go(body) } else { callgate::go_pinned(body) }
        })
        .collect();
    let handles: Vec<_> = (0..20).map(|_| receive.recv().unwrap()).collect();
    assert_eq!(metrics().gs, 20);
    assert_eq!(run(|| metrics().gs), 21);
    assert_eq!(metrics().gs, 20);
    handles.iter().for_each(callgate::G::unpark);
    gs.into_iter().for_each(|g| g.join().unwrap());
    wait_until(|| metrics().gs == 0);
}

static IN: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn meets_the_others(_: *mut c_void) {
    IN.fetch_add(1, SeqCst);
    common::yield_until(|| IN.load(SeqCst) >= 5);
    assert!(metrics().gs >= 5);
    assert!(metrics().ms >= 5 + metrics().extra_ms);
    IN.fetch_add(1, SeqCst);
    common::yield_until(|| IN.load(SeqCst) >= 10);
}

#[test]
fn foreign_threads_borrow_and_give_back() {
    let _test = alone();
    install();
    let before = metrics();
    // SAFETY: the callback ignores its argument.
    assert_eq!(unsafe { test_threads(5, 1, meets_the_others, std::ptr::null_mut()) }, 0);
    let after = metrics();
    assert_eq!(after.needm - before.needm, 5);
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    assert_eq!(after.callbacks - before.callbacks, 5);
    assert!(after.extra_ms >= 1);
    assert_eq!(after.gs, before.gs);
}

#[test]
fn a_blocking_call_hands_its_p_off() {
    let _test = alone();
    install();
    let before = metrics().handoffs;
    spawner().go(|| blocking(|| ())).join().unwrap();
    assert!(metrics().handoffs > before);
}

#[test]
fn stacks_are_used_again() {
    let _test = alone();
    install();
    let burst = || {
        let gs: Vec<_> = (0..2000).map(|_| spawner().go(callgate::yield_now)).collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
        wait_until(|| metrics().gs == 0);
    };
    burst();
    let first = metrics().stacks_mapped;
    (0..5).for_each(|_| burst());
    // Each P may keep a few for itself.
    assert!(metrics().stacks_mapped <= first.max(2000) + 3 * 32, "{first}, then {:?}", metrics());
}

#[test]
fn idle_threads_are_counted() {
    let _test = alone();
    install();
    let gs: Vec<_> = (0..10).map(|_| spawner().go(|| blocking(std::thread::yield_now))).collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
    wait_until(|| metrics().idle_ms >= 1);
    let now = metrics();
    assert!(now.idle_ms <= now.ms, "{now:?}");
}

#[test]
fn calls_of_threads_that_end_are_never_missed() {
    let _test = alone();
    install();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while !done.load(SeqCst) {
                let now = metrics().foreign_calls;
                assert!(now >= last, "{now}, after {last}");
                last = now;
            }
        });
        for _ in 0..300 {
            callgate::go_pinned(|| test_add_one(1)).join().unwrap();
        }
        done.store(true, SeqCst);
    });
}
