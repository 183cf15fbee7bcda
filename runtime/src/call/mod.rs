//! The ways over the boundary. In the order in which things happen:
//!
//! # Rust calls C
//! `#[foreign_call]` makes, for a C function `f`, a Rust function that calls
//! [`cgocall`](foreign::cgocall) with the shim `_cgo_Cfunc_f` and its arguments, which
//! 1. looks for the thread's G: without one, or in C already, it is a plain call;
//! 2. `entersyscall`: one store lends the P to C, from where anyone may take it (a function that
//!    has blocked before gives it up by itself, if others wait for it: see [`habit`]);
//! 3. calls [`arch::asmcgocall`] as if it were the shim. It notes where the G's stack ends, switches to
//!    the `g0` stack (the thread's own) and calls the shim there, which calls `f`. Arguments and result
//!    stay in their registers; where some go by memory, a frame does (see [`shim`]);
//! 4. back on the G's stack, `exitsyscall`: one store takes the P back, one load finds out whether
//!    somebody took it meanwhile, or a panic waits. If so the slow path queues for a P, and the G
//!    may go on on another thread. Go ends its accounts (`endcgo`) before that, because the M may be
//!    another after it; ours hold nothing that would have to be ended.
//!
//! # C calls Rust
//! `#[export_callback]` makes an `extern "C"` function that packs its arguments into a frame and
//! calls [`arch::cgocallback`], which loads the thread's `g` ([`needm`](crate::extra::needm) first,
//! if it has none), saves `g0.sp` and sets it below the C frames, so that nothing that runs on `g0`
//! meanwhile can touch them, switches to the G's stack, where it was left by `asmcgocall`, and calls
//! [`cgocallbackg`](callback::cgocallbackg). This
//! 1. locks the G to its thread, on whose stack the C frames lie;
//! 2. `exitsyscall`s: it gets a P, or waits for one;
//! 3. makes a new extra M, if `needm` took the last;
//! 4. runs the shim `_cgoexp_f`, under the one `catch_unwind` there is for it;
//! 5. unlocks, and `reentersyscall`s: the P is lent to C again.
//!
//! # A panic leaves a callback
//! See [`panics`]. `unwindm` restores `g0.sp`, which drops the C frames, and undoes the lock.

pub(crate) mod awaited;
pub(crate) mod blocking;
pub(crate) mod callback;
pub(crate) mod foreign;
pub(crate) mod habit;
pub(crate) mod panics;
pub(crate) mod shim;
pub(crate) mod syscall;

/// In debug builds: what foreign code may have left in the zero register was cleared on the way here. The
/// first thing that is done on each way in, before compiled code has the register.
#[inline(always)]
#[track_caller]
pub(crate) fn came_in() {
    // No `debug_assert_eq`: what its message would show needs room in the frame of each function here,
    // and AddressSanitizer doubles it.
    if cfg!(debug_assertions) && arch::zero_register() != 0 {
        not_cleared();
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn not_cleared() -> ! {
    panic!("the zero register was not cleared on the way in");
}

/// The same where code goes on that has called C, or left its stack: it finds the zero register as it left it,
/// where that is a register that a callee keeps.
#[inline(always)]
#[track_caller]
pub(crate) fn came_back() {
    if !arch::ZERO_REGISTER_IS_KEPT {
        came_in();
    }
}
