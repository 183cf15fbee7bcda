//! Rust → C: `cgocall` and its two relatives.
//!
//! What a call goes through is inlined whatever the compiler thinks of it, but for debug builds, where
//! each copy would cost more time to compile than it saves.

use super::shim::{Shim, of_word, on_g0};
use crate::Errno;
use crate::g::G;
use crate::os;
use crate::private::{ForeignFn, Passed};
use crate::sanitize;
use crate::sched::syscall::{exit_syscall_slow, give_p_up, others_wait};
use crate::sched::timers;
use core::ffi::c_void;
use core::mem::MaybeUninit;

/// The calling thread's G, if its own stack is the one in use: otherwise this is a thread's stack,
/// C may run on it as it is, and a foreign call is a plain one.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub(super) fn g_on_its_stack<'a>() -> Option<&'a G> {
    let g = arch::g().cast::<G>();
    // SAFETY: a thread's `g` is null or alive.
    (!g.is_null() && unsafe { !(*g).in_c() }).then(|| unsafe { &*g })
}

/// A call to make, of what the shim calls.
pub struct Call<S: Shim> {
    /// `_cgo_Cfunc_f`
    pub shim: S,
    /// What is called on the `g0` stack if all arguments lie in registers: the shim, or a function that
    /// does the same and is called in the same way.
    pub address: *const c_void,
    /// Its arguments.
    pub args: S::Args,
    /// What [`passed`](crate::private::passed) says of their types and the result's.
    pub how: Passed,
}

impl<S: Shim> Call<S> {
    /// Calls on the stack that is in use: a thread's. With `ERRNO`, returns what C left in `errno`.
    ///
    /// # Safety
    /// The shim is sound to call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    unsafe fn plain<const ERRNO: bool>(self) -> (S::Ret, Errno) {
        if ERRNO {
            os::set_errno(0);
        }
        // SAFETY: the caller's promise.
        let r = unsafe { self.shim.call(self.args) };
        (r, if ERRNO { Errno::get() } else { Errno(0) })
    }

    /// Calls on the `g0` stack; with `LEAF`, a function that doesn't call back. With `ERRNO`, returns what
    /// C left in `errno`.
    ///
    /// In debug builds, leaf functions are called as all others are: from such a call a backtrace goes on to
    /// the G's frames, and an end of the thread in C is reported at once.
    ///
    /// # Safety
    /// The shim is sound to call; `g` is the calling G, on its own stack. With `LEAF`, C doesn't call back.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    unsafe fn switched<const ERRNO: bool, const LEAF: bool>(
        self,
        g: &G,
    ) -> (MaybeUninit<S::Ret>, Errno) {
        const IN_PLACE: bool = arch::CALLS_WORDS && !sanitize::ON && !cfg!(debug_assertions);
        // SAFETY: the caller's promise. The M, and so its thread's `errno`, is the same after the
        // call: a callback holds the G to its thread.
        unsafe {
            let errno = (*g.m.get()).errno.get();
            if ERRNO {
                *errno = 0;
            }
            let r = if LEAF && IN_PLACE && self.how == Passed::AsWords {
                of_word(arch::call_words(g.ctx(), self.address, S::words(self.args)))
            } else {
                on_g0(g, self)
            };
            (r, if ERRNO { Errno(*errno) } else { Errno(0) })
        }
    }
}

/// Makes a call on the `g0` stack, with the P lent to C. `f` is what is called. The error is that which
/// C left in `errno`, or with no `ERRNO` none.
///
/// # Safety
/// The shim is sound to call, on any thread, and C keeps to the rules of the contract. The rest of the
/// [`Call`] is as it says there.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub unsafe fn cgocall<S: Shim, const ERRNO: bool>(
    f: &'static ForeignFn,
    call: Call<S>,
) -> (S::Ret, Errno) {
    // SAFETY: the caller's promise; the G is on its own stack.
    unsafe {
        let Some(g) = g_on_its_stack() else { return call.plain::<ERRNO>() };
        if f.habit.blocks() {
            let mut call = Some(call);
            let mut result = None;
            call_that_blocks(g, f, &mut || {
                result = call.take().map(|call| call.switched::<ERRNO, false>(g));
            });
            let (r, errno) = result.unwrap_unchecked();
            return (r.assume_init(), errno);
        }
        (*g.m.get()).lease.enter_syscall();
        let (r, errno) = call.switched::<ERRNO, false>(g);
        if !(*g.m.get()).lease.exit_syscall() {
            back_from_c(g, Some(f));
        }
        // No panic is going on from here, so C has returned.
        (r.assume_init(), errno)
    }
}

/// [`cgocall`] of a function that has blocked before: gives the P up first, if others wait for it.
///
/// # Safety
/// As [`cgocall`].
#[cold]
#[inline(never)]
unsafe fn call_that_blocks(g: &G, f: &'static ForeignFn, call: &mut dyn FnMut()) {
    let start = others_wait(g).then(|| {
        give_p_up(g);
        timers::now()
    });
    // SAFETY: a running G has an M.
    unsafe {
        (*g.m.get()).lease.enter_syscall();
        call();
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
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub unsafe fn cgocall_leaf<S: Shim, const ERRNO: bool>(
    f: &'static ForeignFn,
    call: Call<S>,
) -> (S::Ret, Errno) {
    // SAFETY: as above.
    unsafe {
        let Some(g) = g_on_its_stack() else { return call.plain::<ERRNO>() };
        (*g.m.get()).leaf.set(Some(f));
        let (r, errno) = call.switched::<ERRNO, true>(g);
        // A leaf function that calls back ends the process, so C has returned.
        (r.assume_init(), errno)
    }
}

/// [`cgocall`] for a function that blocks: gives the P up before the call, so that nobody has to
/// find out and take it.
///
/// # Safety
/// As [`cgocall`].
#[inline]
pub unsafe fn cgocall_blocking<S: Shim, const ERRNO: bool>(call: Call<S>) -> (S::Ret, Errno) {
    // SAFETY: the caller's promise; the G is on its own stack.
    unsafe {
        let Some(g) = g_on_its_stack() else { return call.plain::<ERRNO>() };
        give_p_up(g);
        (*g.m.get()).lease.enter_syscall();
        let (r, errno) = call.switched::<ERRNO, false>(g);
        if !(*g.m.get()).lease.exit_syscall() {
            back_from_c(g, None);
        }
        (r.assume_init(), errno)
    }
}

/// [`cgocall`] of a function that is not declared, so nothing is known or learned of it, and whose
/// results lie elsewhere: `results` takes them from there before the G may go on on another thread.
///
/// # Safety
/// As [`cgocall`]; `g` is the calling G, on its own stack.
pub(super) unsafe fn cgocall_unnamed<S: Shim, R>(
    g: &G,
    call: Call<S>,
    results: impl FnOnce() -> R,
) -> R {
    // SAFETY: the caller's promise.
    unsafe {
        (*g.m.get()).lease.enter_syscall();
        call.switched::<false, false>(g);
        let results = results();
        if !(*g.m.get()).lease.exit_syscall() {
            back_from_c(g, None);
        }
        results
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
