//! Functions that never return, on both sides. Each ends its process, which is a child.

use crate::common::{End, child, spawner};
use crate::panicking::through_c;
use callgate::{export_callback, foreign_call, run};
use std::ffi::c_int;

#[foreign_call]
unsafe extern "C" {
    safe fn exit(status: c_int) -> !;
    safe fn abort() -> !;
    #[foreign_call(leaf)]
    #[link_name = "_exit"]
    safe fn leaf_exit(status: c_int) -> !;
    #[foreign_call(blocking)]
    #[link_name = "_exit"]
    safe fn blocking_exit(status: c_int) -> !;
    safe fn test_call_never(f: extern "C" fn(c_int) -> !, status: c_int) -> !;
}

#[foreign_call]
unsafe extern "C-unwind" {
    #[link_name = "_exit"]
    safe fn unwind_exit(status: c_int) -> !;
}

#[export_callback(private)]
fn exits(status: c_int) -> ! {
    std::process::exit(status)
}

#[export_callback(private)]
fn exits_through_c(status: c_int) -> ! {
    exit(status)
}

#[export_callback(private)]
extern "C-unwind" fn aborts(_: c_int) -> ! {
    abort()
}

#[export_callback(name = "test_exported_never")]
fn exported(status: c_int) -> ! {
    test_call_never(exits, status)
}

mod declared {
    // What the symbol is to C.
    #[callgate::foreign_call]
    unsafe extern "C" {
        pub safe fn test_exported_never(status: std::ffi::c_int) -> !;
    }
}

macro_rules! exits_with {
    ($($test:ident: $call:expr;)*) => { $(
        #[test]
        fn $test() {
            let end = child(concat!("never::", stringify!($test)), || $call);
            assert_eq!((end.code, end.signal), (Some(7), None), "{end:#?}");
        }
    )* };
}
exits_with! {
    on_a_plain_thread: exit(7);
    in_run: run(|| exit(7));
    in_a_g: drop(spawner().go(|| -> () { exit(7) }).join());
    in_a_callback: run(|| through_c(|| exit(7)));
    in_a_leaf_call: run(|| leaf_exit(7));
    in_a_blocking_call: run(|| blocking_exit(7));
    in_a_call_that_may_unwind: run(|| unwind_exit(7));
    a_callback_of_a_plain_thread: test_call_never(exits, 7);
    a_callback_of_a_g: drop(spawner().go(|| -> () { test_call_never(exits, 7) }).join());
    a_callback_that_calls_c: run(|| test_call_never(exits_through_c, 7));
    an_exported_one: run(|| declared::test_exported_never(7));
    one_called_by_rust: exported(7);
}

/// As C's `abort` ends a process.
fn aborted(end: &End) {
    #[cfg(unix)]
    assert_eq!(end.signal, Some(libc::SIGABRT), "{end:#?}");
    #[cfg(windows)]
    assert_eq!(end.code, Some(3), "{end:#?}");
}

#[test]
fn abort_is_a_signal() {
    let name = "never::abort_is_a_signal";
    let end = child(name, || run(|| abort()));
    aborted(&end);
}

#[test]
fn abort_in_a_callback() {
    extern "C" fn plain(status: c_int) -> ! {
        aborts(status)
    }
    let end = child("never::abort_in_a_callback", || run(|| test_call_never(plain, 7)));
    aborted(&end);
}

#[test]
fn a_panic_has_nowhere_to_go_on_but_out() {
    #[export_callback(private)]
    fn panics(_: c_int) -> ! {
        panic!("never say never")
    }
    let name = "never::a_panic_has_nowhere_to_go_on_but_out";
    let end = child(name, || run(|| test_call_never(panics, 7)));
    end.aborted_with(&["callgate: fatal", "`panics`", "never say never"]);
}

#[test]
fn a_panic_may_unwind_to_the_call() {
    #[export_callback(private, panic = unwind)]
    fn unwinds(_: c_int) -> ! {
        panic!("never say never")
    }
    let _test = crate::common::begin();
    crate::panicking::everywhere(|| {
        let text = crate::common::panic_of(|| -> () { test_call_never(unwinds, 7) });
        assert_eq!(text, "never say never");
    });
}
