//! Unwinding that comes out of C on 64-bit Windows. The exception dispatcher gives up at a switch of stacks by
//! itself, and ends the process: nobody asks the runtime.

use crate::UnwindingFn;

/// Sets what is told of unwinding that comes out of C. Never called on Windows.
pub fn on_unwinding(_handler: UnwindingFn) {}

/// Where the code of a frame is, for an unwinder's walk. Never called on Windows, whose traces are the system's.
///
/// # Safety
/// None.
pub unsafe fn code_address(_context: *mut core::ffi::c_void) -> usize {
    0
}
