//! The thread-local `g` on riscv64, by the initial-exec model: its offset from the thread pointer is known
//! when the program or library is loaded.

use crate::Context;
use core::arch::asm;

/// Loads the address of `g` into `t0`.
macro_rules! g_address {
    () => {
        concat!("la.tls.ie t0, ", crate::tls::g_symbol!(), "\nadd t0, t0, tp")
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
            "ld t0, 0(t0)",
            out("t0") g,
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
            "sd {g}, 0(t0)",
            g = in(reg) g,
            out("t0") _,
            options(nostack, preserves_flags)
        );
    }
}
