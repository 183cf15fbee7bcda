//! The thread-local `g` on 32-bit x86 systems with ELF, by the initial-exec model: its offset from the
//! thread pointer is known when the program or library is loaded. It lies in the global offset table, whose
//! address code that runs anywhere has to work out: `call` of the next instruction gives its own.

use crate::Context;
use core::arch::asm;

/// Loads the offset of `g` into `ecx`, in AT&T syntax: the other has no way to write the table's distance. The
/// stack pointer must be right for a push.
macro_rules! att_g_offset {
    () => {
        concat!(
            "call 91f\n91: popl %ecx\n92: addl $_GLOBAL_OFFSET_TABLE_+(92b-91b), %ecx\nmovl ",
            crate::tls::g_symbol!(),
            "@GOTNTPOFF(%ecx), %ecx"
        )
    };
}

/// The same amid Intel syntax.
macro_rules! g_offset {
    () => {
        concat!(".att_syntax\n", crate::target::tls::att_g_offset!(), "\n.intel_syntax noprefix")
    };
}
pub(super) use {att_g_offset, g_offset};

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
        asm!(att_g_offset!(), "movl %gs:(%ecx), %ecx", out("ecx") g, options(att_syntax));
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
        asm!(att_g_offset!(), "movl %eax, %gs:(%ecx)", in("eax") g, out("ecx") _, options(att_syntax));
    }
}
