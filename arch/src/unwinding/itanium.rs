//! The interface of the *Itanium C++ ABI: Exception Handling*, §2.5, which unwinders of every Unix but
//! 32-bit ARM share.

use super::came_out_of_c;
use crate::target::{BASE, CGO_SP_TO_CFA, FRAME_REGISTER};
use crate::{CallbackEntry, CallbackFrame};
use core::ffi::{c_int, c_void};
use core::ptr;

/// The unwinder looks for a handler, and runs nothing yet: `_UA_SEARCH_PHASE`.
const SEARCH: c_int = 1;
/// The unwinder runs cleanups because the C library ends the thread: `_UA_FORCE_UNWIND`.
const FORCED: c_int = 8;
/// What a personality routine says that has nothing to do here: `_URC_CONTINUE_UNWIND`.
const GO_ON: c_int = 8;
/// What a personality routine says when it can't go on: `_URC_FATAL_PHASE1_ERROR`.
const FATAL: c_int = 3;

/// How unwind tables refer to a personality routine: by a 32-bit distance, as it is in this crate; or,
/// as Apple's linker wants it, by that to a pointer; or, as the compiler does it on 32-bit Windows, by its address.
#[cfg(windows)]
macro_rules! encoding {
    () => {
        "0"
    };
}
#[cfg(not(any(target_vendor = "apple", windows)))]
macro_rules! encoding {
    () => {
        "0x1b"
    };
}
#[cfg(target_vendor = "apple")]
macro_rules! encoding {
    () => {
        "0x9b"
    };
}
pub(crate) use encoding;

unsafe extern "C" {
    fn _Unwind_GetGR(context: *mut c_void, index: c_int) -> usize;
    #[cfg(unix)]
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}

/// The address at which the code of a frame goes on, which the unwinder has come to.
///
/// # Safety
/// `context` is what `_Unwind_Backtrace` passes to its callback, during that.
#[cfg(unix)]
#[must_use]
pub unsafe fn code_address(context: *mut c_void) -> usize {
    // SAFETY: the caller's promise.
    unsafe { _Unwind_GetIP(context) }
}

/// The personality routine of `asmcgocall`: no search for a handler and no cleanup goes past it.
pub(crate) unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    class: u64,
    _exception: *mut c_void,
    _context: *mut c_void,
) -> c_int {
    came_out_of_c(class, actions & FORCED != 0);
    FATAL
}

/// Defines `pass_over_c`, the personality routine of `cgocallback`: it makes a panic go on at the foreign call.
///
/// It is defined in the module of `cgocallback`, so that both are compiled in one codegen unit. Where no
/// compiled function of a unit has an unwind table (one that AddressSanitizer adds has none), LLVM writes
/// those of its assembly to `.debug_frame`, where no unwinder looks.
macro_rules! pass_over_c {
    () => {
        /// The personality routine of [`cgocallback`].
        unsafe extern "C" fn pass_over_c<E: CallbackEntry>(
            _version: c_int,
            actions: c_int,
            _class: u64,
            _exception: *mut c_void,
            context: *mut c_void,
        ) -> c_int {
            // SAFETY: the unwinder passes the context of a frame of `cgocallback`.
            unsafe { crate::unwinding::go_on_at_call::<E>(actions, context) }
        }
    };
}
pub(crate) use pass_over_c;

/// Makes unwinding that has come to a frame of `cgocallback` go on at the foreign call.
///
/// # Safety
/// Called by its personality routine, with the unwinder's arguments.
pub(crate) unsafe fn go_on_at_call<E: CallbackEntry>(
    actions: c_int,
    context: *mut c_void,
) -> c_int {
    // SAFETY: the frame register of `cgocallback` is as in the picture there. The frame is live, and the
    // thread's own.
    unsafe {
        let base = _Unwind_GetGR(context, FRAME_REGISTER);
        let frame = ptr::with_exposed_provenance_mut::<CallbackFrame>(base - BASE);
        (*frame).cfa = (*frame).cgo_sp.add(CGO_SP_TO_CFA);
        if actions & SEARCH == 0 {
            E::unwindm(frame, actions & FORCED != 0);
        }
    }
    GO_ON
}
