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

#[cfg(not(target_os = "linux"))]
compile_error!("callgate has no operating-system layer for this target yet");
