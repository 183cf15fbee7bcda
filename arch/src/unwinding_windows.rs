//! Unwinding that comes out of C on Windows. The exception dispatcher gives up at a switch of stacks by
//! itself, and ends the process: nobody asks the runtime.

use crate::UnwindingFn;

/// Sets what is told of unwinding that comes out of C. Never called on Windows.
pub fn on_unwinding(_handler: UnwindingFn) {}
