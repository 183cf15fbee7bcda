//! Where unwinding ends that comes out of C: at the switch of stacks, with a word to the runtime.
//!
//! The interface is that of the *Itanium C++ ABI: Exception Handling*, §2.5, which unwinders of every
//! ELF system share.

use crate::UnwindingFn;
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::*};

/// The unwinder runs cleanups because the C library ends the thread: `_UA_FORCE_UNWIND`.
pub(crate) const FORCED: c_int = 8;
/// The unwinder looks for a handler, and runs nothing yet: `_UA_SEARCH_PHASE`.
pub(crate) const SEARCH: c_int = 1;
/// What a personality routine says that has nothing to do here: `_URC_CONTINUE_UNWIND`.
pub(crate) const GO_ON: c_int = 8;
/// What a personality routine says when it can't go on: `_URC_FATAL_PHASE1_ERROR`.
const FATAL: c_int = 3;

unsafe extern "C" {
    fn _Unwind_GetGR(context: *mut c_void, index: c_int) -> usize;
}

/// A register as it was in the frame that the unwinder has come to.
///
/// # Safety
/// `context` is what the unwinder passed to a personality routine, and `index` a register that it
/// knows there.
pub(crate) unsafe fn register(context: *mut c_void, index: c_int) -> usize {
    // SAFETY: the caller's promise.
    unsafe { _Unwind_GetGR(context, index) }
}

static HANDLER: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets what is told of unwinding that comes out of C.
pub fn on_unwinding(handler: UnwindingFn) {
    HANDLER.store(handler as *mut (), Release);
}

/// The personality routine of `asmcgocall`: no search for a handler and no cleanup goes past it.
/// Without a handler, whoever unwinds is told that it can't, and ends the process by itself.
pub(crate) unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    class: u64,
    _exception: *mut c_void,
    _context: *mut c_void,
) -> c_int {
    let handler = HANDLER.load(Acquire);
    if handler.is_null() {
        return FATAL;
    }
    // SAFETY: `on_unwinding` stored a function of this type.
    let handler = unsafe { core::mem::transmute::<*mut (), UnwindingFn>(handler) };
    handler(class, actions & FORCED != 0)
}
