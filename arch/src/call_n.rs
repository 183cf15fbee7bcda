//! Calls of functions whose number of arguments is known only when they are called.

/// The most arguments that [`call_n`] passes: as many as Go's `SyscallN`.
pub const MAX_ARGS: usize = 42;

// Windows has its own conventions for it.
#[cfg(not(windows))]
mod generic;
#[cfg(not(windows))]
pub use generic::call_n;

#[cfg(windows)]
pub use crate::target::call_n;
