//! What the runtime asks of the operating system, one file for each; nothing else outside
//! `callgate-arch` names a system.

// The table of systems. Where no row fits, `system.rs` says so.
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(
    any(target_os = "macos", target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"),
    path = "bsd.rs"
)]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_fault;

pub(crate) use system::*;
#[cfg(unix)]
pub(crate) use {unix::*, unix_fault::*};
