//! riscv64 with the standard calling convention for hardware `double`s (LP64D).
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `s0` (frame) – `s11`, `sp` | `a0`–`a7`, `t0`–`t6`, `ra` |
//! | float | `fs0`–`fs11` | `fa0`–`fa7`, `ft0`–`ft11`; `ft11` is callgate's zero register on entry to runtime code |
//! | vector | none | all |
//! | control | the rounding mode `frm` | the flags `fflags` |
//!
//! `gp` and `tp` are the linker's and the thread's, and never change. Source: *RISC-V ABIs Specification*,
//! §1 and §2. There is no red zone.
//!
//! # Unwinding
//! Each routine that switches stacks keeps the *old* stack's frame address in `s0`, with the return address
//! and the caller's `s0` below it as the convention of frame pointers has it, and describes its frame by `s0`
//! alone. Callees keep `s0`, so an unwinder (and a frame-pointer walker) that comes from the new stack
//! finds its way to the old one:
//!
//! ```text
//!  callback's frames ─► cgocallback ─► exported shim ─► C frames ─► asmcgocall ─► the caller ─► gstart
//!   (G's stack)          (CFA = s0: thread's stack)                (CFA = s0: G's stack)        (end)
//! ```
//!
//! # Floating-point control
//! As on x86-64: into C nothing happens; a callback gets the rounding mode that Rust expects, which is zero
//! (to nearest), and C gets its own back; from G to G it is saved and loaded.

#[path = "elf_tls.rs"]
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
/// for integers and pointers, and eight for floats, of which more go where integers do (§2.2). The address
/// of where a large result goes is an argument, too.
pub const REGISTER_ARGS: usize = 8;

/// Valgrind's notes on stacks are for other targets' sake; see `x86_64/valgrind.rs`.
#[inline(always)]
pub fn register_stack(_low: *const c_void, _high: *const c_void) {}

/// Whether compiled code leaves the zero register alone long enough for a test to see it in a callback: it takes
/// registers from the other end, and has many.
pub const ZERO_REGISTER_LASTS: bool = true;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = false;

/// The zero register (`ft11`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let bits: u64;
    // SAFETY: only reads ft11.
    unsafe {
        asm!("fmv.x.d {}, ft11", out(reg) bits, options(nostack, preserves_flags, nomem));
    }
    u128::from(bits)
}

/// Saves all that a callee keeps, in a frame of 208 bytes whose last word is free: the first
/// instructions of every routine that switches stacks, whose pictures show it.
macro_rules! save_registers {
    () => {
        "
            addi sp, sp, -208
            .cfi_def_cfa_offset 208
            sd ra, 200(sp)
            sd s0, 192(sp)
            sd s1, 184(sp)
            sd s2, 176(sp)
            sd s3, 168(sp)
            sd s4, 160(sp)
            sd s5, 152(sp)
            sd s6, 144(sp)
            sd s7, 136(sp)
            sd s8, 128(sp)
            sd s9, 120(sp)
            sd s10, 112(sp)
            sd s11, 104(sp)
            fsd fs0, 96(sp)
            fsd fs1, 88(sp)
            fsd fs2, 80(sp)
            fsd fs3, 72(sp)
            fsd fs4, 64(sp)
            fsd fs5, 56(sp)
            fsd fs6, 48(sp)
            fsd fs7, 40(sp)
            fsd fs8, 32(sp)
            fsd fs9, 24(sp)
            fsd fs10, 16(sp)
            fsd fs11, 8(sp)
            .cfi_offset ra, -8
            .cfi_offset s0, -16
            .cfi_offset s1, -24
            .cfi_offset s2, -32
            .cfi_offset s3, -40
            .cfi_offset s4, -48
            .cfi_offset s5, -56
            .cfi_offset s6, -64
            .cfi_offset s7, -72
            .cfi_offset s8, -80
            .cfi_offset s9, -88
            .cfi_offset s10, -96
            .cfi_offset s11, -104
            .cfi_offset fs0, -112
            .cfi_offset fs1, -120
            .cfi_offset fs2, -128
            .cfi_offset fs3, -136
            .cfi_offset fs4, -144
            .cfi_offset fs5, -152
            .cfi_offset fs6, -160
            .cfi_offset fs7, -168
            .cfi_offset fs8, -176
            .cfi_offset fs9, -184
            .cfi_offset fs10, -192
            .cfi_offset fs11, -200
        "
    };
}

/// Loads them again, and takes the frame away.
macro_rules! load_registers {
    () => {
        "
            ld ra, 200(sp)
            ld s0, 192(sp)
            ld s1, 184(sp)
            ld s2, 176(sp)
            ld s3, 168(sp)
            ld s4, 160(sp)
            ld s5, 152(sp)
            ld s6, 144(sp)
            ld s7, 136(sp)
            ld s8, 128(sp)
            ld s9, 120(sp)
            ld s10, 112(sp)
            ld s11, 104(sp)
            fld fs0, 96(sp)
            fld fs1, 88(sp)
            fld fs2, 80(sp)
            fld fs3, 72(sp)
            fld fs4, 64(sp)
            fld fs5, 56(sp)
            fld fs6, 48(sp)
            fld fs7, 40(sp)
            fld fs8, 32(sp)
            fld fs9, 24(sp)
            fld fs10, 16(sp)
            fld fs11, 8(sp)
            addi sp, sp, 208
            .cfi_def_cfa sp, 0
            .cfi_restore ra
            .cfi_restore s0
            .cfi_restore s1
            .cfi_restore s2
            .cfi_restore s3
            .cfi_restore s4
            .cfi_restore s5
            .cfi_restore s6
            .cfi_restore s7
            .cfi_restore s8
            .cfi_restore s9
            .cfi_restore s10
            .cfi_restore s11
            .cfi_restore fs0
            .cfi_restore fs1
            .cfi_restore fs2
            .cfi_restore fs3
            .cfi_restore fs4
            .cfi_restore fs5
            .cfi_restore fs6
            .cfi_restore fs7
            .cfi_restore fs8
            .cfi_restore fs9
            .cfi_restore fs10
            .cfi_restore fs11
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
///        ├──────────────────┤◄── s0              │ outer calls and callbacks    │
///   -8   │ return address   │                    │                              │
///  -16   │ caller's s0      │                    │                              │
/// -104…  │ caller's s1–s11  │                    ├──────────────────────────────┤◄── g0.sp = sp
/// -200…  │ caller's fs0–fs11│                    │ shim's frame, then C's       │    (at the call)
/// -208   │ (alignment)      │◄── g.cgo_sp        │                              ▼
///        │ a callback's     │
///        │ frames begin here▼
/// ```
///
/// Keeps all that a callee keeps. But for `s1`, in which `g` waits, they are saved for [`drop_to_call`] and
/// panics alone, whose C frames may have had them last: C's own return brings them back. `t0` to `t6` hold
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
        save_registers!(),
        "addi s0, sp, 208",
        ".cfi_def_cfa s0, 0",
        g_address!(),
        "ld s1, 0(t0)",
        "sd sp, {CGO_SP}(s1)",
        "ld t1, {SHIM}(s1)",
        "ld t2, {G0}(s1)",
        "ld sp, {SP}(t2)",
        "jalr t1",
        "sd zero, {CGO_SP}(s1)", // Rust code runs again
        "fmv.d.x ft11, zero",
        "addi sp, s0, -208",
        "ld ra, 200(sp)",
        "ld s0, 192(sp)",
        "ld s1, 184(sp)",
        "addi sp, sp, 208",
        ".cfi_def_cfa sp, 0",
        ".cfi_restore ra",
        ".cfi_restore s0",
        ".cfi_restore s1",
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
///        │ return address   │ ◄─ returns here     │                              │◄── g0.sp (restored
///        │ caller's s0–s11  │                     │ shim's frame, C's frames     │     by the runtime)
///        │ caller's fs0–fs11│                     │ and cgocallback's: dropped   │
///        │ (alignment)      │ ◄─ g.cgo_sp = sp    │                              ▼
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
        ".cfi_undefined ra", // the frames it came from are gone
        "ld sp, {CGO_SP}(a0)",
        "sd zero, {CGO_SP}(a0)",
        "fmv.d.x ft11, zero",
        load_registers!(),
        "ret",
        ".cfi_endproc",
        CGO_SP = const CGO_SP,
    )
}

/// The number that unwinders have for the register by which the routines describe their frames: `s0`.
pub(crate) const FRAME_REGISTER: c_int = 8;
/// From the [`CallbackFrame`] to what `s0` says in [`cgocallback`].
pub(crate) const BASE: usize = (size_of::<CallbackFrame>() + 208).next_multiple_of(STACK_ALIGN);
/// From [`Context::cgo_sp`] to the frame address of [`asmcgocall`].
pub(crate) const CGO_SP_TO_CFA: usize = 208;

pass_over_c!();

/// C → Rust. Runs `E::cgocallbackg(g, callback, frame)` on the stack of the G that is in C on this
/// thread. On a thread that has no G, `E::needm` is called first, directly: there is no `g` for
/// a wrapper to load, so the zero register is cleared by hand (Go's change of 2021).
///
/// This is also the ABI wrapper of a callback: it loads `g`, clears the zero register, gives Rust the default
/// rounding mode, and passes `g` first.
///
/// ```text
///        the g0 stack (C called us)              the G's stack
///        │ C frames              │               │ caller of asmcgocall, its    │
///        │ exported shim's frame │               │ frame (picture there)        │
/// +256   ├───────────────────────┤◄── s0         ├──────────────────────────────┤◄── g.cgo_sp = sp
/// +248   │ return address        │               │ cgocallbackg, the callback   ▼    (at the call)
/// +240   │ caller's s0           │
/// +152…  │ caller's s1–s11       │
///  +56…  │ caller's fs0–fs11     │
///  +40…  │ (alignment)           │
///  +32   │ frame, to call with   │ ┐
///  +24   │ frame address         │ │
///  +16   │ g.cgo_sp before       │ │ CallbackFrame
///   +8   │ g0.sp before          │ │
///   +0   │ C's rounding mode     │◄┴─ g0.sp while the callback runs: below every C frame
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
/// Keeps `s0`–`s11`, `fs0`–`fs11`, `sp` and the rounding mode. The G is locked to this thread while the
/// callback runs, so `s1` (= g) and the `g0` it names are the same before and after, even if the G parked.
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
        save_registers!(),
        "addi s0, sp, 208",
        ".cfi_def_cfa s0, 0",
        "addi sp, s0, -{BASE}",
        "sd s0, {CFA}(sp)",
        // DW_CFA_def_cfa_expression, 4 bytes: DW_OP_breg8 (s0) -232, DW_OP_deref. The frame address
        // is what `CallbackFrame::cfa` says.
        ".cfi_escape 0x0f, 4, 0x78, 0x98, 0x7e, 0x06",
        "fsrm t1, zero",
        "sd t1, {FP}(sp)",
        "fmv.d.x ft11, zero",
        "mv a2, a1", // frame: the third argument below
        "mv a1, a0", // callback: the second
        g_address!(),
        "ld a0, 0(t0)",
        "li s2, 0", // 1: needm was called
        "beqz a0, 4f",
        "3:",
        "ld t0, {CGO_SP}(a0)",
        "beqz t0, 5f",
        "mv s1, a0",
        "ld t1, {G0}(a0)",
        "ld t2, {SP}(t1)",
        "sd t2, {G0_SP}(sp)",
        "sd t0, {OLD_CGO_SP}(sp)",
        "sd a2, {ARG}(sp)",
        "sd sp, {SP}(t1)",
        "sd zero, {CGO_SP}(a0)",
        "mv sp, t0",
        "call {cgocallbackg}",
        "bnez a0, 8f",
        "6:",
        "addi sp, s0, -{BASE}",
        "ld t1, {G0}(s1)",
        "ld t2, {G0_SP}(sp)",
        "ld t0, {OLD_CGO_SP}(sp)",
        "sd t2, {SP}(t1)",
        "sd t0, {CGO_SP}(s1)",
        "bnez s2, 9f",
        "7:",
        "ld t1, {FP}(sp)",
        "fsrm t1",
        "ld s2, 176 - 208 + {BASE}(sp)", // the callee has kept the others
        "ld s1, 184 - 208 + {BASE}(sp)",
        "ld ra, 200 - 208 + {BASE}(sp)",
        ".cfi_remember_state",
        ".cfi_def_cfa sp, {BASE}",
        "ld s0, 192 - 208 + {BASE}(sp)",
        ".cfi_restore s0",
        "addi sp, sp, {BASE}",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore ra",
        ".cfi_restore s1",
        ".cfi_restore s2",
        "ret",
        ".cfi_restore_state",
        // A shim that may unwind, called without a Rust frame in between.
        "8:",
        "mv t1, a0",
        "ld a0, {ARG} - {BASE}(s0)",
        "jalr t1",
        "mv a0, s1",
        "call {end}",
        "j 6b",
        // No g: needm, past the wrapper. The zero register was cleared above.
        "4:",
        "sd a1, {G0_SP}(sp)",
        "sd a2, {OLD_CGO_SP}(sp)",
        "call {needm}",
        "ld a1, {G0_SP}(sp)",
        "ld a2, {OLD_CGO_SP}(sp)",
        "li s2, 1",
        "fmv.d.x ft11, zero",
        "j 3b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "5:",
        "call {direct}",
        "j 7b",
        "9:",
        "mv a0, s1",
        "call {dropm}",
        "j 7b",
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
/// +200   │ return address   │                    │ callback: never touched      │
/// +104…  │ caller's s0–s11  │                    ├──────────────────────────────┤◄── g0.sp = sp
///   +8…  │ caller's fs0–fs11│                    │ f's frame: the scheduler     ▼    (at the call)
///   +0   │ rounding mode    │◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps `s0`–`s11`, `fs0`–`fs11`, `sp` and the rounding mode of each G.
///
/// # Safety
/// Called on the stack of the thread's `g`, which is a G and not a `g0`, and not in C. `f` returns
/// a context that was saved by `mcall` or [`mstart`] or made by [`init_stack`], that no other
/// thread runs, and whose `g0` is this thread's.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall(f: McallFn, arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        save_registers!(),
        "frrm t1",
        "sd t1, 0(sp)",
        "mv a2, a0",
        g_address!(),
        "ld a0, 0(t0)",
        "sd sp, {SP}(a0)",
        "ld t1, {G0}(a0)",
        "sd t1, 0(t0)",
        "ld sp, {SP}(t1)",
        ".cfi_remember_state",
        ".cfi_undefined ra",
        "jalr a2",
        "ld sp, {SP}(a0)",
        ".cfi_restore_state",
        "tail {gogo}",
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
        ".cfi_undefined ra",
        "mv a2, a0",
        g_address!(),
        "ld a0, 0(t0)",
        "ld t1, {G0}(a0)",
        "sd t1, 0(t0)",
        "ld sp, {SP}(t1)",
        "jalr a2",
        "ld sp, {SP}(a0)",
        "tail {gogo}",
        ".cfi_endproc",
        G0 = const G0,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Resumes the G in `a0`, whose saved registers `sp` already points at; the end of [`mcall`] and
/// [`mstart`]. See the pictures there; the frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_def_cfa sp, 208",
        ".cfi_offset ra, -8",
        ".cfi_offset s0, -16",
        g_address!(),
        "sd a0, 0(t0)",
        "fmv.d.x ft11, zero",
        "ld t1, 0(sp)",
        "fsrm t1",
        load_registers!(),
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
/// Keeps `s0`–`s11`, `fs0`–`fs11`, `sp` and the rounding mode.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        ".cfi_startproc",
        save_registers!(),
        "frrm t1",
        "sd t1, 0(sp)",
        "sd sp, {SP}(a0)",
        "mv a0, a1",
        "ld sp, {SP}(a1)",
        "tail {gogo}",
        ".cfi_endproc",
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Lays out a fresh stack whose first resumption calls `entry(arg)`, rounding to nearest, at the outermost
/// frame of a backtrace. Returns the context's `sp`.
///
/// ```text
///  top   ├──────────────────┤ aligned to STACK_ALIGN: sp in gstart
///   -8   │ gstart        ra │    gogo's ret goes there
///  -16   │ 0             s0 │
///  -24   │ entry         s1 │
///  -32   │ arg           s2 │
/// -104…  │ 0       s3 – s11 │
/// -200…  │ 0     fs0 – fs11 │
/// -208   │ 0  rounding mode │◄── sp
/// ```
///
/// # Safety
/// The 208 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let mut words = [0_usize; 26];
    // Past its `nop`: an unwinder looks up the instruction before a return address.
    words[25] = gstart as *const () as usize + 4;
    words[23] = entry as usize;
    words[22] = arg.expose_provenance();
    // SAFETY: the contract gives us the 208 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 26]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `s1(s2)`. Its return address is undefined for an unwinder,
/// so every backtrace of a G ends here.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined ra",
        ".option push",
        ".option norvc", // four bytes
        "nop",
        ".option pop",
        "mv a0, s2",
        "jalr s1",
        "unimp",
        ".cfi_endproc",
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g` (null where the thread has none), clears the zero register, and calls `E::enter(g, arg)`.
///
/// ```text
///        │ caller's frame   │◄── s0
///   +8   │ return address   │
///   +0   │ caller's s0      │◄── sp
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        "addi sp, sp, -16",
        ".cfi_def_cfa_offset 16",
        "sd ra, 8(sp)",
        ".cfi_offset ra, -8",
        "sd s0, 0(sp)",
        ".cfi_offset s0, -16",
        "addi s0, sp, 16",
        "fmv.d.x ft11, zero",
        "mv a1, a0",
        g_address!(),
        "ld a0, 0(t0)",
        "call {enter}",
        "ld s0, 0(sp)",
        "ld ra, 8(sp)",
        "addi sp, sp, 16",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore ra",
        ".cfi_restore s0",
        "ret",
        ".cfi_endproc",
        enter = sym E::enter,
    )
}

const _: () = assert!(size_of::<CallbackFrame>() == 40 && BASE == 256);
// As `cgocallback`'s unwind information has it.
const _: () = assert!(BASE - FRAME_CFA == 232);
