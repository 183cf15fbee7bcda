//! Rust → C: `cgocall` and its two relatives.

use crate::g::G;
use crate::private::ForeignFn;
use crate::sanitize::asmcgocall;
use crate::sched::syscall::{exit_syscall_slow, give_p_up, others_wait};
use crate::sched::timers;
use core::ffi::c_void;

/// A shim that takes its frame by a typed pointer.
pub(crate) type Shim<F> = unsafe extern "C" fn(*mut F);

/// A shim and its frame as the functions below take them. Those are not generic: what they do is
/// compiled once, and not for each foreign function.
#[inline(always)]
pub(crate) fn erase<F>(shim: Shim<F>, frame: *mut F) -> (arch::ShimFn, *mut c_void) {
    // SAFETY: the two types differ only in what a thin pointer argument points to.
    (unsafe { core::mem::transmute::<Shim<F>, arch::ShimFn>(shim) }, frame.cast::<c_void>())
}

/// The calling thread's G, if its own stack is the one in use: otherwise this is a thread's stack,
/// C may run on it as it is, and a foreign call is a plain one.
#[inline(always)]
fn g_on_its_stack<'a>() -> Option<&'a G> {
    let g = arch::g().cast::<G>();
    // SAFETY: a thread's `g` is null or alive.
    (!g.is_null() && unsafe { !(*g).in_c() }).then(|| unsafe { &*g })
}

/// Calls `shim(frame)`, which calls `f`, on the `g0` stack, with the P lent to C.
///
/// # Safety
/// `shim` is sound to call with `frame`, on any thread, and C keeps to the rules of the contract.
// In a debug build each caller would have a copy of all that is inlined here, which is most of what
// the compiler then spends on a foreign function.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) unsafe fn cgocall(f: &'static ForeignFn, shim: arch::ShimFn, frame: *mut c_void) {
    // SAFETY: the caller's promise; the G is on its own stack, as `asmcgocall` needs it.
    unsafe {
        let Some(g) = g_on_its_stack() else { return shim(frame) };
        if f.habit.blocks() {
            return call_that_blocks(g, f, shim, frame);
        }
        (*g.m.get()).lease.enter_syscall();
        let g = asmcgocall(shim, frame, g);
        if !(*(*g).m.get()).lease.exit_syscall() {
            back_from_c(&*g, Some(f));
        }
    }
}

/// [`cgocall`] of a function that has blocked before: gives the P up first, if others wait for it.
///
/// # Safety
/// As [`cgocall`].
#[cold]
#[inline(never)]
unsafe fn call_that_blocks(g: &G, f: &'static ForeignFn, shim: arch::ShimFn, frame: *mut c_void) {
    let start = others_wait(g).then(|| {
        give_p_up(g);
        timers::now()
    });
    // SAFETY: the caller's promise; the G is on its own stack.
    unsafe {
        (*g.m.get()).lease.enter_syscall();
        asmcgocall(shim, frame, g);
        if let Some(start) = start {
            f.habit.took(timers::now() - start);
        }
        if !(*g.m.get()).lease.exit_syscall() {
            back_from_c(g, None);
        }
    }
}

/// [`cgocall`] for a function that is short and doesn't call back: the P stays lent to Rust, so there
/// is nothing to enter or leave, and nothing to count. A callback that finds its G in Rust code came
/// out of such a function.
///
/// # Safety
/// As [`cgocall`].
// As for `cgocall`.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) unsafe fn cgocall_leaf(f: &'static ForeignFn, shim: arch::ShimFn, frame: *mut c_void) {
    // SAFETY: as above.
    unsafe {
        let Some(g) = g_on_its_stack() else { return shim(frame) };
        (*g.m.get()).leaf.set(Some(f));
        asmcgocall(shim, frame, g);
    }
}

/// [`cgocall`] for a function that blocks: gives the P up before the call, so that nobody has to
/// find out and take it.
///
/// # Safety
/// As [`cgocall`].
#[inline]
pub(crate) unsafe fn cgocall_blocking(shim: arch::ShimFn, frame: *mut c_void) {
    // SAFETY: the caller's promise; the G is on its own stack, as `asmcgocall` needs it.
    unsafe {
        let Some(g) = g_on_its_stack() else { return shim(frame) };
        give_p_up(g);
        (*g.m.get()).lease.enter_syscall();
        asmcgocall(shim, frame, g);
        if !(*g.m.get()).lease.exit_syscall() {
            back_from_c(g, None);
        }
    }
}

/// The slow end of a call: somebody asked for the P, or a callback's panic waits.
#[cold]
#[inline(never)]
fn back_from_c(g: &G, f: Option<&'static ForeignFn>) {
    // The panic first: its mark is in the M, and the M may be another after the next line.
    let panic = super::panics::take_pending(g);
    if exit_syscall_slow(g)
        && let Some(f) = f
    {
        f.habit.lost_p();
    }
    if let Some(payload) = panic {
        std::panic::resume_unwind(payload);
    }
}
