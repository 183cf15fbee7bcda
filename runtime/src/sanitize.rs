//! Tells a sanitizer on which stack a thread runs, in builds with `--cfg callgate_asan` or `--cfg
//! callgate_tsan`. In other builds nothing of this is compiled.
//!
//! AddressSanitizer clears the marks of frames that are left by unwinding, and has to know where they
//! can be. To ThreadSanitizer, each stack is a fiber: what is done on one is done in that order, and a
//! switch orders what is done on two, whichever threads they are on. So it follows a G that migrates.
//!
//! Each function that begins or goes on after a switch says so first. Both sanitizers have interfaces
//! that are meant to be called before a switch:
//! - the two halves of AddressSanitizer's do the same together, after it, because locals are not moved
//!   to the heap (`detect_stack_use_after_return=0`);
//! - ThreadSanitizer would note the calls of functions that enter on one fiber and leave on the other.
//!   It is told not to note any (`-tsan-instrument-func-entry-exit=0`), so reports show where the two
//!   accesses are and not by whom they were called.
//!
//! ThreadSanitizer doesn't know the process-wide barrier, and needs no stand-in for it: the barrier
//! decides who may touch a P's queue, and orders no accesses of two threads to it. Those follow from
//! the lease's word, which is stored to with release and loaded with acquire, and from the
//! scheduler's lock. That the decision is right is what the loom models are for.

use crate::g::G;
use crate::m::M;

/// Whether there is a sanitizer to tell.
pub(crate) const ON: bool = cfg!(any(callgate_asan, callgate_tsan));

#[cfg(callgate_asan)]
#[path = "sanitize_address.rs"]
mod imp;

#[cfg(all(callgate_tsan, not(callgate_asan)))]
#[path = "sanitize_thread.rs"]
mod imp;

#[cfg(not(any(callgate_asan, callgate_tsan)))]
mod imp {
    use super::*;

    /// What a sanitizer knows a stack by.
    pub(crate) struct Fiber;

    impl Fiber {
        pub(crate) const fn none() -> Self {
            Fiber
        }
    }

    #[inline(always)]
    pub(super) fn create(_: &G) {}

    #[inline(always)]
    pub(super) fn destroy(_: &G) {}

    #[inline(always)]
    pub(super) fn now_on(_: &G) {}

    #[inline(always)]
    pub(super) fn this_is_thread_of(_: &M) {}

    #[inline(always)]
    pub(super) fn forget(_: *const u8, _: usize) {}
}

pub(crate) use imp::Fiber;

/// `g` has been placed on a stack, and will run there.
#[inline(always)]
pub(crate) fn placed(g: &G) {
    imp::create(g);
}

/// `g`, which doesn't run, will never run again.
#[inline(always)]
pub(crate) fn ended(g: &G) {
    imp::destroy(g);
}

/// The calling thread is `m`'s from here on.
#[inline(always)]
pub(crate) fn this_is_thread_of(m: &M) {
    imp::this_is_thread_of(m);
}

/// The calling code runs on `g`'s own stack.
#[inline(always)]
pub(crate) fn now_on_g(g: &G) {
    imp::now_on(g);
}

/// The calling code runs on the stack of `m`'s thread.
#[inline(always)]
pub(crate) fn now_on_thread(m: &M) {
    imp::now_on(&m.g0);
}

/// What lies there are no frames any more.
#[inline(always)]
pub(crate) fn forget_frames(low: *const u8, size: usize) {
    imp::forget(low, size);
}

/// The calling code has been called by `arch::asmcgocall`: it runs on the thread's stack.
#[inline(always)]
pub(crate) fn now_in_c() {
    if ON {
        // SAFETY: the thread's G is alive, and has an M.
        unsafe { now_on_thread(&*(*arch::g().cast::<G>()).m.get()) };
    }
}
