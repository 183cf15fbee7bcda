//! AddressSanitizer: where frames can be.

use super::*;
use crate::stack::Stack;
use core::ffi::c_void;
use core::ptr;

unsafe extern "C" {
    fn __sanitizer_start_switch_fiber(save: *mut *mut c_void, bottom: *const c_void, size: usize);
    fn __sanitizer_finish_switch_fiber(
        save: *mut c_void,
        bottom: *mut *const c_void,
        size: *mut usize,
    );
    fn __asan_unpoison_memory_region(low: *const c_void, size: usize);
}

/// A stack is known by its bounds, which the G has.
pub(crate) struct Fiber;

impl Fiber {
    pub(crate) const fn none() -> Self {
        Fiber
    }
}

pub(super) fn create(_: &G) {}

pub(super) fn destroy(_: &G) {}

pub(super) fn now_on(g: &G) {
    let stack = g.stack.get();
    if stack.low.is_null() {
        return;
    }
    let mut save = ptr::null_mut();
    // SAFETY: the bounds are those of the stack in use.
    unsafe {
        __sanitizer_start_switch_fiber(&mut save, stack.low.cast(), stack.size);
        __sanitizer_finish_switch_fiber(save, ptr::null_mut(), ptr::null_mut());
    }
}

/// Notes the bounds of the calling thread's stack, where the system can tell.
pub(super) fn this_is_thread_of(m: &M) {
    let mut attributes = core::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes are used only where they were made.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return;
        }
        libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    m.g0.stack.set(Stack { low: low.cast(), size });
}

pub(super) fn forget(low: *const u8, size: usize) {
    // SAFETY: only the sanitizer's notes are changed.
    unsafe { __asan_unpoison_memory_region(low.cast(), size) };
}
