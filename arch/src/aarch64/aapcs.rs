//! aarch64 with the procedure call standard that all of its Unix systems share.
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `x19`–`x28`, `x29` (frame), `sp`; and `x30` (return address), which a call sets | `x0`–`x17` |
//! | vector | the low halves of `v8`–`v15`: `d8`–`d15` | the rest; `v31` is callgate's zero register on entry to runtime code |
//! | control | FPCR | FPSR |
//!
//! `x18` is the platform's (a shadow call stack, a thread's block) or a scratch register, as each system
//! says: nothing here touches it, so it is right on all. Source: *Procedure Call Standard for the Arm 64-bit
//! Architecture (AAPCS64)*, §6.1. There is no red zone but Apple's, which as on x86-64 matters to no
//! routine that is entered by a call.
//!
//! # Unwinding
//! Each routine that switches stacks keeps a frame record (`x29`, `x30`) on the *old* stack, with `x29`
//! pointing at it, and describes its frame by `x29` alone. Callees keep `x29`, so an unwinder, and a walker of
//! frame records, comes from the new stack to the old one:
//!
//! ```text
//!  callback's frames ─► cgocallback ─► exported shim ─► C frames ─► asmcgocall ─► the caller ─► gstart
//!   (G's stack)       (CFA = x29+160: thread's stack)            (CFA = x29+160: G's stack)     (end)
//! ```
//!
//! # Branch targets and return addresses (BTI, PAC)
//! Routines that may be reached by an indirect call (by a pointer, or a linker's veneer) begin with `bti c`,
//! which older processors take for a `nop`; `gogo` and `gstart` are reached by branches and returns
//! that need no landing pad. No routine signs its return address: a signature is made of the stack pointer
//! that it is checked with, and these frames are left by another way than they were entered (`gogo`,
//! [`drop_to_call`]), or have a frame address that changes ([`cgocallback`]). An unsigned return is valid on every
//! processor; code compiled with signing calls, and is called by, such routines freely. Its own frames lie
//! where they were, on a stack that doesn't move, so its signatures stay right.
//!
//! # Floating-point control
//! As on x86-64: into C nothing happens; a callback gets FPCR as Rust expects it, which is zero, and C gets its own
//! back; from G to G it is saved and loaded. A write of FPCR stalls the processor, so it is left out where
//! nothing would change.

#[cfg_attr(target_vendor = "apple", path = "macho_tls.rs")]
#[cfg_attr(not(target_vendor = "apple"), path = "elf_tls.rs")]
mod tls;
#[path = "../no_words.rs"]
mod words;

pub use tls::{g, setg};
pub use words::{CALLS_WORDS, WORD_ARGS, call_words};

use crate::context::{
    CGO_SP, FRAME_ARG, FRAME_CFA, FRAME_CGO_SP, FRAME_FP, FRAME_G0_SP, G0, SHIM, SP,
};
use crate::unwinding::{encoding, pass_over_c, personality};
use crate::{AbiEntry, CallbackEntry, CallbackFrame, Context, McallFn};
use core::arch::{asm, naked_asm};
use core::ffi::{c_int, c_void};
use tls::g_address;

/// Stacks are aligned to this many bytes wherever a function is called.
pub const STACK_ALIGN: usize = 16;

/// A panic passes over C frames by itself; see [`cgocallback`].
pub const PANICS_PASS: bool = true;

/// So many [`Scalar`](crate::Scalar) arguments are passed in registers, whatever they are: there are eight
/// for integers and pointers, and eight for floats (§6.8.2). The address of where a large result goes
/// has a register of its own, `x8`.
pub const REGISTER_ARGS: usize = 8;

/// Valgrind's notes on stacks are for other targets' sake; see `x86_64/valgrind.rs`.
#[inline(always)]
pub fn register_stack(_low: *const c_void, _high: *const c_void) {}

/// Whether compiled code leaves the zero register alone long enough for a test to see it in a callback: it takes
/// registers from the other end, and has many.
pub const ZERO_REGISTER_LASTS: bool = true;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = false;

/// The zero register (`v31`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let (low, high): (u64, u64);
    // SAFETY: only reads v31.
    unsafe {
        asm!(
            "mov {low}, v31.d[0]",
            "mov {high}, v31.d[1]",
            low = out(reg) low,
            high = out(reg) high,
            options(nostack, preserves_flags, nomem)
        );
    }
    (u128::from(high) << 64) | u128::from(low)
}

/// Saves all that a callee keeps, in a frame of `$size` bytes: the first instructions of every routine that
/// switches stacks, whose pictures show it.
macro_rules! save_registers {
    ($size:literal, $($cfi:literal $at:literal),*) => {
        concat!(
            "stp x29, x30, [sp, #-", $size, "]!\n",
            ".cfi_def_cfa_offset ", $size, "\n",
            $(".cfi_offset ", $cfi, ", ", $at, " - ", $size, "\n",)*
            "
            stp x19, x20, [sp, #16]
            stp x21, x22, [sp, #32]
            stp x23, x24, [sp, #48]
            stp x25, x26, [sp, #64]
            stp x27, x28, [sp, #80]
            stp d8, d9, [sp, #96]
            stp d10, d11, [sp, #112]
            stp d12, d13, [sp, #128]
            stp d14, d15, [sp, #144]
            "
        )
    };
    ($size:literal) => {
        save_registers!(
            $size, "x29" "0", "x30" "8", "x19" "16", "x20" "24", "x21" "32", "x22" "40", "x23" "48",
            "x24" "56", "x25" "64", "x26" "72", "x27" "80", "x28" "88", "d8" "96", "d9" "104",
            "d10" "112", "d11" "120", "d12" "128", "d13" "136", "d14" "144", "d15" "152"
        )
    };
}

/// Loads them again, but `x29` and `x30`.
macro_rules! load_registers {
    () => {
        "
        ldp x19, x20, [sp, #16]
        ldp x21, x22, [sp, #32]
        ldp x23, x24, [sp, #48]
        ldp x25, x26, [sp, #64]
        ldp x27, x28, [sp, #80]
        ldp d8, d9, [sp, #96]
        ldp d10, d11, [sp, #112]
        ldp d12, d13, [sp, #128]
        ldp d14, d15, [sp, #144]
        "
    };
}

/// Calls the function `g.shim` on the `g0` stack of the M that runs the calling thread's `g`, and comes
/// back. To be called as what `g.shim` is: argument and result registers pass through untouched.
///
/// While C runs, `g.cgo_sp` is where a callback goes on on the G's stack; it is null again after.
/// The call also "returns" when a callback leaves by [`drop_to_call`], with anything for a result:
/// the runtime knows which it was.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ caller's frame   │                    │ frames of the thread, or of  │
///        ├──────────────────┤                    │ outer calls and callbacks    │
///  +96…  │ caller's d8–d15  │                    │                              │
///  +16…  │ caller's x19–x28 │                    ├──────────────────────────────┤◄── g0.sp = sp
///   +8   │ return address   │                    │ shim's frame, then C's       │    (at the call)
///   +0   │ caller's x29     │◄── x29, g.cgo_sp   │                              ▼
///        │ a callback's     │
///        │ frames begin here▼
/// ```
///
/// Keeps all that a callee keeps. But for `x19`, in which `g` waits, they are saved for [`drop_to_call`] and
/// panics alone, whose C frames may have had them last: C's own return brings them back. `x9` to `x17` hold
/// no arguments.
///
/// Its personality routine ends the process when something unwinds out of C: the frames above hold
/// code that can't be unwound. That costs a call nothing, it is a word in the unwind tables.
///
/// # Safety
/// Called with the C ABI as a function of the type of `g.shim`, whose arguments and result lie in
/// registers, on the stack of the calling thread's `g`; `g.g0.sp` is on the thread's
/// own stack below all its live frames, and `g.shim` is sound to call there.
#[unsafe(naked)]
pub unsafe extern "C-unwind" fn asmcgocall() {
    naked_asm!(
        ".cfi_startproc",
        concat!(".cfi_personality ", encoding!(), ", {personality}"),
        "hint #34", // bti c
        save_registers!("160"),
        "mov x29, sp",
        ".cfi_def_cfa x29, 160",
        g_address!(),
        "ldr x19, [x9]",
        "str x29, [x19, #{CGO_SP}]",
        "ldr x9, [x19, #{SHIM}]",
        "ldr x10, [x19, #{G0}]",
        "ldr x10, [x10, #{SP}]",
        "mov sp, x10",
        "blr x9",
        "str xzr, [x19, #{CGO_SP}]", // Rust code runs again
        "movi v31.2d, #0",
        "mov sp, x29",
        "ldr x19, [sp, #16]",
        "ldp x29, x30, [sp], #160",
        ".cfi_def_cfa sp, 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        ".cfi_restore x19",
        "ret",
        ".cfi_endproc",
        CGO_SP = const CGO_SP,
        SHIM = const SHIM,
        G0 = const G0,
        SP = const SP,
        personality = sym personality,
    )
}

/// Leaves a callback without returning to C: continues at the return of the [`asmcgocall`] whose C
/// frames called back, and drops those frames. Go's recovery of a panic through C does the same.
///
/// ```text
///        the G's stack                            the g0 stack
///        │ caller's frame   │                     │                              │
///        │ caller's d8–d15  │                     │                              │◄── g0.sp (restored
///        │ caller's x19–x28 │                     │ shim's frame, C's frames     │     by the runtime)
///        │ return address   │ ◄─ returns here     │ and cgocallback's: dropped   │
///        │ caller's x29     │ ◄─ g.cgo_sp = sp    │                              ▼
///        │ callback's frames│ ◄─ we are here
/// ```
///
/// Clears `g.cgo_sp` and the zero register, and gives the call's caller all that a callee keeps.
///
/// # Safety
/// `g` is the calling thread's `g`; its `cgo_sp` has been restored to that of a live
/// [`asmcgocall`] and its `g0.sp` to the value from before that call; nothing on the frames in
/// between, Rust's or C's, needs to be dropped or will be used again.
#[unsafe(naked)]
pub unsafe extern "C" fn drop_to_call(g: *mut Context) -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined x30", // the frames it came from are gone
        "hint #34", // bti c
        "ldr x9, [x0, #{CGO_SP}]",
        "mov sp, x9",
        "str xzr, [x0, #{CGO_SP}]",
        "movi v31.2d, #0",
        load_registers!(),
        "ldp x29, x30, [sp], #160",
        "ret",
        ".cfi_endproc",
        CGO_SP = const CGO_SP,
    )
}

/// The number that unwinders have for the register by which the routines describe their frames: `x29`.
pub(crate) const FRAME_REGISTER: c_int = 29;
/// From the [`CallbackFrame`] to what `x29` says in [`cgocallback`].
pub(crate) const BASE: usize = size_of::<CallbackFrame>().next_multiple_of(STACK_ALIGN);
/// From [`Context::cgo_sp`] to the frame address of [`asmcgocall`].
pub(crate) const CGO_SP_TO_CFA: usize = 160;

pass_over_c!();

/// C → Rust. Runs `E::cgocallbackg(g, callback, frame)` on the stack of the G that is in C on this
/// thread. On a thread that has no G, `E::needm` is called first, directly: there is no `g` for
/// a wrapper to load, so the zero register is cleared by hand (Go's change of 2021).
///
/// This is also the ABI wrapper of a callback: it loads `g`, clears the zero register, gives Rust the default
/// floating-point control, and passes `g` first.
///
/// ```text
///        the g0 stack (C called us)              the G's stack
///        │ C frames              │               │ caller of asmcgocall, its    │
///        │ exported shim's frame │               │ frame (picture there)        │
/// +144…  │ caller's d8–d15       │               ├──────────────────────────────┤◄── g.cgo_sp = sp
///  +64…  │ caller's x19–x28      │               │ cgocallbackg, the callback   ▼    (at the call)
///  +56   │ return address        │
///  +48   │ caller's x29          │◄── x29
///  +40   │ (alignment)           │
///  +32   │ frame, to call with   │ ┐
///  +24   │ frame address         │ │
///  +16   │ g.cgo_sp before       │ │ CallbackFrame
///   +8   │ g0.sp before          │ │
///   +0   │ C's FPCR              │◄┴─ g0.sp while the callback runs: below every C frame
/// ```
///
/// # Unwinding
/// The registers are saved in the same places relative to the frame address as [`asmcgocall`] saves
/// them, and the frame address is read from memory. It says "C's side", so that a backtrace shows the C
/// frames; until a panic comes by that is to go on at the foreign call: then the personality routine
/// makes it `asmcgocall`'s on the G's stack, and the unwinder, which asks for it after that, takes what
/// called C for the caller of this routine, and passes over the C frames without a look at them. When
/// it really goes there, `E::unwindm` sets the accounts right: no landing pad is needed for that.
///
/// Keeps `x19`–`x30`, `d8`–`d15`, `sp` and FPCR. The G is locked to this thread while the callback
/// runs, so `x19` (= g) and the `g0` it names are the same before and after, even if the G parked.
///
/// # Safety
/// `callback` and `frame` are what `E` expects. Called by foreign code, or by Rust code that
/// stands for it.
#[unsafe(naked)]
pub unsafe extern "C" fn cgocallback<E: CallbackEntry>(
    callback: *const c_void,
    frame: *mut c_void,
) {
    naked_asm!(
        ".cfi_startproc",
        concat!(".cfi_personality ", encoding!(), ", {personality}"),
        "hint #34", // bti c
        save_registers!("160"),
        "mov x29, sp",
        ".cfi_def_cfa x29, 160",
        "sub sp, sp, #{BASE}",
        "add x9, x29, #160",
        "str x9, [sp, #{CFA}]",
        // DW_CFA_def_cfa_expression, 3 bytes: DW_OP_breg29 (x29) -24, DW_OP_deref. The frame address
        // is what `CallbackFrame::cfa` says.
        ".cfi_escape 0x0f, 3, 0x8d, 0x68, 0x06",
        "mrs x9, fpcr",
        "str x9, [sp, #{FP}]",
        "cbz x9, 2f",
        "msr fpcr, xzr",
        "2:",
        "movi v31.2d, #0",
        "mov x2, x1", // frame: the third argument below
        "mov x1, x0", // callback: the second
        g_address!(),
        "ldr x0, [x9]",
        "mov x20, #0", // 1: needm was called
        "cbz x0, 4f",
        "3:",
        "ldr x9, [x0, #{CGO_SP}]",
        "cbz x9, 5f",
        "mov x19, x0",
        "ldr x10, [x0, #{G0}]",
        "ldr x11, [x10, #{SP}]",
        "str x11, [sp, #{G0_SP}]",
        "str x9, [sp, #{OLD_CGO_SP}]",
        "str x2, [sp, #{ARG}]",
        "mov x11, sp",
        "str x11, [x10, #{SP}]",
        "str xzr, [x0, #{CGO_SP}]",
        "mov sp, x9",
        "bl {cgocallbackg}",
        "cbnz x0, 8f",
        "6:",
        "sub sp, x29, #{BASE}",
        "ldr x10, [x19, #{G0}]",
        "ldr x11, [sp, #{G0_SP}]",
        "ldr x9, [sp, #{OLD_CGO_SP}]",
        "str x11, [x10, #{SP}]",
        "str x9, [x19, #{CGO_SP}]",
        "cbnz x20, 9f",
        "7:",
        "ldr x9, [sp, #{FP}]",
        "mrs x10, fpcr",
        "cmp x9, x10",
        "b.eq 2f",
        "msr fpcr, x9",
        "2:",
        "mov sp, x29",
        ".cfi_remember_state",
        ".cfi_def_cfa sp, 160",
        "ldp x19, x20, [sp, #16]", // the callee has kept the others
        "ldp x29, x30, [sp], #160",
        ".cfi_def_cfa sp, 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        ".cfi_restore x19",
        ".cfi_restore x20",
        "ret",
        ".cfi_restore_state",
        // A shim that may unwind, called without a Rust frame in between.
        "8:",
        "mov x9, x0",
        "sub x10, x29, #{BASE}",
        "ldr x0, [x10, #{ARG}]",
        "blr x9",
        "mov x0, x19",
        "bl {end}",
        "b 6b",
        // No g: needm, past the wrapper. The zero register was cleared above.
        "4:",
        "stp x1, x2, [sp, #{G0_SP}]",
        "bl {needm}",
        "ldp x1, x2, [sp, #{G0_SP}]",
        "mov x20, #1",
        "movi v31.2d, #0",
        "b 3b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "5:",
        "bl {direct}",
        "b 7b",
        "9:",
        "mov x0, x19",
        "bl {dropm}",
        "b 7b",
        ".cfi_endproc",
        BASE = const BASE,
        CFA = const FRAME_CFA,
        personality = sym pass_over_c::<E>,
        ARG = const FRAME_ARG,
        FP = const FRAME_FP,
        G0_SP = const FRAME_G0_SP,
        OLD_CGO_SP = const FRAME_CGO_SP,
        CGO_SP = const CGO_SP,
        G0 = const G0,
        SP = const SP,
        cgocallbackg = sym E::cgocallbackg,
        end = sym E::end,
        direct = sym E::direct,
        needm = sym E::needm,
        dropm = sym E::dropm,
    )
}

/// Leaves the G that runs on this thread, runs `f(g, arg)` on a fresh frame of the `g0` stack, and
/// resumes the G that `f` returns: another one, or the same. Returns when the G that was left is
/// resumed, maybe on another thread.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ caller's frame   │                    │ C frames, if the G is in a   │
/// +160   │ FPCR             │                    │ callback: never touched      │
///  +96…  │ caller's d8–d15  │                    ├──────────────────────────────┤◄── g0.sp = sp
///  +16…  │ caller's x19–x28 │                    │ f's frame: the scheduler     ▼    (at the call)
///   +8   │ return address   │
///   +0   │ caller's x29     │◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps `x19`–`x30`, `d8`–`d15`, `sp` and FPCR of each G.
///
/// # Safety
/// Called on the stack of the thread's `g`, which is a G and not a `g0`, and not in C. `f` returns
/// a context that was saved by `mcall` or [`mstart`] or made by [`init_stack`], that no other
/// thread runs, and whose `g0` is this thread's.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall(f: McallFn, arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        "hint #34", // bti c
        save_registers!("176"),
        "mrs x9, fpcr",
        "str x9, [sp, #160]",
        "mov x2, x0",
        g_address!(),
        "ldr x0, [x9]",
        "mov x10, sp",
        "str x10, [x0, #{SP}]",
        "ldr x10, [x0, #{G0}]",
        "str x10, [x9]",
        "ldr x11, [x10, #{SP}]",
        "mov sp, x11",
        ".cfi_remember_state",
        ".cfi_undefined x30",
        "blr x2",
        "ldr x9, [x0, #{SP}]",
        "mov sp, x9",
        ".cfi_restore_state",
        "b {gogo}",
        ".cfi_endproc",
        G0 = const G0,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// [`mcall`] for a G that ends: it saves nothing, for nobody resumes that G.
///
/// # Safety
/// As for [`mcall`], and `f` returns another context. Nothing on the G's stack is needed any more.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall_last(f: McallFn, arg: *mut c_void) -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined x30",
        "hint #34", // bti c
        "mov x2, x0",
        g_address!(),
        "ldr x0, [x9]",
        "ldr x10, [x0, #{G0}]",
        "str x10, [x9]",
        "ldr x11, [x10, #{SP}]",
        "mov sp, x11",
        "blr x2",
        "ldr x9, [x0, #{SP}]",
        "mov sp, x9",
        "b {gogo}",
        ".cfi_endproc",
        G0 = const G0,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Resumes the G in `x0`, whose saved registers `sp` already points at; the end of [`mcall`] and
/// [`mstart`]. See the pictures there; the frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_def_cfa sp, 176",
        ".cfi_offset x29, -176",
        ".cfi_offset x30, -168",
        g_address!(),
        "str x0, [x9]",
        "movi v31.2d, #0",
        "ldr x9, [sp, #160]",
        "mrs x10, fpcr",
        "cmp x9, x10",
        "b.eq 2f",
        "msr fpcr, x9",
        "2:",
        load_registers!(),
        "ldp x29, x30, [sp], #176",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
    )
}

/// Turns the calling code into the `g0` of a new M: runs `first` and whatever is scheduled after
/// it, and returns when an [`mcall`]'d function returns `g0` itself.
///
/// ```text
///        the thread's own stack
///        │ caller's frame           │
///        │ the registers, as mcall's│◄── g0.sp: mcall's frames begin below, and
///        ├──────────────────────────┤    resuming g0 loads these and returns
///        ▼ f's frames, C's frames
/// ```
///
/// Keeps `x19`–`x30`, `d8`–`d15`, `sp` and FPCR.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        ".cfi_startproc",
        "hint #34", // bti c
        save_registers!("176"),
        "mrs x9, fpcr",
        "str x9, [sp, #160]",
        "mov x9, sp",
        "str x9, [x0, #{SP}]",
        "mov x0, x1",
        "ldr x9, [x1, #{SP}]",
        "mov sp, x9",
        "b {gogo}",
        ".cfi_endproc",
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Lays out a fresh stack whose first resumption calls `entry(arg)`, with the default
/// floating-point control, at the outermost frame of a backtrace. Returns the context's `sp`.
///
/// ```text
///  top   ├──────────────────┤ aligned to STACK_ALIGN: sp in gstart
///  -16   │ 0           FPCR │
///  -80…  │ 0       d8 – d15 │
/// -144…  │ 0      x21 – x28 │
/// -152   │ arg          x20 │
/// -160   │ entry        x19 │
/// -168   │ gstart       x30 │    gogo's ret goes there
/// -176   │ 0            x29 │◄── sp
/// ```
///
/// # Safety
/// The 176 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let mut words = [0_usize; 22];
    // Past its `nop`: an unwinder looks up the instruction before a return address.
    words[1] = gstart as *const () as usize + 4;
    words[2] = entry as usize;
    words[3] = arg.expose_provenance();
    // SAFETY: the contract gives us the 176 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 22]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `x19(x20)`. Its return address is undefined for an unwinder,
/// so every backtrace of a G ends here; its `x29` is null, so a walker of frame records ends here, too.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined x30",
        "nop",
        "mov x0, x20",
        "blr x19",
        "brk #1",
        ".cfi_endproc",
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g` (null where the thread has none), clears the zero register, and calls `E::enter(g, arg)`.
///
/// ```text
///        │ caller's frame   │
///   +8   │ return address   │
///   +0   │ caller's x29     │◄── sp, x29
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        "hint #34", // bti c
        "stp x29, x30, [sp, #-16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        "movi v31.2d, #0",
        "mov x1, x0",
        g_address!(),
        "ldr x0, [x9]",
        "bl {enter}",
        "ldp x29, x30, [sp], #16",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
        enter = sym E::enter,
    )
}

const _: () = assert!(size_of::<CallbackFrame>() == 40 && FRAME_CGO_SP == FRAME_G0_SP + 8);
// As `cgocallback`'s unwind information has it.
const _: () = assert!(BASE - FRAME_CFA == 24);
