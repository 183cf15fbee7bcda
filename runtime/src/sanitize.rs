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
use arch::ShimFn;
use core::ffi::c_void;

#[cfg(callgate_asan)]
mod imp {
    use super::*;
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

    pub(super) fn forget(low: *const u8, size: usize) {
        // SAFETY: only the sanitizer's notes are changed.
        unsafe { __asan_unpoison_memory_region(low.cast(), size) };
    }

    /// What [`arrive`] is passed on the way into C.
    struct Call {
        shim: ShimFn,
        frame: *mut c_void,
        stack: Stack,
    }

    unsafe extern "C" fn arrive(call: *mut c_void) {
        // SAFETY: `asmcgocall` passes it, and waits.
        unsafe {
            let call = &*call.cast::<Call>();
            now_on(call.stack);
            (call.shim)(call.frame);
        }
    }

    pub(super) unsafe fn asmcgocall(shim: ShimFn, frame: *mut c_void, g: &G) -> *mut G {
        // SAFETY: the caller's promise; a running G has an M.
        unsafe {
            let mut call = Call { shim, frame, stack: (*g.m.get()).g0.stack.get() };
            let out = arch::asmcgocall(arrive, (&raw mut call).cast(), g.ctx()).cast::<G>();
            now_on((*out).stack.get());
            out
        }
    }
}

#[cfg(not(callgate_asan))]
mod imp {
    use super::*;

    #[inline(always)]
    pub(super) fn now_on(_: Stack) {}

    #[inline(always)]
    pub(super) fn forget(_: *const u8, _: usize) {}

    #[inline(always)]
    pub(super) unsafe fn asmcgocall(shim: ShimFn, frame: *mut c_void, g: &G) -> *mut G {
        // SAFETY: the caller's promise.
        unsafe { arch::asmcgocall(shim, frame, g.ctx()).cast::<G>() }
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

/// [`arch::asmcgocall`], for a G.
///
/// # Safety
/// As there.
#[inline(always)]
pub(crate) unsafe fn asmcgocall(shim: ShimFn, frame: *mut c_void, g: &G) -> *mut G {
    // SAFETY: the caller's promise.
    unsafe { imp::asmcgocall(shim, frame, g) }
}
