//! The assembly of callgate: stack switches, the ways into and out of C, and the thread-local `g`.
//!
//! This crate knows stacks and registers. It doesn't know what a G is beyond its first four words
//! ([`Context`]), never allocates, never blocks and decides nothing: policy is the runtime's.
//! Each target is one file that defines the same set of items; [the table below](self#targets) picks
//! it, and nothing outside such a file says the name of a register.
//!
//! # The routines
//! | routine | from | to |
//! | --- | --- | --- |
//! | [`asmcgocall`] | a G's stack | a C function on the `g0` stack, and back |
//! | [`call_words`] | a G's stack | a C function that doesn't call back on the `g0` stack, and back |
//! | [`cgocallback`] | C on the `g0` stack | Rust code on the G's stack, and back |
//! | [`drop_to_call`] | Rust code in a callback | the return of the [`asmcgocall`] below it, without the C frames |
//! | [`mcall`] | a G's stack | the scheduler on a fresh `g0` frame, then the G that it chooses |
//! | [`mcall_last`] | a G's stack, for the last time | the same |
//! | [`mstart`] | a thread's own code | the first G; returns when the scheduler resumes `g0` itself |
//! | [`abi_wrapper`] | any foreign code | a runtime function, on the stack it is on |
//!
//! The words are those of Go's runtime, whose `asm_amd64.s` and `cgocall.go` describe the same
//! moves ([seed commit of 2011](https://golang.org/cl/4253054)). Two things differ: an `mcall`'d
//! function *returns* the G to resume where Go's jumps, so that call and return instructions stay
//! paired for the processor's return predictor and no Rust frame is ever jumped over; and `g` is
//! not kept in a register, because Rust has none to spare.
//!
//! # Targets
//! | target | file | its thread-local `g` |
//! | --- | --- | --- |
//! | `x86_64`, Unix | `x86_64/sysv.rs` | `x86_64/{elf,macho,call}_tls.rs` |
//! | `x86_64`, Windows | `x86_64/windows.rs` | `windows_tls.rs` |
//! | `x86`, Unix with ELF | `x86/sysv.rs` | `x86/elf_tls.rs` |
//! | `x86`, Windows (MinGW) | `x86/windows.rs` | `windows_tls.rs` |
//! | `aarch64`, Unix | `aarch64/aapcs.rs` | `aarch64/{elf,macho}_tls.rs` |
//! | `arm`, Linux, hard-float | `arm/aapcs_vfp.rs` | `arm/elf_tls.rs` |
//! | `riscv64`, Unix (`gc`) | `riscv64/lp64d.rs` | `riscv64/elf_tls.rs` |
//!
//! # The zero register
//! Go's internal ABI on x86-64 declares that X15 is zero, and each way from foreign code into Go clears
//! it. callgate keeps that rule on every target, by a vector register that C may leave full and that
//! passes neither arguments nor results of the runtime: `xmm15`, `xmm7` on x86, `v31` on aarch64, `d7` on
//! arm, `ft11` on riscv64. (A register that is zero by design, such as riscv64's `x0`, would test
//! nothing.) [`zero_register`] reads it; [`ZERO_REGISTER_LASTS`] says whether it is still zero some compiled
//! code later, and [`ZERO_REGISTER_IS_KEPT`] whether it is the caller's, as `xmm15` on Windows: there each
//! way in saves it for C, and what is called or switched away from brings back what it had.
#![no_std]

#[cfg(test)]
extern crate std;

mod call_n;
mod context;
mod scalar;
#[cfg(windows)]
mod seh;
#[cfg(unix)]
mod tls;
mod unwinding;

pub use call_n::{MAX_ARGS, call_n};
pub use context::{
    AbiEntry, CallbackEntry, CallbackFn, CallbackFrame, Context, McallFn, StackBounds, UnwindingFn,
};
pub use scalar::Scalar;
#[cfg(unix)]
pub use unwinding::code_address;
pub use unwinding::on_unwinding;

// The table of targets. Where no row fits, `target.rs` says so.
#[cfg_attr(all(target_arch = "x86_64", unix), path = "x86_64/sysv.rs")]
#[cfg_attr(all(target_arch = "x86_64", windows), path = "x86_64/windows.rs")]
#[cfg_attr(all(target_arch = "x86", unix, not(target_vendor = "apple")), path = "x86/sysv.rs")]
#[cfg_attr(all(target_arch = "x86", windows, target_env = "gnu"), path = "x86/windows.rs")]
#[cfg_attr(all(target_arch = "aarch64", unix), path = "aarch64/aapcs.rs")]
#[cfg_attr(
    all(target_arch = "arm", target_os = "linux", target_abi = "eabihf"),
    path = "arm/aapcs_vfp.rs"
)]
#[cfg_attr(all(target_arch = "riscv64", unix), path = "riscv64/lp64d.rs")]
mod target;

#[cfg(windows)]
pub use target::set_tls_slot;
pub use target::{
    CALLS_WORDS, PANICS_PASS, REGISTER_ARGS, STACK_ALIGN, WORD_ARGS, ZERO_REGISTER_IS_KEPT,
    ZERO_REGISTER_LASTS, abi_wrapper, asmcgocall, call_words, cgocallback, drop_to_call, g,
    init_stack, mcall, mcall_last, mstart, register_stack, setg, zero_register,
};

#[cfg(test)]
mod tests;
