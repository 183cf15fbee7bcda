//! Where unwinding ends that comes out of C: at the switch of stacks, with a word to the runtime.
//! Unwinders call a routine of ours there, a personality routine; there are two kinds, and on 64-bit Windows it is
//! a handler of exceptions (`seh.rs`).

use crate::UnwindingFn;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::*};

#[cfg(not(all(windows, target_arch = "x86_64")))]
#[cfg_attr(target_arch = "arm", path = "unwinding/ehabi.rs")]
#[cfg_attr(not(target_arch = "arm"), path = "unwinding/itanium.rs")]
mod imp;
#[cfg(unix)]
pub use imp::code_address;
#[cfg(not(all(windows, target_arch = "x86_64")))]
pub(crate) use imp::*;

static HANDLER: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets what is told of unwinding that comes out of C.
pub fn on_unwinding(handler: UnwindingFn) {
    HANDLER.store(handler as *mut (), Release);
}

/// Tells the runtime of unwinding that comes out of C. Returns where there is no handler: then whoever
/// unwinds is told that it can't, and ends the process by itself.
pub(crate) fn came_out_of_c(class: u64, forced: bool) {
    let handler = HANDLER.load(Acquire);
    if !handler.is_null() {
        // SAFETY: `on_unwinding` stored a function of this type.
        let handler = unsafe { core::mem::transmute::<*mut (), UnwindingFn>(handler) };
        handler(class, forced)
    }
}
