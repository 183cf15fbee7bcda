//! What the user data of a closure points to, and what the functions do that C calls with it.

use super::signature::{Apply, ApplyMut};
use crate::fatal::fatal;
use crate::private::{Callback, PanicPolicy};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// What the user data points to.
#[repr(C)]
pub(super) struct Block<B> {
    /// Must be first: messages look for it there, see [`Frame`].
    pub(super) place: &'static Location<'static>,
    pub(super) body: B,
}

/// A closure as it may be called.
pub(super) trait Body<Args, R> {
    fn run(&self, args: Args, place: &'static Location<'static>) -> R;
}

/// One that may be called while another call runs.
pub(super) struct Shared<F>(pub(super) F);

impl<F: Apply<Args, R>, Args, R> Body<Args, R> for Shared<F> {
    #[inline(always)]
    fn run(&self, args: Args, _place: &'static Location<'static>) -> R {
        self.0.apply(args)
    }
}

/// One that may not.
pub(super) struct Exclusive<F> {
    f: UnsafeCell<F>,
    busy: AtomicBool,
}

impl<F> Exclusive<F> {
    pub(super) fn new(f: F) -> Self {
        Exclusive { f: UnsafeCell::new(f), busy: AtomicBool::new(false) }
    }
}

impl<F: ApplyMut<Args, R>, Args, R> Body<Args, R> for Exclusive<F> {
    #[inline(always)]
    fn run(&self, args: Args, place: &'static Location<'static>) -> R {
        struct Claim<'a>(&'a AtomicBool);
        impl Drop for Claim<'_> {
            fn drop(&mut self) {
                self.0.store(false, Release);
            }
        }
        if self.busy.swap(true, Acquire) {
            busy(place);
        }
        let _claim = Claim(&self.busy);
        // SAFETY: whoever sets `busy` has the closure for itself until it is cleared.
        unsafe { (*self.f.get()).apply_mut(args) }
    }
}

#[cold]
#[inline(never)]
fn busy(place: &Location<'_>) -> ! {
    fatal!(
        "the closure made at {}:{} was called while another call of it ran, and it is an FnMut: \
         use Closure::new or Closure::with, with a Mutex or an atomic for what it changes",
        place.file(),
        place.line()
    )
}

/// The frame of a call, and of the end of a block.
#[repr(C)]
struct Frame<Args, R> {
    /// Must be first: what names a closure's callback reads it, see [`Callback`].
    place: *const &'static Location<'static>,
    args: ManuallyDrop<Args>,
    result: MaybeUninit<R>,
}

/// What the functions that C calls do.
///
/// # Safety
/// `data` points to a `Block<B>`, which stays until this returns.
#[inline(always)]
pub(super) unsafe fn enter<B, Args, R, const UNWIND: bool>(data: *mut c_void, args: Args) -> R
where
    B: Body<Args, R>,
{
    unsafe extern "C-unwind" fn shim<B: Body<Args, R>, Args, R>(frame: *mut c_void) {
        // SAFETY: the frame is that of `enter`, whose arguments are taken once; its place is the
        // block's first field, with the provenance of the whole.
        unsafe {
            let frame = &mut *frame.cast::<Frame<Args, R>>();
            let block = &*frame.place.cast::<Block<B>>();
            let args = ManuallyDrop::take(&mut frame.args);
            frame.result.write(block.body.run(args, block.place));
        }
    }
    let callback: &'static Callback = const {
        let policy = if UNWIND { PanicPolicy::Unwind } else { PanicPolicy::Abort };
        &Callback { name: "closure", file: "", line: 0, shim: shim::<B, Args, R>, policy }
    };
    // Nothing here needs dropping: `unwindm` leaves this frame with C's.
    let mut frame: Frame<Args, R> = Frame {
        place: data.cast_const().cast(),
        args: ManuallyDrop::new(args),
        result: MaybeUninit::uninit(),
    };
    // SAFETY: the shim takes this frame, and has stored the result if this returns.
    unsafe {
        crate::private::cgocallback(callback, &raw mut frame);
        frame.result.assume_init()
    }
}

/// The `void (*free)(void *)` of an owned closure.
///
/// # Safety
/// `data` is null or a `Block<B>` in a box, which nobody uses any more.
pub(super) unsafe extern "C" fn free<B>(data: *mut c_void) {
    unsafe extern "C-unwind" fn shim<B>(frame: *mut c_void) {
        // SAFETY: the frame is that of `free`.
        unsafe {
            let data = *(*frame.cast::<Frame<*mut c_void, ()>>()).args;
            drop_block::<B>(data);
        }
    }
    if data.is_null() {
        return;
    }
    let callback: &'static Callback = const {
        &Callback {
            name: "destructor of the closure",
            file: "",
            line: 0,
            shim: shim::<B>,
            policy: PanicPolicy::Abort,
        }
    };
    // SAFETY: C passes the closure's own data. The place is copied: the block goes before the
    // callback ends.
    let place = unsafe { (*data.cast::<Block<B>>()).place };
    let mut frame: Frame<*mut c_void, ()> = Frame {
        place: &raw const place,
        args: ManuallyDrop::new(data),
        result: MaybeUninit::uninit(),
    };
    // SAFETY: the shim takes this frame.
    unsafe { crate::private::cgocallback(callback, &raw mut frame) }
}

/// Drops an owned closure.
///
/// # Safety
/// `data` is a `Block<B>` in a box, which nobody uses any more.
pub(super) unsafe fn drop_block<B>(data: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { drop(Box::from_raw(data.cast::<Block<B>>())) }
}
