//! C → Rust: `cgocallbackg`, and the ways in beside it.

use super::panics;
use crate::extra;
use crate::fatal::{ended_inside, fatal, no_forced_unwinding};
use crate::g::{G, Kind};
use crate::m::M;
use crate::os;
use crate::private::{Callback, Named};
use crate::protocol::lease::{EXTRA_M, FIRST, SYSCALL};
use crate::sanitize;
use crate::sched::sched;
use crate::sched::syscall::exit_syscall_slow;
use arch::{CallbackEntry, CallbackFn, CallbackFrame, Context};
use core::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::*;

/// The functions that `arch::cgocallback` enters.
pub(crate) struct Entry;

impl CallbackEntry for Entry {
    unsafe extern "C" fn cgocallbackg(
        g: *mut Context,
        callback: *const c_void,
        frame: *mut c_void,
    ) -> Option<CallbackFn> {
        // SAFETY: `arch` passes the thread's G and what `__private::cgocallback` was given.
        unsafe { cgocallbackg(&*g.cast::<G>(), &*callback.cast::<Callback>(), frame) }
    }

    unsafe extern "C" fn direct(_g: *mut Context, callback: *const c_void, frame: *mut c_void) {
        // SAFETY: as above.
        unsafe {
            let callback = &*callback.cast::<Callback>();
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (callback.shim)(frame))) {
                panics::panicked_in_place(callback, frame, payload);
            }
        }
    }

    unsafe extern "C" fn end(g: *mut Context) {
        // SAFETY: `arch` passes the thread's G, whose callback this is.
        unsafe { ended(&*g.cast::<G>()) }
    }

    unsafe extern "C" fn unwindm(frame: *mut CallbackFrame, forced: bool) {
        if forced {
            ended_inside();
        }
        // SAFETY: the unwinder is on the way out of a callback of the thread's G.
        unsafe { panics::unwindm(&*arch::g().cast::<G>(), frame) }
    }

    unsafe extern "C" fn needm() -> *mut Context {
        extra::needm()
    }

    unsafe extern "C" fn dropm(g: *mut Context) {
        // SAFETY: `needm` returned this G.
        unsafe { extra::dropm(&*g.cast::<G>()) }
    }
}

/// Runs a callback on the stack of the G that is in C, which `arch::cgocallback` has switched to; or
/// returns the shim that `arch` runs, because a panic of it may pass.
///
/// # Safety
/// Called by `arch::cgocallback`; `frame` is what the callback's shim expects.
unsafe fn cgocallbackg(
    g: &'static G,
    callback: &'static Callback,
    frame: *mut c_void,
) -> Option<CallbackFn> {
    // SAFETY: a G that is in C has an M, whose record lives for ever.
    let m: &'static M = unsafe { &*g.m.get() };
    sanitize::now_on_g(g);
    if m.lease.state() != SYSCALL {
        // SAFETY: the caller's promise.
        not_in_c(g, m, &unsafe { callback.named(frame) });
    }
    debug_assert!(g0_is_below_c(g), "the scheduler must not run into C's frames");
    // The C frames lie on this thread's stack: the G stays here, and must be locked before
    // `exitsyscall`, which would be free to move it.
    g.locks.set(g.locks.get() + 1);
    g.set_callbacks(g.callbacks() + 1);
    m.callbacks.store(m.callbacks.load(Relaxed) + 1, Relaxed);
    if !m.lease.exit_syscall() {
        enter_slow(g, m);
    }
    if panics::may_pass(g, m, callback.policy) {
        return Some(callback.shim);
    }
    // SAFETY: the caller's promise.
    let run = || no_forced_unwinding(|| unsafe { (callback.shim)(frame) });
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        // SAFETY: we are that callback.
        unsafe { panics::panicked(g, callback, frame, payload) };
    }
    debug_assert!(core::ptr::eq(m, g.m.get()), "a callback ends on the thread it began on");
    leave_callback(g, m);
    sanitize::now_on_thread(m);
    None
}

/// The end of a callback that `arch::cgocallback` has run.
fn ended(g: &G) {
    // SAFETY: a callback ends on the thread it began on, whose M its G has.
    let m = unsafe { &*g.m.get() };
    leave_callback(g, m);
    sanitize::now_on_thread(m);
}

/// A callback out of C that the runtime doesn't know to be running.
#[cold]
fn not_in_c(g: &G, m: &M, callback: &Named<'_>) -> ! {
    match m.leaf.get() {
        Some(leaf) if g.kind.get() != Kind::G0 => fatal!(
            "{callback} was called out of {leaf}, which is declared `leaf`: a leaf function must \
             not call back. Remove `leaf` from its #[foreign_call]"
        ),
        _ => fatal!(
            "{callback} was called out of the scheduler, by an allocator or a signal handler"
        ),
    }
}

/// Whether `g0.sp` was moved down by this callback: the stack grows downwards, so it is then below
/// the frames of the C code that calls back.
fn g0_is_below_c(g: &G) -> bool {
    // SAFETY: `cgocallback` has just saved this frame there.
    unsafe {
        let now = (*(*g.ctx()).g0).sp;
        let before = (*now.cast::<arch::CallbackFrame>()).g0_sp;
        // Of stacks that C has made for itself, either may be the higher one.
        let on_another = || os::mapping_of(now.addr()) != os::mapping_of(before.addr());
        before.is_null() || now < before || on_another()
    }
}

/// Undoes what `cgocallbackg` did at its start: the G is in C again.
pub(super) fn leave_callback(g: &G, m: &M) {
    g.set_callbacks(g.callbacks() - 1);
    g.locks.set(g.locks.get() - 1);
    m.lease.enter_syscall();
}

#[cold]
#[inline(never)]
fn enter_slow(g: &G, m: &'static M) {
    exit_syscall_slow(g);
    if m.lease.requests() & FIRST != 0 {
        m.lease.clear_request(FIRST);
        extra::watch_end(m);
    }
    if m.lease.requests() & EXTRA_M != 0 {
        m.lease.clear_request(EXTRA_M);
        extra::newextram(sched());
    }
}
