//! Rust closures that C calls, keeps and frees.

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Closure, foreign_call, run, yield_now};
use common::{OnDrop, begin, child, panic_of, spawner, wait_until};
use panicking::everywhere;
use std::ffi::{c_double, c_float, c_int, c_long, c_longlong, c_short, c_uchar, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

type Data = *mut c_void;
type Eight =
    fn(c_int, c_double, c_long, c_float, c_short, *mut c_void, c_uchar, c_longlong) -> c_double;

#[repr(C)]
struct Pair {
    a: c_long,
    b: c_double,
}

#[repr(C)]
#[derive(Debug, PartialEq)]
struct Big([c_long; 8]);

enum Listener {}

#[foreign_call]
unsafe extern "C" {
    fn test_first(f: unsafe extern "C" fn(Data, c_int) -> c_int, data: Data, x: c_int) -> c_int;
    fn test_last(f: unsafe extern "C" fn(c_int, Data) -> c_int, x: c_int, data: Data) -> c_int;
    fn test_zero(f: unsafe extern "C" fn(Data) -> c_long, data: Data) -> c_long;
    fn test_zero_on_a_thread(f: unsafe extern "C" fn(Data) -> c_long, data: Data) -> c_long;
    fn test_eight_first(
        f: <Eight as callgate::Signature>::First,
        data: Data,
        p: *mut c_void,
    ) -> c_double;
    fn test_eight_last(
        f: <Eight as callgate::Signature>::Last,
        data: Data,
        p: *mut c_void,
    ) -> c_double;
    fn test_structs(f: unsafe extern "C" fn(Data, Pair, Big) -> Big, data: Data) -> Big;
    fn test_sum(f: unsafe extern "C" fn(c_int, Data) -> c_int, n: c_int, data: Data) -> c_long;
    fn test_listen(
        f: unsafe extern "C" fn(Data, c_int),
        data: Data,
        free: unsafe extern "C" fn(Data),
    ) -> *mut Listener;
    fn test_tell(listener: *mut Listener, x: c_int);
    fn test_unlisten(listener: *mut Listener);
    fn test_unlisten_on_a_thread(listener: *mut Listener) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: unsafe extern "C" fn(Data), arg: Data) -> c_int;
}

mod leaf {
    use super::{Data, c_int};
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        pub fn test_first(
            f: unsafe extern "C" fn(Data, c_int) -> c_int,
            data: Data,
            x: c_int,
        ) -> c_int;
    }
}

type Int = Closure<fn(c_int) -> c_int>;

/// C calls it with `x`, its user data first or last.
fn first(c: &Int, x: c_int) -> c_int {
    // SAFETY: the pair is the closure's, and C keeps nothing.
    unsafe { test_first(c.first(), c.data(), x) }
}

fn last(c: &Int, x: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { test_last(c.last(), x, c.data()) }
}

fn sum_unwinding(c: &Int, n: c_int) -> c_long {
    // SAFETY: as above; C has nothing to clean up.
    unsafe { test_sum(c.last_unwinding(), n, c.data()) }
}

#[test]
fn user_data_first_and_last() {
    let _test = begin();
    everywhere(|| {
        let base = 40;
        Int::with(
            |x| base + x,
            |c| {
                assert_eq!(first(c, 1), 42);
                assert_eq!(last(c, 2), 43);
            },
        );
        let owned = Int::new(move |x| base - x);
        assert_eq!((first(&owned, 1), last(&owned, 2)), (40, 39));
    });
}

#[test]
fn on_a_plain_thread() {
    let _test = begin();
    assert_eq!(Int::with(|x| x * 2, |c| first(c, 4) + last(c, 5)), 20);
}

#[test]
fn no_arguments() {
    let _test = begin();
    run(|| {
        let n = 5;
        let seen = Closure::<fn() -> c_long>::with(
            || n,
            // SAFETY: the pair is the closure's.
            |c| unsafe { (test_zero(c.first(), c.data()), test_zero(c.last(), c.data())) },
        );
        assert_eq!(seen, (6, 6));
    });
}

#[test]
fn eight_arguments() {
    let _test = begin();
    run(|| {
        let mut local = 0_u32;
        let p: *mut c_void = (&raw mut local).cast();
        let expected = p.addr();
        let check = move |a: c_int,
                          b: c_double,
                          c: c_long,
                          d: c_float,
                          e: c_short,
                          f: *mut c_void,
                          g: c_uchar,
                          h: c_longlong| {
            assert_eq!((a, b, c, d, e), (1, 2.5, -3, 4.5, -5));
            assert_eq!((f.addr(), g, h), (expected, 7, -8_000_000_000));
            b
        };
        let closure = Closure::<Eight>::new(check);
        // SAFETY: the pair is the closure's.
        unsafe {
            assert_eq!(test_eight_first(closure.first(), closure.data(), p), 3.5);
            assert_eq!(test_eight_last(closure.last(), closure.data(), p), 3.5);
        }
    });
}

#[test]
fn structs_by_value() {
    let _test = begin();
    run(|| {
        let add = |pair: Pair, mut big: Big| {
            big.0[0] += pair.a;
            big.0[7] += (pair.b * 4.0) as c_long;
            big
        };
        let result = Closure::<fn(Pair, Big) -> Big>::with(add, |c| {
            // SAFETY: the pair is the closure's.
            unsafe { test_structs(c.first(), c.data()) }
        });
        assert_eq!(result, Big([11, 2, 3, 4, 5, 6, 7, 10]));
    });
}

#[test]
fn a_scope_borrows_locals() {
    let _test = begin();
    everywhere(|| {
        let mut seen = Vec::new();
        let total = Int::with_mut(
            |x| {
                seen.push(x);
                yield_now();
                x
            },
            // SAFETY: the pair is the closure's.
            |c| unsafe { test_sum(c.last(), 100, c.data()) },
        );
        assert_eq!(total, 4_950);
        assert!(seen.into_iter().eq(0..100));
    });
}

#[test]
fn free_of_a_scoped_closure_does_nothing() {
    let _test = begin();
    let drops = AtomicU32::new(0);
    let on_drop = OnDrop(|| _ = drops.fetch_add(1, SeqCst));
    Int::with(
        move |x| {
            let _ = &on_drop;
            x
        },
        |c| {
            // SAFETY: its own data.
            unsafe { c.free()(c.data()) };
            assert_eq!(first(c, 1), 2);
            assert_eq!(drops.load(SeqCst), 0);
        },
    );
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_closure_may_call_itself_through_c() {
    let _test = begin();
    everywhere(|| {
        static FACTORIAL: Mutex<Option<Arc<Int>>> = Mutex::new(None);
        let closure = Arc::new(Int::new(|n| {
            let this = FACTORIAL.lock().unwrap().clone().unwrap();
            if n == 0 { 1 } else { n * (first(&this, n - 1) - 1) }
        }));
        *FACTORIAL.lock().unwrap() = Some(closure.clone());
        assert_eq!(first(&closure, 6), 721);
        *FACTORIAL.lock().unwrap() = None;
    });
}

#[test]
fn a_closure_may_wait() {
    let _test = begin();
    run(|| {
        let doubled = Int::with(
            |x| spawner().go(move || callgate::blocking(|| x * 2)).join().unwrap(),
            |c| first(c, 21),
        );
        assert_eq!(doubled, 43);
    });
}

#[test]
fn threads_of_c_call_one_closure() {
    let _test = begin();
    let calls = AtomicU32::new(0);
    Closure::<fn()>::with(
        || {
            calls.fetch_add(1, SeqCst);
            yield_now();
        },
        // SAFETY: the threads are joined before it returns.
        |c| assert_eq!(unsafe { test_threads(8, 500, c.first(), c.data()) }, 0),
    );
    assert_eq!(calls.into_inner(), 4_000);
}

#[test]
fn c_keeps_a_closure_and_frees_it() {
    let _test = begin();
    everywhere(|| {
        let (sum, drops) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicU32::new(0)));
        for on_a_thread in [false, true] {
            let (sum, drops) = (sum.clone(), drops.clone());
            let on_drop = OnDrop(move || _ = drops.fetch_add(1, SeqCst));
            let closure = Closure::<fn(c_int)>::new_mut(move |x| {
                let _ = &on_drop;
                sum.fetch_add(x, SeqCst);
            });
            let (f, free) = (closure.first(), closure.free());
            // SAFETY: C owns the closure from here, calls it on one thread at a time, and frees it.
            unsafe {
                let listener = test_listen(f, closure.into_raw(), free);
                (1..=10).for_each(|x| test_tell(listener, x));
                if on_a_thread {
                    assert_eq!(test_unlisten_on_a_thread(listener), 0);
                } else {
                    test_unlisten(listener);
                }
            }
        }
        assert_eq!((sum.load(SeqCst), drops.load(SeqCst)), (110, 2));
    });
}

#[test]
fn a_closure_that_c_does_not_get_is_dropped_once() {
    let _test = begin();
    let drops = Arc::new(AtomicU32::new(0));
    let closure = {
        let drops = drops.clone();
        let on_drop = OnDrop(move || _ = drops.fetch_add(1, SeqCst));
        Int::new_mut({
            let on_drop = Mutex::new(on_drop);
            move |x| {
                let _ = &on_drop;
                x
            }
        })
    };
    assert_eq!(last(&closure, 1), 2);
    assert_eq!(drops.load(SeqCst), 0);
    thread::spawn(move || drop(closure)).join().unwrap();
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_panic_names_the_place_and_aborts() {
    let end = child("a_panic_names_the_place_and_aborts", || {
        run(|| Int::with(|x| panic!("reason number {x}"), |c| first(c, 99)));
    });
    end.aborted_with(&[
        "callgate: fatal: the closure made at runtime/tests/closures.rs:",
        "panicked: reason number 99",
    ]);
}

#[test]
fn an_unwinding_panic_goes_on_at_the_call() {
    let _test = begin();
    everywhere(|| {
        let mut calls = 0;
        let mut unlucky = |x| {
            calls += 1;
            assert_ne!(x, 3, "unlucky");
            x
        };
        Int::with_mut(&mut unlucky, |c| {
            assert!(panic_of(|| sum_unwinding(c, 10)).contains("unlucky"));
            // The closure is not taken for running.
            assert_eq!(sum_unwinding(c, 3), 3);
        });
        assert_eq!(calls, 7);
        let text = panic_of(|| Int::with(|_| panic!("out"), |c| sum_unwinding(c, 1)));
        assert_eq!(text, "out");
    });
}

#[test]
fn unwinding_without_a_rust_caller_aborts() {
    let end = child("unwinding_without_a_rust_caller_aborts", || {
        let closure = Closure::<fn() -> c_long>::new(|| panic!("nobody is there"));
        // SAFETY: the pair is the closure's.
        run(|| unsafe { test_zero_on_a_thread(closure.first_unwinding(), closure.data()) });
    });
    end.aborted_with(&["the closure made at", "no Rust caller waits on this thread"]);
}

#[test]
fn a_destructor_that_panics_in_c_aborts() {
    let end = child("a_destructor_that_panics_in_c_aborts", || {
        let bomb = OnDrop(|| panic!("boom"));
        let closure = Closure::<fn(c_int)>::new_mut(move |_| _ = &bomb);
        let (f, free) = (closure.first(), closure.free());
        // SAFETY: C owns it.
        run(|| unsafe { test_unlisten(test_listen(f, closure.into_raw(), free)) });
    });
    end.aborted_with(&["the destructor of the closure made at", "closures.rs:", "boom"]);
}

#[test]
fn an_fnmut_within_itself_is_fatal() {
    let end = child("an_fnmut_within_itself_is_fatal", || {
        static THIS: Mutex<Option<Arc<Int>>> = Mutex::new(None);
        let closure = Arc::new(Int::new_mut(|x| {
            let this = THIS.lock().unwrap().clone().unwrap();
            first(&this, x)
        }));
        *THIS.lock().unwrap() = Some(closure.clone());
        run(|| first(&closure, 1));
    });
    end.aborted_with(&[
        "callgate: fatal: the closure made at",
        "closures.rs:",
        "while another call of it ran",
        "FnMut",
    ]);
}

#[test]
fn an_fnmut_on_two_threads_at_once_is_fatal() {
    let end = child("an_fnmut_on_two_threads_at_once_is_fatal", || {
        static INSIDE: AtomicBool = AtomicBool::new(false);
        let closure = Arc::new(Int::new_mut(|_| {
            INSIDE.store(true, SeqCst);
            callgate::park();
            0
        }));
        let other = closure.clone();
        thread::spawn(move || first(&other, 1));
        wait_until(|| INSIDE.load(SeqCst));
        first(&closure, 2);
    });
    end.aborted_with(&["callgate: fatal: the closure made at", "while another call of it ran"]);
}

#[test]
fn a_closure_out_of_a_leaf_call_is_named() {
    let end = child("a_closure_out_of_a_leaf_call_is_named", || {
        // SAFETY: the pair is the closure's.
        run(|| Int::with(|x| x, |c| unsafe { leaf::test_first(c.first(), c.data(), 1) }));
    });
    end.aborted_with(&["the closure made at", "closures.rs:", "`test_first`", "leaf"]);
}
