//! The thread-local `g` on Apple's aarch64 systems: a call of what the variable's descriptor says, which
//! keeps all registers but `x0`, the linker's scratch registers and the link register.

use crate::Context;
use core::arch::asm;

/// Loads the address of `g` into `x9`. May clobber `x10`, `x11`, `x16` and `x17`.
macro_rules! g_address {
    () => {
        concat!(
            "mov x10, x0\nmov x11, x30\nadrp x0, _",
            crate::tls::g_symbol!(),
            "@TLVPPAGE\nldr x0, [x0, _",
            crate::tls::g_symbol!(),
            "@TLVPPAGEOFF]\nldr x16, [x0]\nblr x16\nmov x9, x0\nmov x0, x10\nmov x30, x11"
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
    // SAFETY: reads one word of this thread's, which dyld makes if need be.
    unsafe {
        asm!(
            g_address!(),
            "ldr x9, [x9]",
            out("x9") g,
            out("x10") _,
            out("x11") _,
            out("x16") _,
            out("x17") _,
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
    // SAFETY: writes one word of this thread's, which is ours alone.
    unsafe {
        asm!(
            g_address!(),
            "str x12, [x9]",
            in("x12") g,
            out("x9") _,
            out("x10") _,
            out("x11") _,
            out("x16") _,
            out("x17") _,
        );
    }
}
