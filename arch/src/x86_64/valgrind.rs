//! A note for Valgrind, which takes a jump of the stack pointer within 2 MiB for a call or a return
//! unless it knows that there are two stacks.

use core::arch::asm;
use core::ffi::c_void;

/// `VG_USERREQ__STACK_REGISTER`.
const STACK_REGISTER: usize = 0x1501;

/// Says that a stack lies between `low` and `high`, and stays. Under Valgrind this is what
/// `VALGRIND_STACK_REGISTER` does; the processor takes it for nothing, in a few cycles.
pub fn register_stack(low: *const c_void, high: *const c_void) {
    let request = [STACK_REGISTER, low.addr(), high.addr(), 0, 0, 0];
    // SAFETY: the rotations add up to a whole turn and the exchange is of a register with itself.
    // Valgrind, which knows the sequence, reads the request and sets rdx.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const request,
            inout("rdi") 0_usize => _,
            inout("rdx") 0_usize => _,
            options(nostack)
        );
    }
}
