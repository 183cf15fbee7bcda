//! Structured exception handling on Windows: what becomes of an exception that no handler has taken between two
//! switches of stacks. None beyond may take it, as it would leave the frames in between; and none is looked for there on
//! 64-bit systems. So handlers of ours are at the ends of the parts of a stack: they ask the process's filter
//! (`SetUnhandledExceptionFilter`), by which programs report how they die, as the first frame of each thread does.
//!
//! The codes are those of GCC's and LLVM's unwinders, and of Microsoft's C++.

use crate::unwinding::came_out_of_c;
use core::ffi::{c_int, c_void};
#[cfg(target_arch = "x86_64")]
use core::ptr::with_exposed_provenance;

/// What `throw` raises where GCC unwinds by this; the C library's way to end a thread; and Microsoft's `throw`.
#[cfg(target_arch = "x86_64")]
const GCC_THROW: u32 = 0x2047_4343;
#[cfg(target_arch = "x86_64")]
const GCC_FORCED: u32 = 0x2247_4343;
const MICROSOFT_THROW: u32 = 0xe06d_7363;

/// The system's `EXCEPTION_RECORD`.
#[repr(C)]
pub(crate) struct Exception {
    code: u32,
    flags: u32,
    outer: *mut Exception,
    address: *mut c_void,
    parameters: u32,
    information: [usize; 15],
}

impl Exception {
    /// Whether a handler is called for the second time: frames are about to be left.
    fn unwinds(&self) -> bool {
        // EXCEPTION_UNWINDING, EXCEPTION_EXIT_UNWIND
        self.flags & (2 | 4) != 0
    }
}

/// `ExceptionContinueExecution` and `ExceptionContinueSearch`.
const GO_ON: c_int = 0;
const NEXT_HANDLER: c_int = 1;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn UnhandledExceptionFilter(pointers: *const [*mut c_void; 2]) -> i32;
    fn GetCurrentProcess() -> *mut c_void;
    fn TerminateProcess(process: *mut c_void, status: u32) -> i32;
}

/// The last handler of a part of a stack: asks the process's filter, as the system's own last one does, and ends the
/// process if that doesn't know better. An `EXCEPTION_ROUTINE` of both architectures.
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

/// The handler where `asmcgocall` calls C: the same, but what unwinds out of C is told as that.
pub(crate) unsafe extern "C" fn out_of_c(
    exception: *mut Exception,
    frame: *mut c_void,
    context: *mut c_void,
    dispatcher: *mut c_void,
) -> c_int {
    // SAFETY: as above. What GCC's throws is the first parameter, and begins with its class.
    unsafe {
        let it = &*exception;
        match it.code {
            _ if it.unwinds() => {}
            #[cfg(target_arch = "x86_64")]
            GCC_THROW | GCC_FORCED => {
                let class = with_exposed_provenance::<u64>(it.information[0]).read();
                came_out_of_c(class, it.code == GCC_FORCED);
            }
            MICROSOFT_THROW => came_out_of_c(0, false),
            _ => return unhandled(exception, frame, context, dispatcher),
        }
    }
    NEXT_HANDLER
}
