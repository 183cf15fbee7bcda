//! Calls of functions whose number of arguments is known only when they are called.

/// The most arguments that [`call_n`] passes: as many as Go's `SyscallN`.
pub const MAX_ARGS: usize = 42;

#[cfg(not(all(windows, target_arch = "x86_64")))]
mod generic;
#[cfg(not(all(windows, target_arch = "x86_64")))]
pub use generic::call_n;

#[cfg(all(windows, target_arch = "x86_64"))]
pub use crate::target::call_n;
