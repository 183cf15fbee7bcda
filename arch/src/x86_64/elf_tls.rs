//! The thread-local `g` on x86-64 systems with ELF: what differs from one object format to another,
//! and not from one calling convention to another.

use crate::Context;
use core::arch::{asm, global_asm};

/// The name of the thread-local `g`. It carries the crate's version so that two versions of this
/// crate can be linked into one program, each with a `g` of its own; it is hidden, so two libraries
/// in one process don't share it either.
macro_rules! g_symbol {
    () => {
        concat!(
            "callgate_g_v",
            env!("CARGO_PKG_VERSION_MAJOR"),
            "_",
            env!("CARGO_PKG_VERSION_MINOR"),
            "_",
            env!("CARGO_PKG_VERSION_PATCH")
        )
    };
}

/// One instruction's operand: the offset of `g` from the thread pointer. The initial-exec model: a
/// linker turns the load into an immediate in an executable, and a library that is loaded late uses
/// eight bytes of the reserve that the loader keeps for this.
macro_rules! g_offset {
    () => {
        concat!("qword ptr [rip + ", g_symbol!(), "@GOTTPOFF]")
    };
}

global_asm!(
    ".pushsection .tbss, \"awT\", @nobits",
    ".balign 8",
    concat!(".globl ", g_symbol!()),
    concat!(".hidden ", g_symbol!()),
    concat!(".type ", g_symbol!(), ", @object"),
    concat!(".size ", g_symbol!(), ", 8"),
    concat!(g_symbol!(), ":"),
    ".zero 8",
    ".popsection",
);

pub(super) use {g_offset, g_symbol};

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
