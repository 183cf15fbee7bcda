//! The thread-local `g` on 32-bit ARM, by the initial-exec model: its offset from the thread pointer is
//! known when the program or library is loaded.

use crate::Context;
use core::arch::asm;

/// Loads the address of `g` into `r5`. Clobbers `r12`.
macro_rules! g_address {
    () => {
        concat!(
            "ldr r12, 92f\n91: ldr r12, [pc, r12]\nmrc p15, 0, r5, c13, c0, 3\nadd r5, r5, r12\n",
            "b 93f\n.balign 4\n92: .long ",
            crate::tls::g_symbol!(),
            "(GOTTPOFF) - ((91b + 8) - 92b)\n93:"
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
            "ldr r5, [r5]",
            out("r5") g,
            out("r12") _,
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
            "str {g}, [r5]",
            g = in(reg) g,
            out("r5") _,
            out("r12") _,
            options(nostack, preserves_flags)
        );
    }
}
