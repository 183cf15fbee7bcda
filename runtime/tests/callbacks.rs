//! C calls back into the G that called it.

mod common;

use callgate::{blocking, current, export_callback, foreign_call, park, run, sleep, yield_now};
use callgate_test_c as _;
use common::{begin, spawner, this_thread};
use std::ffi::{c_double, c_float, c_int, c_long, c_longlong, c_short, c_uchar, c_void};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    a: c_long,
    b: c_double,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Big {
    v: [c_long; 8],
}

type Many = extern "C" fn(
    c_int,
    c_double,
    c_long,
    c_float,
    c_short,
    c_double,
    c_uchar,
    c_longlong,
    c_double,
    c_int,
    c_double,
    c_double,
    c_double,
    c_double,
    c_double,
    c_double,
) -> c_double;

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    safe fn test_call_int(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
    safe fn test_call_zero(f: extern "C" fn() -> c_int) -> c_int;
    safe fn test_call_many(f: Many) -> c_double;
    safe fn test_call_structs(f: extern "C" fn(Pair, Big) -> Big) -> Big;
    safe fn test_guarded_call(f: extern "C" fn(c_int) -> c_int, n: c_int) -> c_int;
    safe fn test_sum_of_calls(f: extern "C" fn(c_int) -> c_int, n: c_int) -> c_long;
    safe fn test_add_one(x: c_int) -> c_int;
}

/// Calls any closure back through C.
#[export_callback(private)]
fn call_closure(closure: *mut c_void) {
    // SAFETY: `through_c` passes it.
    unsafe { (*closure.cast::<&mut dyn FnMut()>())() }
}

fn through_c(mut f: impl FnMut()) {
    let mut f: &mut dyn FnMut() = &mut f;
    // SAFETY: the closure outlives the call.
    unsafe { test_call(call_closure, (&raw mut f).cast()) }
}

#[export_callback(private)]
fn double(x: c_int) -> c_int {
    2 * x
}

#[export_callback(private)]
fn forty() -> c_int {
    40
}

#[export_callback(private)]
fn weigh_many(
    a: c_int,
    b: c_double,
    c: c_long,
    d: c_float,
    e: c_short,
    f: c_double,
    g: c_uchar,
    h: c_longlong,
    i: c_double,
    j: c_int,
    k: c_double,
    l: c_double,
    m: c_double,
    n: c_double,
    o: c_double,
    p: c_double,
) -> c_double {
    assert_eq!((a, b, c, d), (1, 2.5, -3, 4.5));
    assert_eq!((e, f, g, h), (-5, 6.5, 7, -8_000_000_000));
    assert_eq!((i, j, k, l), (9.5, 10, 11.5, 12.5));
    assert_eq!((m, n, o, p), (13.5, 14.5, 15.5, 16.5));
    0.25
}

#[export_callback(private)]
fn scale(by: Pair, x: Big) -> Big {
    assert_eq!(by.b, 0.5);
    Big { v: x.v.map(|v| v * by.a) }
}

#[test]
fn arguments_and_results_survive() {
    let _test = begin();
    let body = || {
        assert_eq!(test_call_int(double, 21), 43);
        assert_eq!(test_call_zero(forty), 41);
        assert_eq!(test_call_many(weigh_many), 1.25);
        assert_eq!(test_call_structs(scale), Big { v: [10, 20, 30, 40, 50, 60, 70, 80] });
    };
    run(body);
    spawner().go(body).join().unwrap();
    body();
}

type System = extern "system" fn(*mut c_void, c_int, c_longlong) -> c_longlong;

#[foreign_call]
unsafe extern "system" {
    fn test_call_system(f: System, arg: *mut c_void, n: c_int) -> c_longlong;
}

#[export_callback(private)]
extern "system" fn weigh_and_yield(arg: *mut c_void, i: c_int, x: c_longlong) -> c_longlong {
    // SAFETY: the test passes a counter that outlives the call.
    unsafe { (*arg.cast::<AtomicU32>()).fetch_add(1, SeqCst) };
    if i % 10 == 0 {
        yield_now();
    }
    x << 20
}

#[export_callback(private, panic = unwind)]
extern "system" fn panic_at_ten(_: *mut c_void, i: c_int, x: c_longlong) -> c_longlong {
    if i == 10 {
        std::panic::resume_unwind(Box::new("ten"));
    }
    x
}

/// On 32-bit Windows, who is called takes the arguments away.
#[test]
fn by_the_abi_of_the_system() {
    let _test = begin();
    let body = || {
        let called = AtomicU32::new(0);
        let arg = (&raw const called).cast_mut().cast();
        for _ in 0..10 {
            // SAFETY: the counter outlives the call.
            let sum = unsafe { test_call_system(weigh_and_yield, arg, 100) };
            assert_eq!(sum, (3 * 99 * 100 / 2) << 20);
        }
        assert_eq!(called.load(SeqCst), 1000);
    };
    run(body);
    spawner().go(body).join().unwrap();
    body();
    run(|| {
        for _ in 0..10 {
            // SAFETY: the callback ignores its first argument.
            let left = || unsafe { test_call_system(panic_at_ten, std::ptr::null_mut(), 20) };
            let payload = std::panic::catch_unwind(left).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"ten"));
        }
    });
}

#[test]
fn many_callbacks_in_one_call() {
    let _test = begin();
    assert_eq!(run(|| test_sum_of_calls(double, 40_000)), 39_999 * 40_000);
}

#[export_callback(private)]
fn descend(n: c_int) -> c_int {
    if n > 0 {
        return test_guarded_call(descend, n - 1) + 1;
    }
    let me = current();
    spawner().go(move || me.unpark());
    park();
    0
}

#[test]
fn fifty_deep_with_a_park_at_the_bottom() {
    let _test = begin();
    assert_eq!(run(|| test_guarded_call(descend, 50)), 50);
    assert_eq!(spawner().go(|| test_guarded_call(descend, 50)).join().unwrap(), 50);
    assert_eq!(test_guarded_call(descend, 50), 50);
}

#[export_callback(private)]
fn yield_often(n: c_int) -> c_int {
    let thread = this_thread();
    for _ in 0..10 {
        yield_now();
        assert_eq!(this_thread(), thread);
    }
    if n > 0 { test_guarded_call(yield_often, n - 1) + 1 } else { 0 }
}

#[test]
fn many_gs_are_deep_in_callbacks_at_once() {
    let _test = begin();
    let gs: Vec<_> = (0..200).map(|_| spawner().go(|| test_guarded_call(yield_often, 5))).collect();
    for g in gs {
        assert_eq!(g.join().unwrap(), 5);
    }
}

#[inline(never)]
fn use_stack(left: usize) -> u64 {
    let room = std::hint::black_box([left as u64; 128]);
    if left < size_of_val(&room) {
        room[0]
    } else {
        use_stack(left - size_of_val(&room)) + u64::from(room[1] != left as u64)
    }
}

#[export_callback(private)]
fn use_much_stack(bytes: c_int) -> c_int {
    use_stack(bytes as usize) as c_int
}

#[test]
fn a_callback_uses_much_stack_and_c_is_intact() {
    let _test = begin();
    // Of 256 KiB; a debug build's frames are larger than what they hold.
    let left = spawner().go(|| test_guarded_call(use_much_stack, 60 * 1024)).join().unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_callback_does_whatever_a_g_does() {
    let _test = begin();
    let body = || {
        let mut done = 0;
        through_c(|| {
            sleep(Duration::from_millis(2));
            yield_now();
            let joined = spawner().go(|| spawner().go(|| 5).join().unwrap() + 1).join().unwrap();
            let pinned = callgate::go_pinned(|| 1).join().unwrap();
            let polled = callgate::block_on(async { 2 });
            let waited = blocking(|| 3);
            let nested = run(|| test_add_one(3));
            let mut deeper = 0;
            through_c(|| deeper += test_call_int(double, 2));
            done = joined + pinned + polled + waited + nested + deeper;
        });
        assert_eq!(done, 6 + 1 + 2 + 3 + 4 + 5);
    };
    run(body);
    spawner().go(body).join().unwrap();
    callgate::go_pinned(body).join().unwrap();
    thread::spawn(body).join().unwrap();
}

#[test]
fn rust_calls_an_exported_function() {
    let _test = begin();
    assert_eq!(double(1), 2);
    assert_eq!(run(|| double(2)), 4);
    assert_eq!(spawner().go(|| (double(3), forty())).join().unwrap(), (6, 40));
    through_c(|| assert_eq!(double(4), 8));
    assert_eq!(run(|| blocking(|| double(5))), 10);
}

#[test]
fn an_exported_function_is_an_ordinary_pointer() {
    let _test = begin();
    let table: [extern "C" fn(c_int) -> c_int; 2] = [double, use_much_stack];
    assert_eq!(run(|| test_call_int(table[0], 4)), 9);
}

#[test]
fn a_callback_keeps_its_thread() {
    let _test = begin();
    // Others, to move to other threads whoever can be moved.
    let busy: Vec<_> =
        (0..20).map(|_| spawner().go(|| (0..200).for_each(|_| yield_now()))).collect();
    let gs: Vec<_> = (0..20)
        .map(|_| {
            spawner().go(|| {
                through_c(|| {
                    let (thread, id) = (this_thread(), thread::current().id());
                    for _ in 0..5 {
                        let me = current();
                        let waker = spawner().go(move || me.unpark());
                        park();
                        waker.join().unwrap();
                        sleep(Duration::from_micros(200));
                        yield_now();
                        assert_eq!((this_thread(), thread::current().id()), (thread, id));
                    }
                });
            })
        })
        .collect();
    gs.into_iter().chain(busy).for_each(|g| g.join().unwrap());
}

#[test]
fn c_called_by_blocking_code_calls_back() {
    let _test = begin();
    let g = spawner().go(|| {
        blocking(|| {
            assert_eq!(test_call_int(double, 5), 11);
            through_c(|| {
                sleep(Duration::from_millis(1));
                assert_eq!(spawner().go(|| 1).join().unwrap(), 1);
                // From there into C again, and blocking again.
                assert_eq!(blocking(|| test_guarded_call(descend, 3)), 3);
            });
            run(yield_now);
        });
        7
    });
    assert_eq!(g.join().unwrap(), 7);
}

static PLAIN_CALLS: AtomicU32 = AtomicU32::new(0);

/// Not exported by callgate: to the runtime this is C.
extern "C" fn plain_rust(_: *mut c_void) {
    let (me, thread) = (current(), this_thread());
    yield_now();
    sleep(Duration::from_millis(1));
    assert_eq!(spawner().go(|| 5).join().unwrap(), 5);
    assert_eq!(callgate::go_pinned(|| 6).join().unwrap(), 6);
    spawner().go(move || me.unpark());
    park();
    assert_eq!(callgate::block_on(async { 7 }), 7);
    assert_eq!(blocking(|| 8), 8);
    assert_eq!(run(|| test_call_int(double, 1)), 3);
    assert_eq!(test_call_int(double, 2), 5);
    drop(callgate::lock_os_thread());
    assert_eq!(current(), me);
    assert_eq!(this_thread(), thread);
    PLAIN_CALLS.fetch_add(1, SeqCst);
}

#[test]
fn rust_that_c_calls_past_callgate_is_a_plain_thread() {
    let _test = begin();
    let body = || {
        let me = current();
        // SAFETY: the function ignores its argument.
        unsafe { test_call(plain_rust, std::ptr::null_mut()) };
        assert_eq!(current(), me);
    };
    run(body);
    spawner().go(body).join().unwrap();
    spawner().go(move || through_c(body)).join().unwrap();
    body();
    assert_eq!(PLAIN_CALLS.load(SeqCst), 4);
}

#[test]
fn memory_comes_and_goes_during_callbacks() {
    let _test = begin();
    let gs: Vec<_> = (0..8)
        .map(|seed: usize| {
            spawner().go(move || {
                let mut kept: Vec<Box<[usize]>> = Vec::new();
                for i in 0..200 {
                    through_c(|| {
                        kept.push(vec![seed; 100 + i].into_boxed_slice());
                        yield_now();
                        if i % 3 == 0 {
                            kept.swap_remove(i % kept.len());
                        }
                    });
                }
                assert!(kept.iter().all(|b| b.iter().all(|x| *x == seed)));
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}
