//! 64-bit Windows: *x64 exception handling*, Microsoft. The dispatcher stops at a switch of stacks by itself, but calls
//! the handlers of the frames before that. The codes are those of GCC's and LLVM's unwinders, and of Microsoft's C++.

use super::came_out_of_c;
use crate::unhandled::{Exception, NEXT_HANDLER, unhandled};
use core::ffi::{c_int, c_void};
use core::ptr;

const GCC_THROW: u32 = 0x2047_4343;
const MICROSOFT_THROW: u32 = 0xe06d_7363;

/// Where the code of a frame is, for an unwinder's walk. Never called on Windows, whose traces are the system's.
///
/// # Safety
/// None.
pub unsafe fn code_address(_context: *mut c_void) -> usize {
    0
}

/// The handler where `asmcgocall` calls C: no search for another goes past it.
pub(crate) unsafe extern "C" fn personality(
    exception: *mut Exception,
    frame: *mut c_void,
    context: *mut c_void,
    dispatcher: *mut c_void,
) -> c_int {
    // SAFETY: the system passes its own records of the exception, which are alive during the call. What GCC's
    // throws is the first parameter, and begins with its class.
    unsafe {
        let class = match (*exception).code {
            _ if (*exception).unwinds() => return NEXT_HANDLER,
            GCC_THROW => ptr::with_exposed_provenance::<u64>((*exception).information[0]).read(),
            MICROSOFT_THROW => 0,
            _ => return unhandled(exception, frame, context, dispatcher),
        };
        came_out_of_c(class, false);
    }
    NEXT_HANDLER
}
