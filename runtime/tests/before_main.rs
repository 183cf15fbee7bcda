//! The runtime's first use is a callback out of a constructor, before `main`.
#![cfg(target_os = "linux")]

mod common;

use callgate::{export_callback, foreign_call, metrics, yield_now};
use callgate_test_c as _;
use common::{begin, spawner};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[foreign_call]
unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn early(_: *mut c_void) {
    yield_now();
    CALLS.fetch_add(spawner().go(|| 1).join().unwrap(), SeqCst);
}

extern "C" fn constructor() {
    early(std::ptr::null_mut());
    // SAFETY: the callback ignores its argument.
    assert_eq!(unsafe { test_threads(3, 2, early, std::ptr::null_mut()) }, 0);
}

// SAFETY: the loader calls what is in this section as functions of this type (it passes arguments
// that the function ignores).
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = constructor;

#[test]
fn callbacks_before_main() {
    let _test = begin();
    assert_eq!(CALLS.load(SeqCst), 7);
    assert_eq!(metrics().callbacks, 7);
    early(std::ptr::null_mut());
    assert_eq!(spawner().go(|| 2).join().unwrap(), 2);
}
