//! What becomes of a panic that leaves a callback. Unwinding never crosses a C frame: it is caught at
//! the callback's edge, or, where it may go on at the foreign call, led past the C frames by the unwind
//! information of [`arch::cgocallback`].

use super::callback::leave_callback;
use crate::fatal::fatal;
use crate::g::G;
use crate::m::M;
use crate::private::{Callback, Named, PanicPolicy};
use crate::protocol::lease::PANIC;
use crate::sanitize::forget_frames;
use arch::CallbackFrame;
use core::any::Any;
use core::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Payload = Box<dyn Any + Send>;

/// The text of a payload, if it is text.
fn text(payload: &Payload) -> &str {
    let p = &**payload;
    p.downcast_ref::<&str>()
        .copied()
        .or_else(|| p.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a payload that is not text")
}

/// Whether a panic of a callback with `policy`, which is about to run, goes on at the foreign call by
/// itself. If not, it is caught, and [`panicked`] is called: so if an earlier callback of the same call
/// has left a panic, which came first; and on targets whose unwind tables can't lead it there.
#[inline(always)]
pub(super) fn may_pass(g: &G, m: &M, policy: PanicPolicy) -> bool {
    arch::PANICS_PASS
        && matches!(policy, PanicPolicy::Unwind)
        && g.ncgo() > 0
        && may_drop_frames(g)
        && g.blocking_at.get() != Some(g.callbacks() - 1)
        && m.lease.requests() & PANIC == 0
}

/// Go's `unwindm`, for a panic that passes the callback's edge: drops the C frames, and makes the accounts
/// those of Rust code after the foreign call.
///
/// # Safety
/// The callback that `g` is in is being unwound, and [`may_pass`]; `frame` is its own.
pub(super) unsafe fn unwindm(g: &G, frame: *mut CallbackFrame) {
    // SAFETY: the caller's promise. The unwinder will still read the frame; nothing runs on `g0`
    // before it has.
    unsafe {
        drop_c_frames(g, frame);
        (*g.m.get()).lease.count_return();
    }
    g.set_callbacks(g.callbacks() - 1);
    g.locks.set(g.locks.get() - 1);
}

/// Does what the callback's policy says. Returns if C is to go on with a declared value.
///
/// # Safety
/// Called by `cgocallbackg` with its own arguments.
#[cold]
#[inline(never)]
pub(super) unsafe fn panicked(
    g: &'static G,
    callback: &'static Callback,
    frame: *mut c_void,
    payload: Payload,
) {
    let has_caller = g.ncgo() > 0;
    // SAFETY: the caller's promise.
    let name = unsafe { callback.named(frame) };
    match callback.policy {
        // Rust frames must not be dropped: they have destructors, and others rely on their end.
        PanicPolicy::Unwind if g.blocking_at.get() == Some(g.callbacks() - 1) => fatal!(
            "{name} panicked, and can't go on unwinding through the code in \
             callgate::blocking that called it: {}",
            text(&payload)
        ),
        PanicPolicy::Unwind if has_caller && !may_drop_frames(g) => fatal!(
            "{name} panicked on a fiber, and can't go on unwinding at the call that began on another \
             stack: {}",
            text(&payload)
        ),
        PanicPolicy::Unwind if has_caller => {
            hold(g, payload);
            // SAFETY: a foreign call of this G is live below this callback.
            unsafe { drop_to_call(g) }
        }
        PanicPolicy::Return(store) => {
            declared(&name, store, frame);
            if has_caller {
                hold(g, payload);
            } else {
                discard(payload);
            }
        }
        policy => abort(&name, policy, &payload),
    }
}

/// Drops the C frames between a callback and the foreign call below it, also for AddressSanitizer.
///
/// # Safety
/// `frame` is that of the callback that `g` is in, with a foreign call below it.
unsafe fn drop_c_frames(g: &G, frame: *mut CallbackFrame) {
    // SAFETY: the caller's promise.
    unsafe {
        CallbackFrame::drop_c_frames(frame, g.ctx());
        forget_frames(frame.cast(), (*frame).g0_sp.addr().saturating_sub(frame.addr()));
    }
}

/// Whether the system lets the C frames below the callback that `g` is in be dropped.
#[inline(always)]
fn may_drop_frames(g: &G) -> bool {
    // SAFETY: `g0.sp` points at what `cgocallback` saved.
    unsafe {
        let g0 = &*(*g.ctx()).g0;
        crate::os::may_drop_frames(g0, (*g0.sp.cast::<CallbackFrame>()).g0_sp)
    }
}

/// The same for a callback that Rust code called: no C frames, no foreign call to go on at.
///
/// # Safety
/// `frame` is the callback's.
#[cold]
pub(super) unsafe fn panicked_in_place(
    callback: &'static Callback,
    frame: *mut c_void,
    payload: Payload,
) {
    // SAFETY: the caller's promise.
    let name = unsafe { callback.named(frame) };
    match callback.policy {
        PanicPolicy::Return(store) => {
            declared(&name, store, frame);
            discard(payload);
        }
        policy => abort(&name, policy, &payload),
    }
}

fn declared(name: &Named<'_>, store: unsafe fn(*mut c_void), frame: *mut c_void) {
    // SAFETY: the frame is the callback's.
    if catch_unwind(AssertUnwindSafe(|| unsafe { store(frame) })).is_err() {
        fatal!("{name}: the expression of `panic = return(…)` panicked");
    }
}

fn abort(name: &Named<'_>, policy: PanicPolicy, payload: &Payload) -> ! {
    match policy {
        PanicPolicy::Unwind => fatal!(
            "{name} panicked, and no Rust caller waits on this thread to go on unwinding: {}",
            text(payload)
        ),
        _ => fatal!("{name} panicked: {}", text(payload)),
    }
}

/// Keeps a panic for the foreign call whose C frames the callback leaves. If C has ignored an
/// earlier one of the same call, that one stays: it came first.
fn hold(g: &G, payload: Payload) {
    let depth = g.callbacks() - 1;
    let mut held = g.panics.take();
    let spare = match held.last() {
        Some((_, at)) if *at == depth => Some(payload),
        _ => {
            held.push((payload, depth));
            None
        }
    };
    g.panics.set(held);
    if let Some(payload) = spare {
        discard(payload);
    }
    // SAFETY: a running G has an M.
    unsafe { (*g.m.get()).lease.set_request(PANIC) };
}

/// Drops a payload that nobody will see; the hook has reported it. A payload that panics in its
/// destructor has no one left to tell.
fn discard(payload: Payload) {
    if catch_unwind(AssertUnwindSafe(|| drop(payload))).is_err() {
        fatal!("a panic's payload panicked when it was dropped");
    }
}

/// Whether a callback left a panic for the foreign call that ends, of a G that is in no callback.
pub(super) fn is_pending(g: &G) -> bool {
    // SAFETY: a running G has an M.
    unsafe { (*g.m.get()).lease.requests() & PANIC != 0 }
}

/// At the end of a foreign call: the panic that a callback left for it.
pub(super) fn take_pending(g: &G) -> Option<Payload> {
    // SAFETY: a running G has an M.
    let m = unsafe { &*g.m.get() };
    if m.lease.requests() & PANIC == 0 {
        return None;
    }
    let mut held = g.panics.take();
    // Others are for calls further out.
    let mine = held.pop_if(|(_, depth)| *depth == g.callbacks()).map(|(payload, _)| payload);
    if held.is_empty() {
        m.lease.clear_request(PANIC);
    } else {
        g.panics.set(held);
    }
    mine
}

/// The same for a panic that was caught: drops the C frames between this callback and the foreign call below it, sets the
/// accounts right, and continues at the call's return, where the held panic goes on.
///
/// # Safety
/// The calling code is the callback that `g` is in, with a foreign call below it, and its own
/// frames have nothing to drop.
unsafe fn drop_to_call(g: &'static G) -> ! {
    // SAFETY: `g0.sp` points at what `cgocallback` saved; see `arch::CallbackFrame`.
    unsafe {
        let m: &M = &*g.m.get();
        let ctx = g.ctx();
        let saved = (*(*ctx).g0).sp.cast::<CallbackFrame>();
        drop_c_frames(g, saved);
        (*ctx).cgo_sp = (*saved).cgo_sp;
        leave_callback(g, m);
        arch::drop_to_call(ctx)
    }
}
