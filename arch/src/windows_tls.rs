//! The thread-local `g` on Windows, of both architectures: a slot of the kind that `TlsAlloc` gives, read where the
//! system keeps the first 64 of them, in the thread's environment block (TEB), by one instruction.
//!
//! The slot of a thread that callgate hasn't seen reads as null, and so does that of any thread before
//! [`set_tls_slot`]. [`setg`] writes the slot; to get one is the runtime's (`osSetupTLS`), once.
//!
//! | | TEB | array of slots |
//! | --- | --- | --- |
//! | 64-bit | at `gs` | `0x1480` |
//! | 32-bit | at `fs` | `0xe10` |

use crate::Context;
use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering::*};

/// Where the array of slots is in the TEB.
const SLOTS: u32 = if cfg!(target_arch = "x86_64") { 0x1480 } else { 0xe10 };
/// How many it has. The others are elsewhere, and out of reach for one instruction.
const IN_TEB: u32 = 64;

/// `segment` is the register by which the TEB is reached, `static_at` how code reaches a static.
#[cfg(target_arch = "x86_64")]
macro_rules! by {
    (segment) => {
        "gs"
    };
    (static_at) => {
        "rip + "
    };
}
#[cfg(target_arch = "x86")]
macro_rules! by {
    (segment) => {
        "fs"
    };
    (static_at) => {
        ""
    };
}

/// The offset of `g` in the TEB; 0 before there is one.
pub(super) static G_OFFSET: AtomicU32 = AtomicU32::new(0);

/// Has `g` kept in the slot `index` of `TlsAlloc`'s. False if that is not one of those in the TEB.
///
/// # Safety
/// The slot is callgate's alone, and will not be freed. Not called again after it has returned true.
pub unsafe fn set_tls_slot(index: u32) -> bool {
    if index < IN_TEB {
        G_OFFSET.store(SLOTS + size_of::<*mut Context>() as u32 * index, Release);
    }
    index < IN_TEB
}

/// The calling thread's `g`, or null where it has none.
///
/// The assembly is not `pure`: the compiler may neither move it nor remember its result, so it is
/// read again after every stack switch even where everything is inlined into one function.
#[inline(always)]
#[must_use]
pub fn g() -> *mut Context {
    let g: *mut Context;
    // SAFETY: reads a word of ours, and one of this thread's TEB, which every thread has.
    unsafe {
        asm!(
            concat!("mov {g:e}, dword ptr [", by!(static_at), "{offset}]"),
            "test {g:e}, {g:e}",
            "jz 2f",
            concat!("mov {g}, ", by!(segment), ":[{g}]"),
            "2:",
            g = out(reg) g,
            offset = sym G_OFFSET,
            options(nostack, readonly)
        );
    }
    g
}

/// Sets the calling thread's `g`. Null clears the slot: the thread is one that callgate hasn't seen.
///
/// # Safety
/// `g` is null or a live G or `g0` that no other thread has as its `g`. [`set_tls_slot`] has been called.
#[inline(always)]
pub unsafe fn setg(g: *mut Context) {
    debug_assert_ne!(G_OFFSET.load(Relaxed), 0, "osSetupTLS comes before setg");
    // SAFETY: writes a word of this thread's TEB that is ours alone.
    unsafe {
        asm!(
            concat!("mov {t:e}, dword ptr [", by!(static_at), "{offset}]"),
            concat!("mov ", by!(segment), ":[{t}], {g}"),
            t = out(reg) _,
            g = in(reg) g,
            offset = sym G_OFFSET,
            options(nostack, preserves_flags)
        );
    }
}
