//! 32-bit x86 with the ABI of 32-bit Windows, as MinGW has it: C's functions are `cdecl`, the system's `stdcall`,
//! and panics unwind by DWARF tables.
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `ebx esi edi ebp esp` | `eax ecx edx` |
//! | vector | none | all; `xmm7` is callgate's zero register on entry to runtime code |
//! | control | MXCSR control bits, x87 control word, DF = 0 at every call and return | the status bits |
//!
//! Source: *Calling Conventions*, Microsoft. All arguments are on the stack. A caller aligns that to four
//! bytes only, so a routine that C calls can't rely on more; where a routine calls, it is aligned to
//! [`STACK_ALIGN`], as GCC's code expects it.
//!
//! # The thread environment block
//! See [`teb`] for the five fields that go with the stack, the chain of exception handlers among them. `g` is in
//! a TLS slot, see [`tls`].
//!
//! # Unwinding
//! As on System V systems (`sysv.rs`): each routine that switches stacks keeps the *old* stack's frame address
//! in `ebp` and describes its frame by `ebp` alone, and a panic passes over C frames. The system's own
//! unwinding of its exceptions is another matter: it goes along the chain of handlers, of which each stack has
//! its own, and stops where that ends.
//!
//! # Floating-point control
//! Into C nothing happens; a callback gets the control words as Rust expects them, and C gets
//! its own back; from G to G they are saved and loaded.

#[path = "windows_call_n.rs"]
mod call_n;
#[path = "windows_teb.rs"]
pub(crate) mod teb;
#[path = "../windows_tls.rs"]
mod tls;
#[path = "../no_words.rs"]
mod words;

pub use call_n::call_n;
pub use tls::{g, set_tls_slot, setg};
pub use words::{CALLS_WORDS, WORD_ARGS, call_words};

use crate::context::{
    CGO_SP, FRAME_ARG, FRAME_CFA, FRAME_CGO_SP, FRAME_FP, FRAME_G0_SP, G0, SHIM, SP,
};
use crate::seh::out_of_c;
use crate::unwinding::{encoding, pass_over_c, personality};
use crate::{AbiEntry, CallbackEntry, CallbackFrame, Context, McallFn};
use core::arch::{asm, naked_asm};
use core::ffi::{c_int, c_void};
use teb::{
    CHAIN, DEALLOCATION, GUARANTEED, LIMIT, STACK_BASE, load_teb, save_teb_of_g, save_teb_of_g0,
};
use tls::G_OFFSET;

/// Stacks are aligned to this many bytes wherever a function is called.
pub const STACK_ALIGN: usize = 16;

/// A panic passes over C frames by itself; see [`cgocallback`].
pub const PANICS_PASS: bool = true;

/// So many [`Scalar`](crate::Scalar) arguments are passed in registers: none. What is called with any gets
/// one that points to all, which [`asmcgocall`] passes on.
pub const REGISTER_ARGS: usize = 0;

/// The floating-point control words that a thread starts with: MXCSR with all exceptions masked and
/// round-to-nearest, the x87 control word with 53-bit precision.
#[repr(C)]
struct FpControl {
    mxcsr: u32,
    x87: u32,
}

static DEFAULT_FP_CONTROL: FpControl = FpControl { mxcsr: 0x1f80, x87: 0x027f };

/// There is no checker on Windows that asks for this.
#[inline(always)]
pub fn register_stack(_low: *const c_void, _high: *const c_void) {}

/// Whether compiled code leaves the zero register alone long enough for a test to see it in a callback: there are
/// few registers, and copies of memory take all.
pub const ZERO_REGISTER_LASTS: bool = false;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = false;

/// The zero register (`xmm7`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let mut bits = [0_u8; 16];
    // SAFETY: stores xmm7 to the bytes.
    unsafe {
        asm!("movups xmmword ptr [{}], xmm7", in(reg) &raw mut bits, options(nostack, preserves_flags));
    }
    u128::from_ne_bytes(bits)
}

/// Calls the function `g.shim` on the `g0` stack of the M that runs the calling thread's `g`, and comes
/// back. To be called as what `g.shim` is: one argument, at most, is passed on, and the
/// result registers come through untouched.
///
/// While C runs, `g.cgo_sp` is where a callback goes on on the G's stack; it is null again after.
/// The call also "returns" when a callback leaves by [`drop_to_call`], with anything for a result:
/// the runtime knows which it was.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ caller's frame   │                    │ frames of the thread, or of  │
///        │ the argument     │                    │ outer calls and callbacks    │
///        ├──────────────────┤                    │                              │
///  +28   │ return address   │                    ├──────────────────────────────┤◄── g0.sp
///  +24   │ caller's ebp     │◄── ebp             │ (alignment)                  │
///  +20   │ caller's ebx     │                    │ out_of_c                     │
///  +12…  │ caller's esi, edi│                    │ g0's chain                   │◄── the head of the chain
///   +4   │ (alignment)      │                    │ (alignment)                  │
///   +0   │ g0's chain       │◄── g.cgo_sp        │ the argument                 │◄── esp (at the call)
///        │ a callback's     │                    │ return address into here     │
///        │ frames begin here▼                    │ shim's frame, then C's       ▼
/// ```
///
/// Keeps all that a callee keeps. `edi` is saved for [`drop_to_call`] and panics alone, whose C
/// frames may have had it last: C's own return brings it back. `g` waits in `ebx`, `g0` in `esi`, which C keeps.
/// The thread's chain of exception handlers is noted for [`CallbackFrame::drop_c_frames`]. While C runs, the
/// chain has one more link: what C doesn't handle goes no further, to frames beyond those of Rust, which would leave
/// them.
///
/// Its personality routine ends the process when something unwinds out of C: the frames above hold
/// code that can't be unwound. That costs a call nothing, it is a word in the unwind tables.
///
/// # Safety
/// Called with the C ABI as a function of the type of `g.shim`, which takes one argument of four bytes, or none,
/// and whose result lies in registers, on the stack of the calling thread's `g`; `g.g0.sp` is on the thread's
/// own stack below all its live frames, and `g.shim` is sound to call there.
#[unsafe(naked)]
pub unsafe extern "C-unwind" fn asmcgocall() {
    naked_asm!(
        ".cfi_startproc",
        concat!(".cfi_personality ", encoding!(), ", {personality}"),
        "push ebp",
        ".cfi_def_cfa_offset 8",
        ".cfi_offset ebp, -8",
        "mov ebp, esp",
        ".cfi_def_cfa_register ebp",
        "push ebx",
        ".cfi_offset ebx, -12",
        "push esi",
        ".cfi_offset esi, -16",
        "push edi",
        ".cfi_offset edi, -20",
        "sub esp, 12",
        "mov ecx, dword ptr [{G_OFFSET}]",
        "mov ebx, dword ptr fs:[ecx]",
        "mov dword ptr [ebx + {CGO_SP}], esp",
        "mov esi, dword ptr [ebx + {G0}]",
        "mov ecx, dword ptr [esi + {CHAIN}]",
        "mov dword ptr [esp], ecx",
        save_teb_of_g!("ebx", "ecx"),
        load_teb!("esi", "ecx"),
        "mov edx, dword ptr [ebp + 8]", // the argument, or a word of the caller's frame
        "mov ecx, dword ptr [ebx + {SHIM}]",
        "mov esp, dword ptr [esi + {SP}]",
        "and esp, -16",
        "sub esp, 16",
        "mov dword ptr [esp], edx",
        "mov edx, dword ptr [esi + {CHAIN}]",
        "mov dword ptr [esp + 8], edx",
        "mov dword ptr [esp + 12], offset {out_of_c}",
        "lea edx, [esp + 8]",
        "mov dword ptr fs:[0], edx",
        "call ecx",
        save_teb_of_g0!("esi", "ecx"),
        "mov ecx, dword ptr [ebp - 24]",
        "mov dword ptr [esi + {CHAIN}], ecx",
        load_teb!("ebx", "ecx"),
        "mov dword ptr [ebx + {CGO_SP}], 0", // Rust code runs again
        "xorps xmm7, xmm7",
        "mov esi, dword ptr [ebp - 8]",
        "mov ebx, dword ptr [ebp - 4]",
        "leave",
        ".cfi_def_cfa esp, 4",
        ".cfi_restore ebp",
        ".cfi_restore ebx",
        ".cfi_restore esi",
        ".cfi_restore edi",
        "ret",
        ".cfi_endproc",
        G_OFFSET = sym G_OFFSET,
        CGO_SP = const CGO_SP,
        SHIM = const SHIM,
        G0 = const G0,
        SP = const SP,
        STACK_BASE = const STACK_BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        CHAIN = const CHAIN,
        out_of_c = sym out_of_c,
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
///        │ caller's ebp, ebx│                     │ shim's frame, C's frames     │     by the runtime)
///        │ caller's esi, edi│                     │ and cgocallback's: dropped   │
///        │ g0's chain       │ ◄─ g.cgo_sp         │                              ▼
///        │ callback's frames│ ◄─ we are here
/// ```
///
/// Clears `g.cgo_sp` and the zero register, and gives the call's caller all that a callee keeps. The stack in
/// use, and so what the system knows of it, stays the G's.
///
/// # Safety
/// `g` is the calling thread's `g`; its `cgo_sp` has been restored to that of a live
/// [`asmcgocall`], and the C frames have been dropped ([`CallbackFrame::drop_c_frames`]); nothing on the frames in
/// between, Rust's or C's, needs to be dropped or will be used again.
#[unsafe(naked)]
pub unsafe extern "C" fn drop_to_call(g: *mut Context) -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip", // the frames it came from are gone
        "mov eax, dword ptr [esp + 4]",
        "mov esp, dword ptr [eax + {CGO_SP}]",
        "mov dword ptr [eax + {CGO_SP}], 0",
        "xorps xmm7, xmm7",
        "add esp, 12",
        "pop edi",
        "pop esi",
        "pop ebx",
        "pop ebp",
        "ret",
        ".cfi_endproc",
        CGO_SP = const CGO_SP,
    )
}

/// Gives `g0` the chain of exception handlers back that the thread had before the foreign call whose C frames
/// are dropped: handlers may lie in those. A G's own chain is the same before and after: code that unwinds by tables adds
/// nothing to it.
///
/// # Safety
/// `cgo_sp` is that of a live [`asmcgocall`] of a G whose `g0` this is.
pub(crate) unsafe fn drop_chain(g0: *mut Context, cgo_sp: *mut u8) {
    // SAFETY: the caller's promise; see the picture there.
    unsafe { (*g0).teb.set_chain(cgo_sp.cast::<usize>().read()) }
}

/// The number that unwinders have for the register by which the routines describe their frames: `ebp`.
pub(crate) const FRAME_REGISTER: c_int = 5;
/// From the [`CallbackFrame`] to what `ebp` says in [`cgocallback`].
pub(crate) const BASE: usize = size_of::<CallbackFrame>() + 16;
/// From [`Context::cgo_sp`] to the frame address of [`asmcgocall`].
pub(crate) const CGO_SP_TO_CFA: usize = 32;

pass_over_c!();

/// C → Rust. Runs `E::cgocallbackg(g, callback, frame)` on the stack of the G that is in C on this
/// thread. On a thread that has no G, `E::needm` is called first, directly: there is no `g` for
/// a wrapper to load, so the zero register is cleared by hand (Go's change of 2021).
///
/// This is also the ABI wrapper of a callback: it loads `g`, clears the zero register and the direction
/// flag, gives Rust the default floating-point control words, and passes `g` first.
///
/// ```text
///        the g0 stack (C called us)              the G's stack
///        │ C frames              │               │ caller of asmcgocall, its    │
///        │ exported shim's frame │               │ frame (picture there)        │
///  +52…  │ callback, frame       │               ├──────────────────────────────┤◄── g.cgo_sp
///  +44   │ return address        │               │ (alignment)                  │
///  +40   │ caller's ebp          │◄── ebp        │ g, callback, frame           │◄── esp (at the call)
///  +36   │ caller's ebx          │               │ return address into here     │
///  +28…  │ caller's esi, edi     │               │ cgocallbackg, the callback   ▼
///  +24   │ (alignment)           │
///  +20   │ frame, to call with   │ ┐
///  +16   │ frame address         │ │
///  +12   │ g.cgo_sp before       │ │ CallbackFrame
///   +8   │ g0.sp before          │ │
///   +0   │ C's MXCSR, x87 CW     │◄┴─ g0.sp while the callback runs: below every C frame
///  -28…  │ arguments of calls,   │
///        │ alignment             │◄── esp
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
/// Keeps `ebx esi edi ebp esp`, MXCSR and the x87 control word. The G is locked to this thread while the
/// callback runs, so `ebx` (= g) and the `g0` it names are the same before and after, even if the G parked.
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
        "push ebp",
        ".cfi_def_cfa_offset 8",
        ".cfi_offset ebp, -8",
        "mov ebp, esp",
        ".cfi_def_cfa_register ebp",
        "push ebx",
        ".cfi_offset ebx, -12",
        "push esi",
        ".cfi_offset esi, -16",
        "push edi",
        ".cfi_offset edi, -20",
        "sub esp, 44",
        "and esp, -16",
        "lea eax, [ebp + 8]",
        "mov dword ptr [ebp - {BASE} + {CFA}], eax",
        // DW_CFA_def_cfa_expression, 3 bytes: DW_OP_breg5 (ebp) -24, DW_OP_deref. The frame address
        // is what `CallbackFrame::cfa` says.
        ".cfi_escape 0x0f, 3, 0x75, 0x68, 0x06",
        "stmxcsr dword ptr [ebp - {BASE} + {FP}]",
        "fnstcw word ptr [ebp - {BASE} + {FP} + 4]",
        "ldmxcsr dword ptr [{fp_default}]",
        "fldcw word ptr [{fp_default} + 4]",
        "cld",
        "xorps xmm7, xmm7",
        "xor esi, esi", // 1: needm was called
        "mov ecx, dword ptr [{G_OFFSET}]",
        "test ecx, ecx",
        "jz 3f",
        "mov eax, dword ptr fs:[ecx]",
        "test eax, eax",
        "jz 3f",
        "2:",
        "mov ecx, dword ptr [eax + {CGO_SP}]",
        "test ecx, ecx",
        "jz 4f",
        "mov ebx, eax",
        "mov edx, dword ptr [eax + {G0}]",
        "mov edi, dword ptr [edx + {SP}]",
        "mov dword ptr [ebp - {BASE} + {G0_SP}], edi",
        "mov dword ptr [ebp - {BASE} + {OLD_CGO_SP}], ecx",
        "lea edi, [ebp - {BASE}]",
        "mov dword ptr [edx + {SP}], edi",
        "mov dword ptr [eax + {CGO_SP}], 0",
        save_teb_of_g0!("edx", "edi"),
        load_teb!("eax", "edi"),
        "lea esp, [ecx - 16]",
        "and esp, -16",
        "mov dword ptr [esp], eax",
        "mov eax, dword ptr [ebp + 8]",
        "mov dword ptr [esp + 4], eax",
        "mov eax, dword ptr [ebp + 12]",
        "mov dword ptr [esp + 8], eax",
        "call {cgocallbackg}",
        "test eax, eax",
        "jnz 7f",
        "8:",
        "mov eax, dword ptr [ebx + {G0}]",
        save_teb_of_g!("ebx", "ecx"),
        load_teb!("eax", "ecx"),
        "lea esp, [ebp - {BASE} - 16]",
        "and esp, -16",
        "mov edx, dword ptr [ebp - {BASE} + {G0_SP}]",
        "mov ecx, dword ptr [ebp - {BASE} + {OLD_CGO_SP}]",
        "mov dword ptr [eax + {SP}], edx",
        "mov dword ptr [ebx + {CGO_SP}], ecx",
        "test esi, esi",
        "jnz 5f",
        "6:",
        "ldmxcsr dword ptr [ebp - {BASE} + {FP}]",
        "fldcw word ptr [ebp - {BASE} + {FP} + 4]",
        "mov edi, dword ptr [ebp - 12]",
        "mov esi, dword ptr [ebp - 8]",
        "mov ebx, dword ptr [ebp - 4]",
        "leave",
        ".cfi_remember_state",
        ".cfi_def_cfa esp, 4",
        ".cfi_restore ebp",
        ".cfi_restore ebx",
        ".cfi_restore esi",
        ".cfi_restore edi",
        "ret",
        ".cfi_restore_state",
        // A shim that may unwind, called without a Rust frame in between. `esp` is as it was for
        // cgocallbackg.
        "7:",
        "mov edx, dword ptr [ebp + 12]",
        "mov dword ptr [esp], edx",
        "call eax",
        "mov dword ptr [esp], ebx",
        "call {end}",
        "jmp 8b",
        // No g: needm, past the wrapper. The zero register was cleared above.
        "3:",
        "call {needm}",
        "mov esi, 1",
        "xorps xmm7, xmm7",
        "jmp 2b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "4:",
        "mov dword ptr [esp], eax",
        "mov eax, dword ptr [ebp + 8]",
        "mov dword ptr [esp + 4], eax",
        "mov eax, dword ptr [ebp + 12]",
        "mov dword ptr [esp + 8], eax",
        "call {direct}",
        "jmp 6b",
        "5:",
        "mov dword ptr [esp], ebx",
        "call {dropm}",
        "jmp 6b",
        ".cfi_endproc",
        G_OFFSET = sym G_OFFSET,
        BASE = const BASE,
        CFA = const FRAME_CFA,
        fp_default = sym DEFAULT_FP_CONTROL,
        personality = sym pass_over_c::<E>,
        FP = const FRAME_FP,
        G0_SP = const FRAME_G0_SP,
        OLD_CGO_SP = const FRAME_CGO_SP,
        CGO_SP = const CGO_SP,
        G0 = const G0,
        SP = const SP,
        STACK_BASE = const STACK_BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        CHAIN = const CHAIN,
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
        push ebp
        .cfi_def_cfa_offset 8
        .cfi_offset ebp, -8
        push ebx
        .cfi_def_cfa_offset 12
        .cfi_offset ebx, -12
        push esi
        .cfi_def_cfa_offset 16
        .cfi_offset esi, -16
        push edi
        .cfi_def_cfa_offset 20
        .cfi_offset edi, -20
        sub esp, 12
        .cfi_def_cfa_offset 32
        stmxcsr dword ptr [esp]
        fnstcw word ptr [esp + 4]
        "
    };
}

/// Switches from the stack of the G in `eax` to that of the `g0` in `edx`: the middle of [`mcall`] and [`mcall_last`].
macro_rules! switch_to_g0 {
    () => {
        concat!(
            save_teb_of_g!("eax", "ecx"),
            load_teb!("edx", "ecx"),
            "mov esp, dword ptr [edx + {SP}]",
        )
    };
}

/// Calls the function in `ebx` with the G in `eax` and the argument in `edi`, and goes to the stack of the G that it
/// returns, for [`gogo`]: the rest of both. `ebp` is the end of a walk along frame pointers.
macro_rules! run_scheduler {
    () => {
        "
        and esp, -16
        sub esp, 16
        mov dword ptr [esp], eax
        mov dword ptr [esp + 4], edi
        xor ebp, ebp
        call ebx
        mov ecx, dword ptr [{G_OFFSET}]
        mov edx, dword ptr fs:[ecx]
        mov esp, dword ptr [eax + {SP}]
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
///        │ f, arg           │                    │ callback: never touched      │
///  +28   │ return address   │                    ├──────────────────────────────┤◄── g0.sp
///  +24   │ caller's ebp     │                    │ (alignment)                  │
///  +20   │ caller's ebx     │                    │ g, arg                       │◄── esp (at the call)
///  +16   │ caller's esi     │                    │ return address into here     │
///  +12   │ caller's edi     │                    │ f's frame: the scheduler     ▼
///   +8   │ (alignment)      │
///   +0   │ MXCSR, x87 CW    │◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps `ebx esi edi ebp esp`, MXCSR and the x87 control word of each G.
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
        "mov ebx, dword ptr [esp + 32]", // f
        "mov edi, dword ptr [esp + 36]", // arg
        "mov ecx, dword ptr [{G_OFFSET}]",
        "mov eax, dword ptr fs:[ecx]",
        "mov dword ptr [eax + {SP}], esp",
        "mov edx, dword ptr [eax + {G0}]",
        "mov dword ptr fs:[ecx], edx",
        switch_to_g0!(),
        ".cfi_remember_state",
        ".cfi_undefined eip",
        run_scheduler!(),
        ".cfi_restore_state",
        "jmp {gogo}",
        ".cfi_endproc",
        G_OFFSET = sym G_OFFSET,
        G0 = const G0,
        SP = const SP,
        STACK_BASE = const STACK_BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        CHAIN = const CHAIN,
        gogo = sym gogo,
    )
}

/// [`mcall`] for a G that ends: it saves nothing but how far the stack has grown, for nobody resumes that G.
///
/// # Safety
/// As for [`mcall`], and `f` returns another context. Nothing on the G's stack is needed any more.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall_last(f: McallFn, arg: *mut c_void) -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip",
        "mov ebx, dword ptr [esp + 4]", // f
        "mov edi, dword ptr [esp + 8]", // arg
        "mov ecx, dword ptr [{G_OFFSET}]",
        "mov eax, dword ptr fs:[ecx]",
        "mov edx, dword ptr [eax + {G0}]",
        "mov dword ptr fs:[ecx], edx",
        switch_to_g0!(),
        run_scheduler!(),
        "jmp {gogo}",
        ".cfi_endproc",
        G_OFFSET = sym G_OFFSET,
        G0 = const G0,
        SP = const SP,
        STACK_BASE = const STACK_BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        CHAIN = const CHAIN,
        gogo = sym gogo,
    )
}

/// Resumes the G in `eax`, whose saved registers `esp` already points at, from the `g0` in `edx`; the end of
/// [`mcall`] and [`mstart`]. See the pictures there; the frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_def_cfa esp, 32",
        ".cfi_offset ebp, -8",
        ".cfi_offset ebx, -12",
        ".cfi_offset esi, -16",
        ".cfi_offset edi, -20",
        save_teb_of_g0!("edx", "ecx"),
        load_teb!("eax", "ecx"),
        "mov ecx, dword ptr [{G_OFFSET}]",
        "mov dword ptr fs:[ecx], eax",
        "xorps xmm7, xmm7",
        "ldmxcsr dword ptr [esp]",
        "fldcw word ptr [esp + 4]",
        "add esp, 12",
        ".cfi_def_cfa_offset 20",
        "pop edi",
        ".cfi_def_cfa_offset 16",
        ".cfi_restore edi",
        "pop esi",
        ".cfi_def_cfa_offset 12",
        ".cfi_restore esi",
        "pop ebx",
        ".cfi_def_cfa_offset 8",
        ".cfi_restore ebx",
        "pop ebp",
        ".cfi_def_cfa_offset 4",
        ".cfi_restore ebp",
        "ret",
        ".cfi_endproc",
        G_OFFSET = sym G_OFFSET,
        STACK_BASE = const STACK_BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        CHAIN = const CHAIN,
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
/// Keeps `ebx esi edi ebp esp`, MXCSR and the x87 control word.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        ".cfi_startproc",
        save_registers!(),
        "mov edx, dword ptr [esp + 32]", // g0
        "mov eax, dword ptr [esp + 36]", // first
        "mov dword ptr [edx + {SP}], esp",
        "mov esp, dword ptr [eax + {SP}]",
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
///  top   ├──────────────────┤ aligned to STACK_ALIGN: esp in gstart
///   -4   │ gstart           │    gogo's ret goes there
///   -8   │ 0            ebp │
///  -12   │ entry        ebx │
///  -16   │ arg          esi │
///  -20   │ 0            edi │
///  -32   │ MXCSR, x87 CW, 0 │◄── sp
/// ```
///
/// # Safety
/// The 32 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let mut words = [0_usize; 8];
    words[0] = DEFAULT_FP_CONTROL.mxcsr as usize;
    words[1] = DEFAULT_FP_CONTROL.x87 as usize;
    words[4] = arg.expose_provenance();
    words[5] = entry as usize;
    // Past its `nop`: an unwinder looks up the byte before a return address.
    words[7] = gstart as *const () as usize + 1;
    // SAFETY: the contract gives us the 32 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 8]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `ebx(esi)`. Its return address is undefined for an unwinder,
/// so every backtrace of a G ends here.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip",
        "nop",
        "xor ebp, ebp",
        "sub esp, 16",
        "mov dword ptr [esp], esi",
        "call ebx",
        "ud2",
        ".cfi_endproc",
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g`, clears the zero register and the direction flag, and calls `E::enter(g, arg)`.
///
/// Only on a thread that has a `g`: the slot of any other has nothing for it to load, so `needm` must be
/// called past it (Go's change of 2021). With debug assertions this is checked.
///
/// ```text
///        │ arg              │
///   +4   │ return address   │
///   +0   │ caller's ebp     │◄── ebp
///        │ (alignment)      │
///        │ g, arg           │◄── esp at the call
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".cfi_startproc",
        "push ebp",
        ".cfi_def_cfa_offset 8",
        ".cfi_offset ebp, -8",
        "mov ebp, esp",
        ".cfi_def_cfa_register ebp",
        "sub esp, 8",
        "and esp, -16",
        "cld",
        "xorps xmm7, xmm7",
        "xor eax, eax",
        "mov ecx, dword ptr [{G_OFFSET}]",
        "test ecx, ecx",
        "jz 2f",
        "mov eax, dword ptr fs:[ecx]",
        "2:",
        "mov ecx, {CHECKED}",
        "test ecx, ecx",
        "jz 3f",
        "test eax, eax",
        "jz 4f",
        "3:",
        "mov dword ptr [esp], eax",
        "mov eax, dword ptr [ebp + 8]",
        "mov dword ptr [esp + 4], eax",
        "call {enter}",
        "leave",
        ".cfi_remember_state",
        ".cfi_def_cfa esp, 4",
        ".cfi_restore ebp",
        "ret",
        ".cfi_restore_state",
        "4:",
        "call {no_g}",
        "ud2",
        ".cfi_endproc",
        CHECKED = const cfg!(debug_assertions) as u32,
        G_OFFSET = sym G_OFFSET,
        enter = sym E::enter,
        no_g = sym no_g,
    )
}

extern "C" fn no_g() -> ! {
    panic!(
        "callgate's ABI wrapper was entered on a thread whose TLS slot has no g: on such a thread \
         `needm` must be called past the wrapper, and the zero register be cleared by hand"
    )
}

const _: () = assert!(size_of::<CallbackFrame>() == 24 && FRAME_ARG == 20);
// As `cgocallback`'s unwind information has it.
const _: () = assert!(BASE - FRAME_CFA == 24);
