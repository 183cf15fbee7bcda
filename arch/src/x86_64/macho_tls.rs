//! The thread-local `g` on Apple's x86-64 systems: a call of what the variable's descriptor says, which keeps all
//! registers but `rdi`, which has the descriptor's address, and `rax`, which gets the variable's.

use crate::Context;
use core::arch::asm;

/// Loads the address of `g` into `rax`. May clobber `r11`.
macro_rules! g_address {
    () => {
        concat!(
            "mov r11, rdi\nmov rdi, qword ptr [rip + _",
            crate::tls::g_symbol!(),
            "@TLVP]\ncall qword ptr [rdi]\nmov rdi, r11"
        )
    };
}

/// Loads `g` into a register. May clobber `rax` and `r11`. The stack is aligned as for a call.
macro_rules! load_g {
    ($to:literal) => {
        concat!(crate::target::tls::g_address!(), "\nmov ", $to, ", qword ptr [rax]")
    };
}

/// Sets `g` to a register's value. May clobber `rax`, `r10` and `r11`. The stack is aligned as for a call.
macro_rules! store_g {
    ($from:literal) => {
        concat!(
            "mov r10, ",
            $from,
            "\n",
            crate::target::tls::g_address!(),
            "\nmov qword ptr [rax], r10"
        )
    };
}

pub(super) use {g_address, load_g, store_g};

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
        asm!(g_address!(), "mov rax, qword ptr [rax]", out("rax") g, out("r11") _);
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
        asm!(g_address!(), "mov qword ptr [rax], r10", in("r10") g, out("rax") _, out("r11") _);
    }
}
