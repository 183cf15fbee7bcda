//! The memory that assembly and runtime share.

use core::ffi::c_void;
use core::mem::offset_of;

/// The first four words of every G: all of it that assembly reads or writes.
///
/// A G, and an M's `g0`, begin with one (`repr(C)`, first field), so a pointer to either is a
/// pointer to its `Context`. Only the thread that runs a G touches its `Context`; a G that runs
/// nowhere is published to its next thread by whatever queue it waits in.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    /// Go's `gobuf`: the stack pointer at which the G goes on, with its registers and program
    /// counter saved there. For a `g0` while a G runs: where the next frame on `g0` begins, which
    /// is below every live C frame on that stack.
    pub sp: *mut u8,
    /// Where a callback's frames begin on this G's stack while the G is in C; null while Rust code
    /// of the G runs. It is what tells "on the G's stack" from "on the thread's stack".
    pub cgo_sp: *mut u8,
    /// The `g0` of the M that runs this G: changes when the G moves to another thread. A `g0`'s own
    /// is itself.
    pub g0: *mut Context,
    /// What [`asmcgocall`](crate::asmcgocall) calls next: a `_cgo_Cfunc_f`.
    pub shim: *const c_void,
    /// What the system knows of this context's stack.
    #[cfg(windows)]
    pub(crate) teb: crate::target::teb::Teb,
}

impl Context {
    /// A context with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Context {
            sp: core::ptr::null_mut(),
            cgo_sp: core::ptr::null_mut(),
            g0: core::ptr::null_mut(),
            shim: core::ptr::null(),
            #[cfg(windows)]
            teb: crate::target::teb::Teb::NONE,
        }
    }

    /// Takes a stack, whose frames begin below `bounds.high`. `place` is where this context will be.
    ///
    /// # Safety
    /// In `place` is another context, that had the same stack, or zeros.
    #[cfg_attr(not(windows), inline(always), allow(unused_variables))]
    pub unsafe fn take_stack(&mut self, bounds: &StackBounds, place: *const Context) {
        #[cfg(windows)]
        {
            // SAFETY: the caller's promise.
            let before = unsafe { (*place).teb };
            self.teb = crate::target::teb::Teb::of(bounds, &before, place);
        }
    }
}

#[cfg(windows)]
impl Context {
    /// Whether `at` is on the stack that the thread was on when it last left this context: a thread's `g0` may have
    /// been left on a fiber.
    #[must_use]
    pub fn was_left_on_stack_of(&self, at: *const u8) -> bool {
        self.teb.has(at)
    }
}

/// A G's stack, for systems that want to know of the stack in use; see [`Context::take_stack`].
#[derive(Clone, Copy, Debug)]
pub struct StackBounds {
    /// One past its last byte.
    pub high: *mut u8,
    /// From here on it has memory when it is fresh; the system lets it grow from there.
    pub committed: *mut u8,
    /// Where what is reserved for it begins, guard and all.
    pub reserved: *mut u8,
    /// So many bytes are kept for the report of an overflow.
    pub guaranteed: usize,
}

/// Where the fields of a [`Context`] and of a [`CallbackFrame`] lie, for assembly.
pub(crate) const SP: usize = offset_of!(Context, sp);
pub(crate) const CGO_SP: usize = offset_of!(Context, cgo_sp);
pub(crate) const G0: usize = offset_of!(Context, g0);
pub(crate) const SHIM: usize = offset_of!(Context, shim);
pub(crate) const FRAME_FP: usize = offset_of!(CallbackFrame, fp_control);
pub(crate) const FRAME_G0_SP: usize = offset_of!(CallbackFrame, g0_sp);
pub(crate) const FRAME_CGO_SP: usize = offset_of!(CallbackFrame, cgo_sp);
// The exception dispatcher of 64-bit Windows is not led anywhere.
#[cfg(not(all(windows, target_arch = "x86_64")))]
pub(crate) const FRAME_CFA: usize = offset_of!(CallbackFrame, cfa);
#[cfg(not(all(windows, target_arch = "x86_64")))]
pub(crate) const FRAME_ARG: usize = offset_of!(CallbackFrame, frame);

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

/// What [`cgocallback`](crate::cgocallback) leaves on the `g0` stack: `g0`'s
/// [`sp`](Context::sp) points at it while the callback runs, as in Go's `unwindm`.
#[repr(C)]
#[derive(Debug)]
pub struct CallbackFrame {
    /// The caller's floating-point control words, in the target's own layout. No more aligned than a pointer
    /// is: not every C aligns its stack.
    pub fp_control: [u32; 2],
    /// `g0.sp` as it was before the callback.
    pub g0_sp: *mut u8,
    /// The G's `cgo_sp` as it was before the callback.
    pub cgo_sp: *mut u8,
    /// The routine's frame address, as unwinders see it; see [`cgocallback`](crate::cgocallback).
    pub cfa: *mut u8,
    /// The routine's own second argument.
    pub frame: *mut c_void,
}

impl CallbackFrame {
    /// Gives the thread's stack back what it was before the foreign call of `g` whose C frames called back:
    /// nothing of them will be used again.
    ///
    /// # Safety
    /// `frame` is that of the callback which `g` is in, with a live [`asmcgocall`](crate::asmcgocall) below it; `g`
    /// is the calling thread's, on its own stack.
    pub unsafe fn drop_c_frames(frame: *const CallbackFrame, g: *mut Context) {
        // SAFETY: the caller's promise. Only this thread touches its `g0`.
        unsafe {
            let g0 = (*g).g0;
            (*g0).sp = (*frame).g0_sp;
            #[cfg(all(windows, target_arch = "x86"))]
            crate::target::drop_chain(g0, (*frame).cgo_sp);
        }
    }
}

/// What is told of unwinding that comes out of C: where no frame can be left, so it doesn't return.
/// `class` is the exception's class, by which languages tell theirs apart; `forced` says that it is
/// none, but the C library's way to end a thread (`pthread_exit`, `pthread_cancel`).
pub type UnwindingFn = fn(class: u64, forced: bool) -> !;

/// A function that [`mcall`](crate::mcall) runs on the `g0` stack: takes the G that was left and
/// the argument, returns the G to resume (or the `g0`, to return from [`mstart`](crate::mstart)).
pub type McallFn = unsafe extern "C" fn(g: *mut Context, arg: *mut c_void) -> *mut Context;

/// A shim that unpacks a frame and runs a callback: `_cgoexp_f`.
pub type CallbackFn = unsafe extern "C-unwind" fn(frame: *mut c_void);

/// The runtime functions that [`cgocallback`](crate::cgocallback) enters.
pub trait CallbackEntry {
    /// Runs the callback, on the G's stack, after a switch; or returns the shim that does, to be called
    /// with `frame`, and [`end`](Self::end) after it (only where [`PANICS_PASS`](crate::PANICS_PASS)). Then the shim may unwind: there is a foreign call
    /// of the G below the C frames, and the unwinding goes on at that call, without the C frames,
    /// after [`unwindm`](Self::unwindm). Each frame between the two would cost the unwinder time.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback) alone, with `g` the G that is in C here.
    unsafe extern "C" fn cgocallbackg(
        g: *mut Context,
        callback: *const c_void,
        frame: *mut c_void,
    ) -> Option<CallbackFn>;

    /// Ends a callback whose shim [`cgocallbackg`](Self::cgocallbackg) returned.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback) alone, with the same `g`.
    unsafe extern "C" fn end(g: *mut Context);

    /// Called when the shim has been left by unwinding, in the midst of it:
    /// drops the C frames, by setting `g0`'s `sp` to what it was before the callback, and makes the
    /// accounts those of Rust code after the foreign call. Nothing may run on `g0` meanwhile. `forced`
    /// says that it is no panic but the end of a thread, which must not go on.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback)'s personality routine alone, with its frame.
    unsafe extern "C" fn unwindm(frame: *mut CallbackFrame, forced: bool);

    /// Runs the callback where no C frames lie between: Rust code of a G called an exported
    /// function directly. On the caller's stack.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback) alone.
    unsafe extern "C" fn direct(g: *mut Context, callback: *const c_void, frame: *mut c_void);

    /// Gives a thread without a G one that is in C (its [`cgo_sp`](Context::cgo_sp) is set), and
    /// installs it as the thread's `g`. Runs past the ABI wrapper: there is no `g` to load yet.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback) alone, on a thread whose `g` is null.
    unsafe extern "C" fn needm() -> *mut Context;

    /// Called after a callback for which [`needm`](Self::needm) was called, on the thread's stack,
    /// to keep or give back what it borrowed.
    ///
    /// # Safety
    /// Called by [`cgocallback`](crate::cgocallback) alone.
    unsafe extern "C" fn dropm(g: *mut Context);
}

/// A runtime function that foreign code enters through [`abi_wrapper`](crate::abi_wrapper).
pub trait AbiEntry {
    /// The function; `g` is null on a thread that has none.
    ///
    /// # Safety
    /// Called by [`abi_wrapper`](crate::abi_wrapper) alone.
    unsafe extern "C" fn enter(g: *mut Context, arg: *mut c_void);
}
