//! The thread-local `g` on x86-64 systems with ELF, by the initial-exec model: a linker turns the load of
//! its offset into an immediate in an executable, and a library that is loaded late uses eight bytes of
//! the reserve that the loader keeps for this.

use crate::Context;
use core::arch::asm;

/// One instruction's operand: the offset of `g` from the thread pointer.
macro_rules! g_offset {
    () => {
        concat!("qword ptr [rip + ", crate::tls::g_symbol!(), "@GOTTPOFF]")
    };
}

/// Loads `g` into a register. May clobber `rax` and `r11`.
macro_rules! load_g {
    ($to:literal) => {
        concat!("mov r11, ", crate::target::tls::g_offset!(), "\nmov ", $to, ", qword ptr fs:[r11]")
    };
}

/// Sets `g` to a register's value. May clobber `rax`, `r10` and `r11`.
macro_rules! store_g {
    ($from:literal) => {
        concat!("mov r11, ", crate::target::tls::g_offset!(), "\nmov qword ptr fs:[r11], ", $from)
    };
}

pub(super) use {g_offset, load_g, store_g};

/// The calling thread's `g`, or null where it has none.
///
/// The assembly is not `pure`: the compiler may neither move it nor remember its result, so it is
/// read again after every stack switch even where everything is inlined into one function
/// (the trap of llvm/llvm-project#98479, which Rust's own thread-locals have).
#[inline(always)]
#[must_use]
pub fn g() -> *mut Context {
    let g: *mut Context;
    // SAFETY: reads one word of this thread's static TLS, which exists on every thread.
    unsafe {
        asm!(
            concat!("mov {g}, ", g_offset!()),
            "mov {g}, qword ptr fs:[{g}]",
            g = out(reg) g,
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
            concat!("mov {t}, ", g_offset!()),
            "mov qword ptr fs:[{t}], {g}",
            t = out(reg) _,
            g = in(reg) g,
            options(nostack, preserves_flags)
        );
    }
}
