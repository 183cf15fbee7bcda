//! C++ exceptions and plain Rust panics around foreign calls: what C++ catches is its own business,
//! what would leave a call ends the process and says what to do.

use crate::common::{OnDrop, begin, child, panic_of, spawner};
use crate::panicking::{everywhere, returns, through_c, unwinds};
use callgate::{export_callback, foreign_call, run};
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

#[foreign_call]
unsafe extern "C-unwind" {
    safe fn test_throws(x: c_int) -> c_int;
    safe fn test_catches(x: c_int) -> c_int;
    fn test_calls_and_catches(
        f: extern "C" fn(c_int) -> c_int,
        x: c_int,
        destroyed: *mut c_int,
    ) -> c_int;
    safe fn test_call_and_add_one(f: extern "C-unwind" fn(c_int) -> c_int, x: c_int) -> c_int;
    safe fn test_end_this_thread();
}

mod with_options {
    use std::ffi::c_int;
    #[callgate::foreign_call(errno)]
    unsafe extern "C-unwind" {
        #[link_name = "test_throws"]
        pub safe fn errno(x: c_int) -> c_int;
        #[foreign_call(io)]
        #[link_name = "test_throws"]
        pub safe fn io(x: c_int) -> c_int;
        #[foreign_call(io, leaf)]
        #[link_name = "test_throws"]
        pub safe fn leaf(x: c_int) -> c_int;
        #[foreign_call(blocking)]
        #[link_name = "test_throws"]
        pub safe fn blocking(x: c_int) -> c_int;
    }
}

#[foreign_call]
unsafe extern "C" {
    safe fn test_on_a_bare_thread(f: extern "C" fn()) -> c_int;
}

#[test]
fn c_plus_plus_catches_its_own_exceptions() {
    let _test = begin();
    everywhere(|| {
        for _ in 0..100 {
            assert_eq!((test_throws(1), test_catches(1), test_catches(13)), (2, 2, -1));
        }
    });
    assert_eq!((test_throws(1), test_catches(13)), (2, -1), "on a plain thread");
}

#[test]
fn c_plus_plus_frames_between_callback_and_call() {
    let _test = begin();
    #[export_callback(private)]
    fn negates(x: c_int) -> c_int {
        assert_eq!(test_catches(13), -1);
        -x
    }
    everywhere(|| {
        let mut destroyed = 0;
        let mut calls = |f, x| {
            destroyed = 0;
            // SAFETY: the count outlives the call.
            let result = catch_unwind(AssertUnwindSafe(|| unsafe {
                test_calls_and_catches(f, x, &raw mut destroyed)
            }));
            (result.ok(), destroyed)
        };
        assert_eq!(calls(negates, -4), (Some(5), 2));
        assert_eq!(calls(negates, 4), (Some(-400), 2), "C++ throws after a callback, and catches");
        assert_eq!(calls(returns, 13), (None, 2), "C++ ends in order, then the panic goes on");
        assert_eq!(calls(unwinds, 13), (None, 0), "the frames of C++ are dropped as they are");
        assert_eq!(calls(unwinds, 1), (Some(2), 2));
    });
}

#[test]
fn the_panic_of_return_is_the_one_that_goes_on() {
    let _test = begin();
    run(|| {
        let mut destroyed = 0;
        // SAFETY: the count outlives the call.
        let text = panic_of(|| unsafe { test_calls_and_catches(returns, 13, &raw mut destroyed) });
        assert_eq!((text.as_str(), destroyed), ("unlucky 13", 2));
    });
}

const EXCEPTION: [&str; 4] =
    ["callgate: fatal: a C++ exception left", "`test_throws`", "cpp.rs:", "Catch"];

fn throws() {
    test_throws(13);
}

#[test]
fn an_exception_out_of_a_call_of_a_g() {
    let name = "cpp::an_exception_out_of_a_call_of_a_g";
    child(name, || drop(spawner().go(throws).join())).aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_out_of_a_call_in_run() {
    child("cpp::an_exception_out_of_a_call_in_run", || run(throws)).aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_on_a_plain_thread() {
    let name = "cpp::an_exception_on_a_plain_thread";
    child(name, || drop(thread::spawn(throws).join())).aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_on_a_thread_with_no_handler_at_all() {
    extern "C" fn plain() {
        throws();
    }
    let end = child("cpp::an_exception_on_a_thread_with_no_handler_at_all", || {
        test_on_a_bare_thread(plain);
    });
    end.aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_in_a_callback() {
    let name = "cpp::an_exception_in_a_callback";
    child(name, || run(|| through_c(throws))).aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_in_a_callback_on_a_foreign_thread() {
    #[export_callback(private, panic = return)]
    fn callback() {
        throws();
    }
    let end = child("cpp::an_exception_in_a_callback_on_a_foreign_thread", || {
        test_on_a_bare_thread(callback);
    });
    end.aborted_with(&EXCEPTION);
}

#[test]
fn an_exception_in_a_destructor_that_a_panic_runs() {
    let end = child("cpp::an_exception_in_a_destructor_that_a_panic_runs", || {
        run(|| {
            let _throws = OnDrop(throws);
            panic!("at first");
        });
    });
    end.aborted_with(&EXCEPTION);
}

macro_rules! throws_with {
    ($($test:ident: $option:ident,)*) => {
        $(#[test]
        fn $test() {
            let end = child(concat!("cpp::", stringify!($test)), || {
                let _ = run(|| with_options::$option(13));
            });
            end.aborted_with(&[
                "callgate: fatal: a C++ exception left",
                concat!("`", stringify!($option), "`"),
                "cpp.rs:",
            ]);
        })*
    };
}
throws_with! {
    an_exception_out_of_a_call_with_errno: errno,
    an_exception_out_of_a_call_with_io: io,
    an_exception_out_of_a_leaf_call: leaf,
    an_exception_out_of_a_blocking_call: blocking,
}

#[test]
fn calls_with_options_that_dont_throw() {
    let _test = begin();
    everywhere(|| {
        let (result, errno) = with_options::errno(1);
        assert_eq!((result, errno.raw()), (2, 0));
        assert_eq!(with_options::io(1).unwrap(), 2);
        assert_eq!(with_options::leaf(1).unwrap(), 2);
        assert_eq!(with_options::blocking(1).0, 2);
    });
}

extern "C-unwind" fn panics(x: c_int) -> c_int {
    panic!("a plain function panics with {x}")
}

extern "C-unwind" fn doubles(x: c_int) -> c_int {
    2 * x
}

const PANIC: [&str; 5] = [
    "a plain function panics with 5",
    "callgate: fatal: a Rust panic left",
    "`test_call_and_add_one`",
    "cpp.rs:",
    "#[export_callback(panic = unwind)]",
];

#[test]
fn a_plain_function_may_return() {
    let _test = begin();
    everywhere(|| assert_eq!(test_call_and_add_one(doubles, 5), 11));
}

#[test]
fn a_panic_of_a_plain_function_in_a_g() {
    let end = child("cpp::a_panic_of_a_plain_function_in_a_g", || {
        let _ = spawner().go(|| test_call_and_add_one(panics, 5)).join();
    });
    end.aborted_with(&PANIC);
}

#[test]
fn a_panic_of_a_plain_function_on_a_plain_thread() {
    let end = child("cpp::a_panic_of_a_plain_function_on_a_plain_thread", || {
        let _ = thread::spawn(|| test_call_and_add_one(panics, 5)).join();
    });
    end.aborted_with(&PANIC);
}

#[test]
fn a_panic_of_a_plain_function_in_a_callback() {
    let end = child("cpp::a_panic_of_a_plain_function_in_a_callback", || {
        run(|| {
            through_c(|| {
                test_call_and_add_one(panics, 5);
            })
        });
    });
    end.aborted_with(&PANIC);
}

#[test]
fn a_thread_that_ends_in_a_call_that_may_unwind() {
    extern "C" fn ends() {
        test_end_this_thread();
    }
    let end = child("cpp::a_thread_that_ends_in_a_call_that_may_unwind", || {
        test_on_a_bare_thread(ends);
    });
    end.aborted_with(&["callgate: fatal", "pthread_exit", "`test_end_this_thread`"]);
}
