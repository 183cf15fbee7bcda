//! Callbacks that panic, and C that calls them.
#![allow(dead_code)] // each test binary uses its own part

use super::common::spawner;
use callgate::{export_callback, foreign_call, run};
use callgate_test_c as _;
use std::ffi::{c_int, c_void};
use std::thread;

pub type IntFn = extern "C" fn(c_int) -> c_int;

#[foreign_call]
unsafe extern "C" {
    pub fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    pub safe fn test_call_int(f: IntFn, x: c_int) -> c_int;
    pub safe fn test_guarded_call(f: IntFn, n: c_int) -> c_int;
    pub safe fn test_sum_of_calls(f: IntFn, n: c_int) -> std::ffi::c_long;
    pub safe fn test_result_on_a_thread(f: IntFn) -> c_int;
    pub safe fn test_add_one(x: c_int) -> c_int;
}

#[export_callback(private, panic = unwind)]
pub fn unwinds(x: c_int) -> c_int {
    if x == 13 {
        panic!("unlucky {x}");
    }
    x
}

#[export_callback(private, panic = return(-1))]
pub fn returns(x: c_int) -> c_int {
    if x == 13 {
        panic!("unlucky {x}");
    }
    x
}

#[export_callback(private, panic = unwind)]
pub fn unwinding_closure(closure: *mut c_void) {
    // SAFETY: `through_c` passes it.
    unsafe { (*closure.cast::<&mut dyn FnMut()>())() }
}

pub fn through_c(mut f: impl FnMut()) {
    let mut f: &mut dyn FnMut() = &mut f;
    // SAFETY: the closure outlives the call.
    unsafe { test_call(unwinding_closure, (&raw mut f).cast()) }
}

/// Runs `body` where callbacks may come from: `run`, a G that may migrate, one with a thread of its
/// own, a callback, a thread of the system.
pub fn everywhere(body: fn()) {
    run(body);
    spawner().go(body).join().unwrap();
    callgate::go_pinned(body).join().unwrap();
    spawner().go(move || through_c(body)).join().unwrap();
    thread::spawn(move || run(body)).join().unwrap();
}
