//! Every kind of code that may call what waits.
#![allow(dead_code)] // each test binary uses its own part

use super::common::spawner;
use callgate::{export_callback, foreign_call};
use std::ffi::{c_int, c_void};
use std::panic::resume_unwind;
use std::ptr;

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    fn bsearch(
        key: *const c_void,
        base: *const c_void,
        n: usize,
        size: usize,
        compare: Compare,
    ) -> *mut c_void;
}

#[export_callback(private, panic = unwind)]
unsafe fn compare(f: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: the key of `in_callback`.
    unsafe { (*f.cast::<fn()>())() };
    0
}

#[export_callback(private)]
fn start(f: *mut c_void) -> *mut c_void {
    // SAFETY: the argument of `on_foreign_thread`.
    unsafe { (*f.cast::<fn()>())() };
    f
}

/// Calls `f` in a callback.
pub fn in_callback(f: fn()) {
    let key: *const fn() = &f;
    // SAFETY: an array of one, and a comparison that takes the key.
    unsafe { bsearch(key.cast(), key.cast(), 1, 1, compare) };
}

/// Calls `f` in a callback of a thread that C made.
pub fn on_foreign_thread(f: fn()) {
    let mut f = f;
    let mut thread = 0;
    let arg = (&raw mut f).cast();
    // SAFETY: the argument outlives the thread, which is joined.
    unsafe {
        assert_eq!(libc::pthread_create(&raw mut thread, ptr::null(), start, arg), 0);
        assert_eq!(libc::pthread_join(thread, ptr::null_mut()), 0);
    }
}

/// Calls `f` in a G, in one with a thread of its own, in callbacks, and on a plain thread.
pub fn everywhere(f: fn()) {
    let join =
        |g: callgate::JoinHandle<()>| g.join().unwrap_or_else(|payload| resume_unwind(payload));
    join(spawner().go(f));
    join(callgate::go_pinned(f));
    join(spawner().go(move || in_callback(f)));
    callgate::run(|| in_callback(f));
    on_foreign_thread(f);
    f();
}
