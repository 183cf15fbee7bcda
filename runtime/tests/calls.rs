//! Rust calls C.

mod common;

use callgate::{Builder, blocking, export_callback, foreign_call, run, yield_now};
use callgate_test_c as _;
use common::{begin, spawner, this_thread};
use std::ffi::{
    c_char, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint,
    c_ulong, c_void,
};
use std::io;
use std::sync::Once;
use std::thread;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Small {
    c: c_char,
    s: c_short,
}

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

#[foreign_call]
unsafe extern "C" {
    safe fn test_sum_ints(
        a: c_int,
        b: c_long,
        c: c_short,
        d: c_uchar,
        e: c_longlong,
        f: c_uint,
        g: c_long,
        h: c_int,
        i: c_schar,
        j: c_long,
    ) -> c_longlong;
    safe fn test_sum_doubles(
        a: c_double,
        b: c_double,
        c: c_double,
        d: c_double,
        e: c_double,
        f: c_double,
        g: c_double,
        h: c_double,
        i: c_double,
        j: c_double,
    ) -> c_double;
    safe fn test_mixed(
        a: c_float,
        b: c_int,
        c: c_double,
        d: c_long,
        e: c_float,
        f: c_short,
    ) -> c_double;
    safe fn test_small(x: Small) -> Small;
    safe fn test_pair(x: Pair) -> Pair;
    safe fn test_big(x: Big, factor: c_long) -> Big;
    safe fn test_nothing();
    safe fn test_add_one(x: c_int) -> c_int;
    #[foreign_call(errno)]
    safe fn test_fail_with(error: c_int) -> c_int;
    #[foreign_call(errno)]
    safe fn test_set_errno(error: c_int);
    #[foreign_call(errno)]
    safe fn test_sleep_and_fail_with(us: c_uint, error: c_int) -> c_int;
    #[foreign_call(io)]
    safe fn test_null_with(error: c_int) -> *mut c_void;
    #[foreign_call(io)]
    safe fn test_pointer() -> *mut c_int;
    safe fn test_address_of_a_local() -> usize;
    safe fn test_use_stack(bytes: usize, value: c_int) -> c_ulong;
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    static mut test_answer: c_int;
}

/// The same functions, declared otherwise.
mod otherwise {
    use super::{c_int, c_uint};
    #[callgate::foreign_call(io)]
    unsafe extern "C" {
        #[link_name = "test_fail_with"]
        pub safe fn io_fail_with(error: c_int) -> c_int;
        #[foreign_call(leaf)]
        #[link_name = "test_fail_with"]
        pub safe fn io_leaf_fail_with(error: c_int) -> c_int;
        #[foreign_call(blocking)]
        #[link_name = "test_sleep_and_fail_with"]
        pub safe fn io_blocking_fail_with(us: c_uint, error: c_int) -> c_int;
    }
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        #[link_name = "test_add_one"]
        pub safe fn leaf_add_one(x: c_int) -> c_int;
        #[foreign_call(errno)]
        #[link_name = "test_fail_with"]
        pub safe fn leaf_fail_with(error: c_int) -> c_int;
    }
    #[callgate::foreign_call(blocking)]
    unsafe extern "C" {
        #[link_name = "test_add_one"]
        pub safe fn blocking_add_one(x: c_int) -> c_int;
    }
}

#[export_callback(private)]
fn call_closure(closure: *mut c_void) {
    // SAFETY: `in_a_callback` passes it.
    unsafe { (*closure.cast::<fn()>())() }
}

fn in_a_callback(mut f: fn()) {
    // SAFETY: the function pointer outlives the call.
    unsafe { test_call(call_closure, (&raw mut f).cast()) }
}

/// Runs `body` wherever a call may be made: in `run`, in Gs, in callbacks, in `blocking` code, on a
/// plain thread.
fn everywhere(body: fn()) {
    install();
    body();
    run(body);
    spawner().go(body).join().unwrap();
    callgate::go_pinned(body).join().unwrap();
    spawner().go(move || in_a_callback(body)).join().unwrap();
    spawner().go(move || blocking(body)).join().unwrap();
    thread::spawn(move || in_a_callback(body)).join().unwrap();
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(2).stack_size(64 * 1024).install().unwrap());
}

#[test]
fn arguments_and_results() {
    let _test = begin();
    everywhere(|| {
        let ints = test_sum_ints(-1, 2, -3, 4, -5_000_000_000, 6, -7, 8, -9, 10);
        assert_eq!(ints, -1 + 4 - 9 + 16 - 25_000_000_000 + 36 - 49 + 64 - 81 + 100);
        let doubles = test_sum_doubles(0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5);
        assert_eq!(doubles, (1..=10).map(|i| f64::from(i) * (f64::from(i) - 0.5)).sum::<f64>());
        assert_eq!(test_mixed(1.0, 2, 3.0, 4, 5.0, 6), 654_321.0);
        test_nothing();
    });
}

#[test]
fn structs_by_value() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(test_small(Small { c: 1, s: 300 }), Small { c: 2, s: -300 });
        assert_eq!(test_pair(Pair { a: 3, b: 4.0 }), Pair { a: 4, b: 3.0 });
        let big = Big { v: [1, 2, 3, 4, 5, 6, 7, 8] };
        assert_eq!(test_big(big, -2), Big { v: big.v.map(|v| -2 * v) });
    });
}

#[test]
fn errno_is_that_of_the_call() {
    let _test = begin();
    everywhere(|| {
        let (result, errno) = test_fail_with(libc::ENOENT);
        assert_eq!((result, errno.raw()), (-1, libc::ENOENT));
        let (result, errno) = test_fail_with(0);
        assert_eq!((result, errno.raw()), (0, 0), "cleared before a call that doesn't set it");
        assert!(!errno.is_set());
        let ((), errno) = test_set_errno(libc::EBUSY);
        assert_eq!(errno.raw(), libc::EBUSY);
    });
}

/// Whether an error is that of C's number. Windows has other ones of its own, so there the text tells it.
fn is_errno(error: &io::Error, errno: c_int) -> bool {
    if cfg!(windows) {
        error.to_string().ends_with(&format!("(errno {errno})"))
    } else {
        error.raw_os_error() == Some(errno)
    }
}

#[test]
fn io_is_ok_or_err() {
    let _test = begin();
    everywhere(|| {
        for call in [otherwise::io_fail_with, otherwise::io_leaf_fail_with, |error| {
            otherwise::io_blocking_fail_with(10, error)
        }] {
            assert_eq!(call(libc::ENOENT).unwrap_err().kind(), io::ErrorKind::NotFound);
            assert!(is_errno(&call(libc::EACCES).unwrap_err(), libc::EACCES));
            assert_eq!(call(0).unwrap(), 0);
        }
    });
}

#[test]
fn io_of_a_pointer() {
    let _test = begin();
    everywhere(|| {
        let error = test_null_with(libc::ENOMEM).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        // SAFETY: C returns the address of its own variable, which nobody writes now.
        assert!(unsafe { test_pointer().unwrap().read_volatile() } >= 42);
    });
}

#[test]
fn errno_is_right_though_the_g_moves() {
    let _test = begin();
    install();
    let gs: Vec<_> = (1..=40)
        .map(|error: c_int| {
            spawner().go(move || {
                let mut threads = 1;
                let mut last = this_thread();
                for round in 0..50 {
                    let (result, errno) = match round % 3 {
                        0 => test_sleep_and_fail_with(100, error),
                        1 => test_fail_with(error),
                        _ => otherwise::leaf_fail_with(error),
                    };
                    assert_eq!((result, errno.raw()), (-1, error));
                    let io = otherwise::io_blocking_fail_with(10, error).unwrap_err();
                    assert!(is_errno(&io, error), "{io}");
                    test_set_errno(99);
                    yield_now();
                    let now = this_thread();
                    threads += u32::from(now != last);
                    last = now;
                }
                threads
            })
        })
        .collect();
    let moves: u32 = gs.into_iter().map(|g| g.join().unwrap()).sum();
    assert!(moves > 40, "some G moved, or this has tested nothing");
}

#[test]
fn leaf_and_blocking() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(otherwise::leaf_add_one(1), 2);
        assert_eq!(otherwise::blocking_add_one(2), 3);
        assert_eq!(otherwise::leaf_fail_with(7).1.raw(), 7);
    });
}

#[test]
fn statics_pass_through() {
    let _test = begin();
    everywhere(|| {
        // SAFETY: nothing but this test writes it, and it runs nowhere else at once.
        unsafe {
            let answer = &raw mut test_answer;
            assert_eq!(answer.read(), 42);
            answer.write(43);
            assert_eq!(test_pointer().unwrap().read(), 43);
            answer.write(42);
        }
    });
}

#[test]
fn c_runs_on_the_stack_of_the_thread() {
    let _test = begin();
    install();
    /// How far C's frames are from the caller's.
    fn distance() -> usize {
        let here = 0_u8;
        test_address_of_a_local().abs_diff((&raw const here).addr())
    }
    // Of 64 KiB, which is all that the G has.
    let near = 64 * 1024;
    assert!(spawner().go(distance).join().unwrap() > near);
    assert!(callgate::go_pinned(distance).join().unwrap() > near);
    assert!(run(distance) > near);
    assert!(distance() < near, "on a plain thread it is a plain call");
    assert!(spawner().go(|| blocking(distance)).join().unwrap() < near);
}

#[test]
fn c_may_use_more_stack_than_a_g_has() {
    let _test = begin();
    install();
    for bytes in [1 << 16, 1 << 20] {
        let sum = (bytes / 64) as c_ulong * 7;
        assert_eq!(spawner().go(move || test_use_stack(bytes, 7)).join().unwrap(), sum);
        assert_eq!(callgate::go_pinned(move || test_use_stack(bytes, 7)).join().unwrap(), sum);
        assert_eq!(run(|| test_use_stack(bytes, 7)), sum);
    }
}

#[test]
fn a_thousand_gs_are_in_c_at_once() {
    let _test = begin();
    install();
    let gs: Vec<_> = (0..1000)
        .map(|i| spawner().go(move || test_sleep_and_fail_with(2000, i % 100 + 1).1.raw()))
        .collect();
    for (i, g) in gs.into_iter().enumerate() {
        assert_eq!(g.join().unwrap(), i as c_int % 100 + 1);
    }
}

#[cfg(unix)]
#[test]
fn process_wide_calls_that_stop_all_threads() {
    let _test = begin();
    install();
    mod ids {
        #[callgate::foreign_call(io)]
        unsafe extern "C" {
            pub safe fn setgid(gid: libc::gid_t) -> std::ffi::c_int;
        }
    }
    // SAFETY: no preconditions.
    let gid = unsafe { libc::getgid() };
    let gs: Vec<_> = (0..8)
        .map(|_| {
            spawner().go(move || {
                (0..20).for_each(|_| {
                    ids::setgid(gid).unwrap();
                    in_a_callback(|| assert_eq!(test_add_one(1), 2));
                });
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}
