//! 32-bit ARM: *Exception Handling ABI for the Arm Architecture*, §8 and §9. Its tables can't say that a
//! frame's address is in memory, so no panic passes over C frames: `PANICS_PASS` is false there.

use super::came_out_of_c;
use core::ffi::{c_int, c_void};
use core::ptr;

/// The part of the state that says what the unwinder does: `_US_ACTION_MASK`.
const ACTION: c_int = 3;
/// It looks for a handler: `_US_VIRTUAL_UNWIND_FRAME`. Together with [`FORCED`], it takes a backtrace.
const VIRTUAL: c_int = 0;
/// Frames are left because the C library ends the thread, or looked at for a backtrace: `_US_FORCE_UNWIND`.
const FORCED: c_int = 8;
/// `_URC_CONTINUE_UNWIND`
const GO_ON: c_int = 8;
/// `_URC_FAILURE`
const FAILURE: c_int = 9;

unsafe extern "C" {
    /// Does what the frame's table says.
    fn __gnu_unwind_frame(exception: *mut c_void, context: *mut c_void) -> c_int;
    fn _Unwind_VRS_Get(
        context: *mut c_void,
        class: c_int,
        register: u32,
        representation: c_int,
        value: *mut c_void,
    ) -> c_int;
}

/// The address at which the code of a frame goes on, which the unwinder has come to.
///
/// # Safety
/// `context` is what `_Unwind_Backtrace` passes to its callback, during that.
#[must_use]
pub unsafe fn code_address(context: *mut c_void) -> usize {
    let mut pc = 0_usize;
    // SAFETY: the caller's promise; stores one word. A core register, as a 32-bit integer.
    unsafe { _Unwind_VRS_Get(context, 0, 15, 0, (&raw mut pc).cast()) };
    // Without the bit that says Thumb.
    pc & !1
}

/// The personality routine of `asmcgocall`: no search for a handler and no cleanup goes past it, but
/// backtraces do.
pub(crate) unsafe extern "C" fn personality(
    state: c_int,
    exception: *mut c_void,
    context: *mut c_void,
) -> c_int {
    let forced = state & FORCED != 0;
    if !(forced && state & ACTION == VIRTUAL) {
        // SAFETY: an exception begins with its class.
        let class = unsafe { ptr::read_unaligned(exception.cast::<[u8; 8]>()) };
        // Eight characters here, where others have a number.
        came_out_of_c(u64::from_be_bytes(class), forced);
        return FAILURE;
    }
    // SAFETY: the unwinder's own arguments.
    if unsafe { __gnu_unwind_frame(exception, context) } == 0 { GO_ON } else { FAILURE }
}
