//! What the runtime asks of the operating system, one file for each; nothing else outside
//! `callgate-arch` names a system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod linux_census;
#[cfg(target_os = "linux")]
mod note;
#[cfg(target_os = "linux")]
pub(crate) use {linux::*, linux_census::*, note::Note};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(not(any(target_os = "linux", windows)))]
compile_error!("callgate has no operating-system layer for this target yet");
