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
//! | `target_arch` | `target_os` | file |
//! | --- | --- | --- |
//! | `x86_64` | Linux (any libc) | `x86_64/sysv.rs` (its `g`: `x86_64/elf_tls.rs`) |
//! | `x86_64` | Windows | `x86_64/windows.rs` (its `g`: `x86_64/windows_tls.rs`) |
#![no_std]

#[cfg(test)]
extern crate std;

mod call_n;
mod context;
mod scalar;
#[cfg_attr(windows, path = "unwinding_windows.rs")]
mod unwinding;

pub use call_n::{MAX_ARGS, call_n};
pub use context::{
    AbiEntry, CallbackEntry, CallbackFn, CallbackFrame, Context, McallFn, StackBounds, UnwindingFn,
};
pub use scalar::Scalar;
pub use unwinding::on_unwinding;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[path = "x86_64/sysv.rs"]
mod target;

#[cfg(all(target_arch = "x86_64", windows))]
#[path = "x86_64/windows.rs"]
mod target;

#[cfg(not(all(target_arch = "x86_64", any(target_os = "linux", windows))))]
compile_error!(
    "callgate has no assembly for this target yet; the table in callgate-arch's crate docs lists those it has"
);

#[cfg(windows)]
pub use target::set_tls_slot;
pub use target::{
    CALLS_WORDS, PANICS_PASS, REGISTER_ARGS, STACK_ALIGN, WORD_ARGS, abi_wrapper, asmcgocall,
    call_words, cgocallback, drop_to_call, g, init_stack, mcall, mcall_last, mstart,
    register_stack, setg, zero_register,
};

#[cfg(test)]
mod tests;
