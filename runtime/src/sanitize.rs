//! Tells AddressSanitizer on which stack a thread runs, in builds with `--cfg callgate_asan`: it
//! clears the marks of frames that are left by unwinding, and has to know where they can be. In other
//! builds nothing of this is compiled.
//!
//! Each function that begins after a switch says so first. The two halves of the sanitizer's interface
//! for fibers are meant to stand before and after a switch; together, after it, they do the same,
//! because locals are not moved to the heap (`detect_stack_use_after_return=0`).

use crate::g::G;
use crate::m::M;
use crate::stack::Stack;

/// Whether there is a sanitizer to tell.
pub(crate) const ON: bool = cfg!(callgate_asan);

#[cfg(callgate_asan)]
mod imp {
    use super::*;
    use core::ffi::c_void;
    use core::ptr;

    unsafe extern "C" {
        fn __sanitizer_start_switch_fiber(
            save: *mut *mut c_void,
            bottom: *const c_void,
            size: usize,
        );
        fn __sanitizer_finish_switch_fiber(
            save: *mut c_void,
            bottom: *mut *const c_void,
            size: *mut usize,
        );
        fn __asan_unpoison_memory_region(low: *const c_void, size: usize);
    }

    pub(super) fn now_on(stack: Stack) {
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

    /// The bounds of the calling thread's stack; none where the system can't tell.
    pub(super) fn thread_stack() -> Option<Stack> {
        let mut attributes = core::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        let (mut low, mut size) = (ptr::null_mut(), 0);
        // SAFETY: the attributes are used only where they were made.
        unsafe {
            if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
                return None;
            }
            libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
        }
        Some(Stack { low: low.cast(), size })
    }

    pub(super) fn forget(low: *const u8, size: usize) {
        // SAFETY: only the sanitizer's notes are changed.
        unsafe { __asan_unpoison_memory_region(low.cast(), size) };
    }
}

#[cfg(not(callgate_asan))]
mod imp {
    use super::*;

    #[inline(always)]
    pub(super) fn now_on(_: Stack) {}

    #[inline(always)]
    pub(super) fn thread_stack() -> Option<Stack> {
        None
    }

    #[inline(always)]
    pub(super) fn forget(_: *const u8, _: usize) {}
}

/// The calling thread is `m`'s from here on.
#[inline(always)]
pub(crate) fn this_is_thread_of(m: &M) {
    if let Some(stack) = imp::thread_stack() {
        m.g0.stack.set(stack);
    }
}

/// The calling code runs on `g`'s own stack.
#[inline(always)]
pub(crate) fn now_on_g(g: &G) {
    imp::now_on(g.stack.get());
}

/// The calling code runs on the stack of `m`'s thread.
#[inline(always)]
pub(crate) fn now_on_thread(m: &M) {
    imp::now_on(m.g0.stack.get());
}

/// What lies there are no frames any more.
#[inline(always)]
pub(crate) fn forget_frames(low: *const u8, size: usize) {
    imp::forget(low, size);
}

/// The calling code has been called by `arch::asmcgocall`: it runs on the thread's stack.
#[inline(always)]
pub(crate) fn now_in_c() {
    #[cfg(callgate_asan)]
    // SAFETY: the thread's G is alive, and has an M.
    unsafe {
        now_on_thread(&*(*arch::g().cast::<G>()).m.get());
    }
}
