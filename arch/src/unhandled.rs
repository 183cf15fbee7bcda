//! What becomes of an exception that no handler on a stack has taken, on Windows. The first frame of each thread asks
//! the process's filter then (`SetUnhandledExceptionFilter`), by which programs report how they die. Nobody looks for
//! that frame from the stack of a G, so those have handlers of ours at their ends.

use core::ffi::{c_int, c_void};

/// The system's `EXCEPTION_RECORD`.
#[repr(C)]
pub(crate) struct Exception {
    pub(crate) code: u32,
    flags: u32,
    outer: *mut Exception,
    address: *mut c_void,
    parameters: u32,
    pub(crate) information: [usize; 15],
}

impl Exception {
    /// Whether a handler is called for the second time: frames are about to be left.
    pub(crate) fn unwinds(&self) -> bool {
        // EXCEPTION_UNWINDING, EXCEPTION_EXIT_UNWIND
        self.flags & (2 | 4) != 0
    }
}

/// `ExceptionContinueExecution` and `ExceptionContinueSearch`.
const GO_ON: c_int = 0;
pub(crate) const NEXT_HANDLER: c_int = 1;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn UnhandledExceptionFilter(pointers: *const [*mut c_void; 2]) -> i32;
    fn GetCurrentProcess() -> *mut c_void;
    fn TerminateProcess(process: *mut c_void, status: u32) -> i32;
}

/// The last handler of a stack: asks the process's filter, as the system's own does, and ends the process if that
/// doesn't know better. An `EXCEPTION_ROUTINE` of both architectures.
pub(crate) unsafe extern "C" fn unhandled(
    exception: *mut Exception,
    _frame: *mut c_void,
    context: *mut c_void,
    _dispatcher: *mut c_void,
) -> c_int {
    // SAFETY: the system passes its own records of the exception, which are alive during the call.
    unsafe {
        if (*exception).unwinds() {
            return NEXT_HANDLER;
        }
        match UnhandledExceptionFilter(&[exception.cast(), context]) {
            -1 => GO_ON,
            0 => NEXT_HANDLER,
            _ => {
                TerminateProcess(GetCurrentProcess(), (*exception).code);
                NEXT_HANDLER
            }
        }
    }
}
