//! ThreadSanitizer: a fiber for each stack.

use super::*;
use core::cell::Cell;
use core::ffi::{c_uint, c_void};
use core::ptr;

unsafe extern "C" {
    fn __tsan_create_fiber(flags: c_uint) -> *mut c_void;
    fn __tsan_destroy_fiber(fiber: *mut c_void);
    fn __tsan_switch_to_fiber(fiber: *mut c_void, flags: c_uint);
    fn __tsan_get_current_fiber() -> *mut c_void;
}

/// A switch orders what was done on the stack that is left before what will be on the other.
const ORDERED: c_uint = 0;

/// The sanitizer's record of a stack. A thread's is its own, and ends with it.
pub(crate) struct Fiber(Cell<*mut c_void>);

impl Fiber {
    pub(crate) const fn none() -> Self {
        Fiber(Cell::new(ptr::null_mut()))
    }
}

pub(super) fn create(g: &G) {
    // SAFETY: no preconditions.
    g.fiber.0.set(unsafe { __tsan_create_fiber(0) });
}

pub(super) fn destroy(g: &G) {
    // SAFETY: `create` made it, and no thread is on it.
    unsafe { __tsan_destroy_fiber(g.fiber.0.replace(ptr::null_mut())) };
}

pub(super) fn this_is_thread_of(m: &M) {
    // SAFETY: no preconditions.
    m.g0.fiber.0.set(unsafe { __tsan_get_current_fiber() });
}

pub(super) fn now_on(g: &G) {
    let fiber = g.fiber.0.get();
    // SAFETY: the G's record, and so its fiber, is in use.
    unsafe {
        // A panic that left C comes from the G's own stack.
        if fiber != __tsan_get_current_fiber() {
            __tsan_switch_to_fiber(fiber, ORDERED);
        }
    }
}

pub(super) fn forget(_: *const u8, _: usize) {}
