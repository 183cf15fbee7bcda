//! The thread-local `g` on aarch64 systems with ELF, by the initial-exec model: its offset from the thread
//! pointer is known when the program or library is loaded.

use crate::Context;
use core::arch::asm;

/// Loads the address of `g` into `x9`. May clobber `x10`, `x11`, `x16` and `x17`.
macro_rules! g_address {
    () => {
        concat!(
            "adrp x10, :gottprel:",
            crate::tls::g_symbol!(),
            "\nldr x10, [x10, :gottprel_lo12:",
            crate::tls::g_symbol!(),
            "]\nmrs x9, tpidr_el0\nadd x9, x9, x10"
        )
    };
}
pub(super) use g_address;

/// The calling thread's `g`, or null where it has none.
///
/// The assembly is not `pure`: the compiler may neither move it nor remember its result, so it is
/// read again after every stack switch even where everything is inlined into one function.
#[inline(always)]
#[must_use]
pub fn g() -> *mut Context {
    let g: *mut Context;
    // SAFETY: reads one word of this thread's static TLS, which exists on every thread.
    unsafe {
        asm!(
            g_address!(),
            "ldr x9, [x9]",
            out("x9") g,
            out("x10") _,
            options(nostack, preserves_flags, readonly)
        );
    }
    g
}

/// Sets the calling thread's `g`.
///
/// # Safety
/// `g` is null or a live G or `g0` that no other thread has as its `g`.
#[inline(always)]
pub unsafe fn setg(g: *mut Context) {
    // SAFETY: writes one word of this thread's static TLS, which is ours alone.
    unsafe {
        asm!(
            g_address!(),
            "str {g}, [x9]",
            g = in(reg) g,
            out("x9") _,
            out("x10") _,
            options(nostack, preserves_flags)
        );
    }
}
