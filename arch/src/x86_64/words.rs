//! The call of a C function that does nothing of what [`asmcgocall`](super::asmcgocall) is there for:
//! it doesn't call back, so nothing has to come back from it but the result.

use super::{CGO_SP, STACK_ALIGN};
use crate::Context;
use core::arch::asm;
use core::ffi::c_void;
use core::mem::{MaybeUninit, offset_of};

/// Whether [`call_words`] is to be had. Without unwind tables there is nothing for its directives to
/// stand in; see `build.rs`.
pub const CALLS_WORDS: bool = cfg!(not(callgate_no_unwind_tables));

/// How many arguments [`call_words`] takes.
pub const WORD_ARGS: usize = 6;

const G0: usize = offset_of!(Context, g0);
const SP: usize = offset_of!(Context, sp);

/// Calls `f`, whose arguments and result are words (see [`Scalar::WORD`](crate::Scalar::WORD)), on the
/// `g0` stack of `g`. Compiled into its caller: what it saves is not a stack switch, which costs next to
/// nothing, but a call and a return, which cost as much as the plain call that they would be added to.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ frame of the function │               │ frames of the thread         │
///        │ that this is part of  │               ├──────────────────────────────┤◄── g0.sp = rsp
///        │                       │               │ return address into here     │    (before the call)
///        └───────────────────────┘◄── rsp,       │ C's frames                   ▼
///                                     r12 and g.cgo_sp
///                                     during the call
/// ```
///
/// Keeps all that a callee keeps but `r12` and `r13`, which the compiler is told of. C keeps them for
/// us. `g.cgo_sp` says, as in `asmcgocall`, that the thread's stack is in use.
///
/// # Unwinding
/// Nothing may unwind out of it: `asm!` can't be left so, and the function around it has no unwind
/// information for the time of the call, as nobody can know here how it finds its frame. A backtrace
/// from C goes up to that function and ends there, which the directives say.
///
/// # Safety
/// `g` is the calling thread's, on its own stack; `g.g0.sp` is on the thread's own stack below all its
/// live frames; `f` is sound to call there with as many of the `words` as are set, and returns by
/// returning, without a callback.
#[cfg(not(callgate_no_unwind_tables))]
#[inline(always)]
pub unsafe fn call_words(
    g: *mut Context,
    f: *const c_void,
    words: [MaybeUninit<u64>; WORD_ARGS],
) -> u64 {
    const { assert!(STACK_ALIGN == 16, "as `asm!` aligns the stack") };
    let [a, b, c, d, e, h] = words;
    let word;
    // SAFETY: the caller's promise. The stack pointer is the same after as before.
    unsafe {
        asm!(
            "mov r12, rsp",
            "mov qword ptr [r13 + {CGO_SP}], rsp",
            ".cfi_remember_state",
            ".cfi_undefined rip",
            "mov rsp, qword ptr [r10 + {SP}]",
            "call {f}",
            "mov rsp, r12",
            ".cfi_restore_state",
            "mov qword ptr [r13 + {CGO_SP}], 0", // Rust code runs again
            "xorps xmm15, xmm15",
            CGO_SP = const CGO_SP,
            SP = const SP,
            f = in(reg) f,
            in("r10") *g.byte_add(G0).cast::<*const u8>(),
            inout("r13") g => _,
            out("r12") _,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("rcx") d,
            in("r8") e,
            in("r9") h,
            lateout("rax") word,
            clobber_abi("C"),
        );
    }
    word
}

/// Never called: [`CALLS_WORDS`] says so.
///
/// # Safety
/// None.
#[cfg(callgate_no_unwind_tables)]
pub unsafe fn call_words(
    _: *mut Context,
    _: *const c_void,
    _: [MaybeUninit<u64>; WORD_ARGS],
) -> u64 {
    unreachable!("CALLS_WORDS is false")
}
