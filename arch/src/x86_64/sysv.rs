//! x86-64 with the System V ABI (every Unix).
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `rbx rbp r12`–`r15 rsp` | `rax rcx rdx rsi rdi r8`–`r11` |
//! | vector | none | all; `xmm15` is callgate's zero register on entry to runtime code |
//! | control | MXCSR control bits, x87 control word, DF = 0 at every call and return | the status bits |
//!
//! Source: *System V Application Binary Interface, AMD64 Architecture Processor Supplement*, §3.2.
//! The red zone (the 128 bytes below `rsp` that a leaf function may use) matters only to code that
//! is interrupted: every routine here is entered by a call, and a caller has no red zone across one.
//!
//! # Unwinding
//! Each routine that switches stacks keeps the *old* stack's frame address in `rbp` and describes
//! its frame by `rbp` alone. Callees keep `rbp`, so an unwinder (and a frame-pointer walker) that
//! comes from the new stack finds its way to the old one, and no stack needs a forged return address:
//!
//! ```text
//!  callback's frames ─► cgocallback ─► exported shim ─► C frames ─► asmcgocall ─► the caller ─► gstart
//!   (G's stack)          (CFA = rbp+16: thread's stack)             (CFA = rbp+16: G's stack)    (end)
//! ```
//!
//! # Floating-point control
//! Three moves, three rules:
//! - into C, nothing happens: C sees the words of the G, and what it changes on purpose
//!   (`fesetround`) is the G's from then on;
//! - from C into a callback, Rust gets the default words, which the compiler assumes, and C gets its
//!   own back: a host that runs with flush-to-zero keeps it, and Rust never sees it;
//! - from G to G, the words are saved and loaded like any callee-saved register.
//!
//! A G whose callback leaves by [`drop_to_call`] goes on with the default words: those that it had at
//! the call are not known, only those that C had when it called back.

// How `g` is read and set is a matter of the object format.
#[cfg_attr(target_vendor = "apple", path = "macho_tls.rs")]
#[cfg_attr(target_os = "openbsd", path = "call_tls.rs")]
#[cfg_attr(not(any(target_vendor = "apple", target_os = "openbsd")), path = "elf_tls.rs")]
mod tls;
#[path = "valgrind.rs"]
mod valgrind;
#[path = "words.rs"]
mod words;

pub use tls::{g, setg};
pub use valgrind::register_stack;
pub use words::{CALLS_WORDS, WORD_ARGS, call_words};

use crate::context::{
    CGO_SP, FRAME_ARG, FRAME_CFA, FRAME_CGO_SP, FRAME_FP, FRAME_G0_SP, G0, SHIM, SP,
};
use crate::unwinding::{encoding, pass_over_c, personality};
use crate::{AbiEntry, CallbackEntry, CallbackFrame, Context, McallFn};
use core::arch::{asm, naked_asm};
use core::ffi::{c_int, c_void};
use tls::{load_g, store_g};

/// Stacks are aligned to this many bytes wherever a function is called.
pub const STACK_ALIGN: usize = 16;

/// A panic passes over C frames by itself; see [`cgocallback`].
pub const PANICS_PASS: bool = true;

/// The floating-point control words that Rust code expects: MXCSR with all exceptions masked and
/// round-to-nearest, the x87 control word with 64-bit precision; as the ABI has them at process start.
#[repr(C)]
struct FpControl {
    mxcsr: u32,
    x87: u16,
    pad: u16,
}

static DEFAULT_FP_CONTROL: FpControl = FpControl { mxcsr: 0x1f80, x87: 0x037f, pad: 0 };

/// Whether compiled code leaves the zero register alone long enough for a test to see it in a callback: it takes
/// registers from the other end, and has many.
pub const ZERO_REGISTER_LASTS: bool = true;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = false;

/// The zero register (`xmm15`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let (low, high): (u64, u64);
    // SAFETY: only reads xmm15; xmm14 is declared as clobbered.
    unsafe {
        asm!(
            "movq {low}, xmm15",
            "movhlps xmm14, xmm15",
            "movq {high}, xmm14",
            low = out(reg) low,
            high = out(reg) high,
            out("xmm14") _,
            options(nostack, preserves_flags, nomem)
        );
    }
    (u128::from(high) << 64) | u128::from(low)
}

/// So many [`Scalar`](crate::Scalar) arguments are passed in registers, whatever they are: there are six
/// for integers and pointers, and eight for floats (§3.2.3). The address of where a large result goes
/// is an argument, too.
pub const REGISTER_ARGS: usize = 6;

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
///  +56   │ return address   │                    │                              │
///  +48   │ caller's rbp     │◄── rbp             ├──────────────────────────────┤◄── g0.sp = rsp
///  +40   │ caller's rbx     │                    │ return address into here     │    (before the call)
///  +8…   │ caller's r12–r15 │                    │ shim's frame, then C's       │
///   +0   │ (alignment)      │◄── g.cgo_sp        │                              ▼
///        │ a callback's     │
///        │ frames begin here▼
/// ```
///
/// Keeps all that a callee keeps. `r12`–`r15` are saved for [`drop_to_call`] alone, whose C frames may
/// have had them last: C's own return brings them back. `g` waits in `rbx`, which C keeps. `r10` and
/// `r11` are what a routine between caller and callee may use (§3.2.1), and no argument is in them.
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
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx",
        ".cfi_offset rbx, -24",
        "push r12",
        ".cfi_offset r12, -32",
        "push r13",
        ".cfi_offset r13, -40",
        "push r14",
        ".cfi_offset r14, -48",
        "push r15",
        ".cfi_offset r15, -56",
        "lea rsp, [rsp - 8]", // keeps it aligned for the callback that may begin here
        load_g!("rbx"),
        "mov qword ptr [rbx + {CGO_SP}], rsp",
        "mov r11, qword ptr [rbx + {SHIM}]",
        "mov r10, qword ptr [rbx + {G0}]",
        "mov rsp, qword ptr [r10 + {SP}]",
        "call r11",
        "mov qword ptr [rbx + {CGO_SP}], 0", // Rust code runs again
        "xorps xmm15, xmm15",
        "mov rbx, qword ptr [rbp - 8]",
        "leave",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        ".cfi_restore rbx",
        ".cfi_restore r12",
        ".cfi_restore r13",
        ".cfi_restore r14",
        ".cfi_restore r15",
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
///        │ caller's rbp, rbx│                     │ shim's frame, C's frames     │     by the runtime)
///        │ caller's r12–r15 │                     │ and cgocallback's: dropped   │
///        │ (alignment)      │ ◄─ g.cgo_sp = rsp   │                              ▼
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
        ".cfi_undefined rip", // the frames it came from are gone
        "mov rsp, qword ptr [rdi + {CGO_SP}]",
        "mov qword ptr [rdi + {CGO_SP}], 0",
        "xorps xmm15, xmm15",
        "pop r15",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        ".cfi_endproc",
        CGO_SP = const CGO_SP,
    )
}

/// The number that unwinders have for the register by which the routines describe their frames: `rbp`.
pub(crate) const FRAME_REGISTER: c_int = 6;
/// From the [`CallbackFrame`] to what `rbp` says in [`cgocallback`].
pub(crate) const BASE: usize = size_of::<CallbackFrame>() + 40;
/// From [`Context::cgo_sp`] to the frame address of [`asmcgocall`].
pub(crate) const CGO_SP_TO_CFA: usize = 64;

pass_over_c!();

/// C → Rust. Runs `E::cgocallbackg(g, callback, frame)` on the stack of the G that is in C on this
/// thread. On a thread that has no G, `E::needm` is called first, directly: there is no `g` for
/// a wrapper to load, so the zero register is cleared by hand (Go's change of 2021).
///
/// This is also the ABI wrapper of a callback: it loads `g`, clears the zero register and the
/// direction flag, gives Rust the default floating-point control words, and passes `g` first.
///
/// ```text
///        the g0 stack (C called us)              the G's stack
///        │ C frames              │               │ caller of asmcgocall, its    │
///        │ exported shim's frame │               │ frame (picture there)        │
///  +88   │ return address        │               ├──────────────────────────────┤◄── g.cgo_sp = rsp
///  +80   │ caller's rbp          │◄── rbp        │ return address into here     │    (before the call)
///  +72   │ caller's rbx          │               │ cgocallbackg, the callback   ▼
///  +40…  │ caller's r12–r15      │
///  +32   │ frame, to call with   │ ┐
///  +24   │ frame address         │ │
///  +16   │ g.cgo_sp before       │ │ CallbackFrame
///   +8   │ g0.sp before          │ │
///   +0   │ C's MXCSR, x87 CW     │◄┴─ g0.sp while the callback runs: below every C frame
/// ```
///
/// # Unwinding
/// The registers are saved in the same places relative to the frame address as [`asmcgocall`] saves
/// them, and the frame address is read from memory. It says "C's side", so that a backtrace shows the C
/// frames; until a panic comes by that is to go on at the foreign call: then the personality routine
/// makes it `asmcgocall`'s on the G's stack, and the unwinder, which asks for it after that, takes what
/// called C for the caller of this routine, and passes over the C frames without a look at them. When
/// it really goes there, `E::unwindm` sets the accounts right: no landing pad is needed for that, and
/// the panic costs hardly more than one without C in between.
///
/// Keeps `rbx rbp r12`–`r15 rsp`, MXCSR and the x87 control word. The G is locked to this thread
/// while the callback runs, so `rbx` (= g) and the `g0` it names are the same before and after,
/// even if the G parked.
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
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx",
        ".cfi_offset rbx, -24",
        "push r12",
        ".cfi_offset r12, -32",
        "push r13",
        ".cfi_offset r13, -40",
        "push r14",
        ".cfi_offset r14, -48",
        "push r15",
        ".cfi_offset r15, -56",
        "sub rsp, {FRAME}",
        "lea rax, [rbp + 16]",
        "mov qword ptr [rsp + {CFA}], rax",
        // DW_CFA_def_cfa_expression, 3 bytes: DW_OP_breg6 (rbp) -56, DW_OP_deref. The frame address
        // is what `CallbackFrame::cfa` says.
        ".cfi_escape 0x0f, 3, 0x76, 0x48, 0x06",
        "stmxcsr dword ptr [rsp + {FP}]",
        "fnstcw word ptr [rsp + {FP} + 4]",
        "ldmxcsr dword ptr [rip + {fp_default}]",
        "fldcw word ptr [rip + {fp_default} + 4]",
        "cld",
        "xorps xmm15, xmm15",
        "mov rdx, rsi", // frame: the third argument below
        "mov rsi, rdi", // callback: the second
        load_g!("rdi"),
        "xor r12d, r12d", // 1: needm was called
        "test rdi, rdi",
        "jz 3f",
        "2:",
        "mov rcx, qword ptr [rdi + {CGO_SP}]",
        "test rcx, rcx",
        "jz 4f",
        "mov rbx, rdi",
        "mov rax, qword ptr [rdi + {G0}]",
        "mov r8, qword ptr [rax + {SP}]",
        "mov qword ptr [rsp + {G0_SP}], r8",
        "mov qword ptr [rsp + {OLD_CGO_SP}], rcx",
        "mov qword ptr [rax + {SP}], rsp",
        "mov qword ptr [rdi + {CGO_SP}], 0",
        "mov qword ptr [rsp + {ARG}], rdx",
        "mov rsp, rcx",
        "call {cgocallbackg}",
        "test rax, rax",
        "jnz 7f",
        "8:",
        "lea rsp, [rbp - {BASE}]",
        "mov rax, qword ptr [rbx + {G0}]",
        "mov r8, qword ptr [rsp + {G0_SP}]",
        "mov rcx, qword ptr [rsp + {OLD_CGO_SP}]",
        "mov qword ptr [rax + {SP}], r8",
        "mov qword ptr [rbx + {CGO_SP}], rcx",
        "test r12d, r12d",
        "jnz 5f",
        "6:",
        "ldmxcsr dword ptr [rsp + {FP}]",
        "fldcw word ptr [rsp + {FP} + 4]",
        "mov r12, qword ptr [rbp - 16]", // the callee has kept r13 to r15
        "mov rbx, qword ptr [rbp - 8]",
        "leave",
        ".cfi_remember_state",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        ".cfi_restore rbx",
        ".cfi_restore r12",
        ".cfi_restore r13",
        ".cfi_restore r14",
        ".cfi_restore r15",
        "ret",
        ".cfi_restore_state",
        // A shim that may unwind, called without a Rust frame in between.
        "7:",
        "mov rdi, qword ptr [rbp - {BASE} + {ARG}]",
        "call rax",
        "mov rdi, rbx",
        "call {end}",
        "jmp 8b",
        // No g: needm, past the wrapper. The zero register was cleared above.
        "3:",
        "mov qword ptr [rsp + {G0_SP}], rsi",
        "mov qword ptr [rsp + {OLD_CGO_SP}], rdx",
        "call {needm}",
        "mov rdi, rax",
        "mov rsi, qword ptr [rsp + {G0_SP}]",
        "mov rdx, qword ptr [rsp + {OLD_CGO_SP}]",
        "mov r12d, 1",
        "xorps xmm15, xmm15",
        "jmp 2b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "4:",
        "call {direct}",
        "jmp 6b",
        "5:",
        "mov rdi, rbx",
        "call {dropm}",
        "jmp 6b",
        ".cfi_endproc",
        FRAME = const size_of::<CallbackFrame>(),
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
        fp_default = sym DEFAULT_FP_CONTROL,
        cgocallbackg = sym E::cgocallbackg,
        end = sym E::end,
        direct = sym E::direct,
        needm = sym E::needm,
        dropm = sym E::dropm,
    )
}

/// Saves all that a callee keeps, in the frame that [`gogo`] takes apart: the first instructions of
/// [`mcall`] and [`mstart`], whose pictures show it.
macro_rules! save_registers {
    () => {
        "
        push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        push rbx
        .cfi_def_cfa_offset 24
        .cfi_offset rbx, -24
        push r12
        .cfi_def_cfa_offset 32
        .cfi_offset r12, -32
        push r13
        .cfi_def_cfa_offset 40
        .cfi_offset r13, -40
        push r14
        .cfi_def_cfa_offset 48
        .cfi_offset r14, -48
        push r15
        .cfi_def_cfa_offset 56
        .cfi_offset r15, -56
        sub rsp, 8
        .cfi_def_cfa_offset 64
        stmxcsr dword ptr [rsp]
        fnstcw word ptr [rsp + 4]
        "
    };
}

/// Leaves the G that runs on this thread, runs `f(g, arg)` on a fresh frame of the `g0` stack, and
/// resumes the G that `f` returns: another one, or the same. Returns when the G that was left is
/// resumed, maybe on another thread.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ caller's frame   │                    │ C frames, if the G is in a   │
///  +56   │ return address   │                    │ callback: never touched      │
///  +48   │ caller's rbp     │                    ├──────────────────────────────┤◄── g0.sp = rsp
///  +40   │ caller's rbx     │                    │ return address into here     │    (before the call)
///  +32   │ caller's r12     │                    │ f's frame: the scheduler     ▼
///  +24   │ caller's r13     │
///  +16   │ caller's r14     │
///   +8   │ caller's r15     │
///   +0   │ MXCSR, x87 CW    │◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps `rbx rbp r12`–`r15 rsp`, MXCSR and the x87 control word of each G.
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
        "mov r8, rdi",
        load_g!("rdi"),
        "mov qword ptr [rdi + {SP}], rsp",
        "mov rcx, qword ptr [rdi + {G0}]",
        store_g!("rcx"),
        "mov rsp, qword ptr [rcx + {SP}]",
        ".cfi_remember_state",
        ".cfi_undefined rip",
        "call r8",
        "mov rsp, qword ptr [rax + {SP}]",
        ".cfi_restore_state",
        "jmp {gogo}",
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
        ".cfi_undefined rip",
        "sub rsp, 8", // as `load_g` wants it
        "mov r8, rdi",
        load_g!("rdi"),
        "mov rcx, qword ptr [rdi + {G0}]",
        store_g!("rcx"),
        "mov rsp, qword ptr [rcx + {SP}]",
        "call r8",
        "mov rsp, qword ptr [rax + {SP}]",
        "jmp {gogo}",
        ".cfi_endproc",
        G0 = const G0,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Resumes the G in `rax`, whose saved registers `rsp` already points at; the end of [`mcall`] and
/// [`mstart`]. See the pictures there; the frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_def_cfa rsp, 64",
        ".cfi_offset rbp, -16",
        ".cfi_offset rbx, -24",
        ".cfi_offset r12, -32",
        ".cfi_offset r13, -40",
        ".cfi_offset r14, -48",
        ".cfi_offset r15, -56",
        store_g!("rax"),
        "xorps xmm15, xmm15",
        "ldmxcsr dword ptr [rsp]",
        "fldcw word ptr [rsp + 4]",
        "add rsp, 8",
        ".cfi_def_cfa_offset 56",
        "pop r15",
        ".cfi_def_cfa_offset 48",
        ".cfi_restore r15",
        "pop r14",
        ".cfi_def_cfa_offset 40",
        ".cfi_restore r14",
        "pop r13",
        ".cfi_def_cfa_offset 32",
        ".cfi_restore r13",
        "pop r12",
        ".cfi_def_cfa_offset 24",
        ".cfi_restore r12",
        "pop rbx",
        ".cfi_def_cfa_offset 16",
        ".cfi_restore rbx",
        "pop rbp",
        ".cfi_def_cfa_offset 8",
        ".cfi_restore rbp",
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
///        │ return address           │
///        │ rbp rbx r12–r15, MXCSR…  │◄── g0.sp: mcall's frames begin below, and
///        ├──────────────────────────┤    resuming g0 pops this and returns
///        ▼ f's frames, C's frames
/// ```
///
/// Keeps `rbx rbp r12`–`r15 rsp`, MXCSR and the x87 control word.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        ".cfi_startproc",
        save_registers!(),
        "mov qword ptr [rdi + {SP}], rsp",
        "mov rax, rsi",
        "mov rsp, qword ptr [rsi + {SP}]",
        "jmp {gogo}",
        ".cfi_endproc",
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Lays out a fresh stack whose first resumption calls `entry(arg)`, with the default
/// floating-point control words, at the outermost frame of a backtrace. Returns the context's `sp`.
///
/// ```text
///  top   ├──────────────────┤ aligned to STACK_ALIGN
///   -8   │ 0                │
///  -16   │ 0                │◄── rsp in gstart
///  -24   │ gstart           │    gogo's ret goes here
///  -32   │ 0           rbp  │
///  -40   │ entry       rbx  │
///  -48   │ arg         r12  │
///  -56…  │ 0      r13 – r15 │
///  -80   │ MXCSR, x87 CW    │◄── sp
/// ```
///
/// # Safety
/// The 80 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let fp_control =
        u64::from(DEFAULT_FP_CONTROL.mxcsr) | (u64::from(DEFAULT_FP_CONTROL.x87) << 32);
    let mut words = [0_usize; 10];
    words[0] = fp_control as usize;
    words[4] = arg.expose_provenance();
    words[5] = entry as usize;
    // Past its `nop`: an unwinder looks up the byte before a return address.
    words[7] = gstart as *const () as usize + 1;
    // SAFETY: the contract gives us the 80 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 10]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `rbx(r12)`. Its return address is undefined for an unwinder,
/// so every backtrace of a G ends here.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined rip",
        "nop",
        "mov rdi, r12",
        "xor ebp, ebp",
        "call rbx",
        "ud2",
        ".cfi_endproc",
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g` (null where the thread has none), clears the zero register and the direction flag, and
/// calls `E::enter(g, arg)`.
///
/// ```text
///        │ caller's frame   │
///   +8   │ return address   │
///   +0   │ (alignment)      │◄── rsp at the call
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        "endbr64", // reached by a pointer only: a landing pad for hosts that check them
        "sub rsp, 8",
        ".cfi_def_cfa_offset 16",
        "cld",
        "xorps xmm15, xmm15",
        "mov rsi, rdi",
        load_g!("rdi"),
        "call {enter}",
        "add rsp, 8",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        enter = sym E::enter,
    )
}

const _: () = assert!(size_of::<CallbackFrame>() == 40 && size_of::<FpControl>() == 8);
// As `cgocallback`'s unwind information has it.
const _: () = assert!(BASE - FRAME_CFA == 56);
