//! x86-64 with the ABI of 64-bit Windows.
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `rbx rbp rdi rsi r12`–`r15 rsp` | `rax rcx rdx r8`–`r11` |
//! | vector | `xmm6`–`xmm15` (128 bits) | `xmm0`–`xmm5`, the upper parts of all |
//! | control | MXCSR control bits, x87 control word, DF = 0 at every call and return | the status bits |
//!
//! Source: *x64 ABI conventions*, Microsoft. The first four arguments go by `rcx rdx r8 r9` or
//! `xmm0`–`xmm3`, by place; a caller leaves 32 bytes above the return address, which the callee may use
//! (the shadow space): each switch leaves them on the new stack.
//!
//! The zero register is `xmm15`, as on other x86-64 systems. Here it is the caller's as well: whatever
//! clears it for runtime code, saves it for C.
//!
//! # The thread environment block
//! See [`teb`] for the four fields that go with the stack. `g` is in a TLS slot, see [`tls`].
//!
//! # Unwinding
//! Each routine has unwind data (`.seh_*`). Those that switch stacks keep the *old* stack's frame address
//! in `rbp`, their frame register, and call from a routine that has a frame on the *new* stack only (`call_c`,
//! `call_rust`, `call_scheduler`). For an unwinder that one was entered by an interrupt (a machine frame, which
//! says what `rip` and `rsp` were), so a backtrace that comes from the new stack goes on on the old one:
//!
//! ```text
//!  callback's frames ─► call_rust ─► cgocallback ─► exported shim ─► C frames ─► call_c ─► asmcgocall ─► …  gstart
//!        (G's stack)                        (thread's stack)                            (G's stack)
//! ```
//!
//! An exception stops at a switch: the dispatcher believes in no frame outside the stack in use. So a panic
//! is caught on the stack where it began, and raised again after [`drop_to_call`] ([`PANICS_PASS`] is false); and so
//! these routines and [`gstart`] have handlers, which do what the first frame of a thread does with exceptions that
//! nobody has taken since the switch.
//!
//! # Floating-point control
//! As on System V systems: a callback gets the default words, and C its own back; from G to G they are
//! saved and loaded.

#[path = "windows_teb.rs"]
pub(crate) mod teb;
#[path = "../windows_tls.rs"]
mod tls;
#[path = "../no_words.rs"]
mod words;

pub use tls::{g, set_tls_slot, setg};
pub use words::{CALLS_WORDS, WORD_ARGS, call_words};

use crate::context::{CGO_SP, FRAME_CGO_SP, FRAME_FP, FRAME_G0_SP, G0, SHIM, SP};
use crate::seh::{out_of_c, unhandled};
use crate::{AbiEntry, CallbackEntry, CallbackFrame, Context, McallFn};
use core::arch::{asm, naked_asm};
use core::ffi::c_void;
use teb::{BASE, DEALLOCATION, GUARANTEED, LIMIT, load_teb, save_teb_of_g, save_teb_of_g0};
use tls::G_OFFSET;

/// Stacks are aligned to this many bytes wherever a function is called.
pub const STACK_ALIGN: usize = 16;

/// A panic does not pass over C frames by itself.
pub const PANICS_PASS: bool = false;

/// So many [`Scalar`](crate::Scalar) arguments are passed in registers, whatever they are. The address
/// of where a large result goes is an argument, too.
pub const REGISTER_ARGS: usize = 4;

/// The floating-point control words that a thread starts with: MXCSR with all exceptions masked and
/// round-to-nearest, the x87 control word with 53-bit precision.
#[repr(C)]
struct FpControl {
    mxcsr: u32,
    x87: u16,
    pad: u16,
}

static DEFAULT_FP_CONTROL: FpControl = FpControl { mxcsr: 0x1f80, x87: 0x027f, pad: 0 };

/// Compiled code that uses the zero register gives it back, and takes it last of all.
pub const ZERO_REGISTER_LASTS: bool = true;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = true;

/// The zero register (`xmm15`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let (low, high): (u64, u64);
    // SAFETY: only reads xmm15; xmm0 is declared as clobbered.
    unsafe {
        asm!(
            "movq {low}, xmm15",
            "movhlps xmm0, xmm15",
            "movq {high}, xmm0",
            low = out(reg) low,
            high = out(reg) high,
            out("xmm0") _,
            options(nostack, preserves_flags, nomem)
        );
    }
    (u128::from(high) << 64) | u128::from(low)
}

/// There is no checker on Windows that asks for this.
#[inline(always)]
pub fn register_stack(_low: *const c_void, _high: *const c_void) {}

/// Saves all that a callee keeps, at the beginning of a routine, and makes `rbp` the frame register:
///
/// ```text
///  +232  return address
///  +224  rbp
///  +216  rbx
///  +208  rdi
///  +200  rsi
///  +168… r12–r15
///  +160  (MXCSR, x87 CW, where they are saved too)
///   +0…  xmm6–xmm15       ◄── rsp, rbp
/// ```
macro_rules! save_registers {
    () => {
        "
        .seh_proc {me}
        push rbp
        .seh_pushreg rbp
        push rbx
        .seh_pushreg rbx
        push rdi
        .seh_pushreg rdi
        push rsi
        .seh_pushreg rsi
        push r12
        .seh_pushreg r12
        push r13
        .seh_pushreg r13
        push r14
        .seh_pushreg r14
        push r15
        .seh_pushreg r15
        sub rsp, 168
        .seh_stackalloc 168
        movaps xmmword ptr [rsp], xmm6
        .seh_savexmm xmm6, 0
        movaps xmmword ptr [rsp + 16], xmm7
        .seh_savexmm xmm7, 16
        movaps xmmword ptr [rsp + 32], xmm8
        .seh_savexmm xmm8, 32
        movaps xmmword ptr [rsp + 48], xmm9
        .seh_savexmm xmm9, 48
        movaps xmmword ptr [rsp + 64], xmm10
        .seh_savexmm xmm10, 64
        movaps xmmword ptr [rsp + 80], xmm11
        .seh_savexmm xmm11, 80
        movaps xmmword ptr [rsp + 96], xmm12
        .seh_savexmm xmm12, 96
        movaps xmmword ptr [rsp + 112], xmm13
        .seh_savexmm xmm13, 112
        movaps xmmword ptr [rsp + 128], xmm14
        .seh_savexmm xmm14, 128
        movaps xmmword ptr [rsp + 144], xmm15
        .seh_savexmm xmm15, 144
        mov rbp, rsp
        .seh_setframe rbp, 0
        .seh_endprologue
        "
    };
}

/// Loads them from the frame at `rsp`, and returns from it.
macro_rules! restore_registers_and_return {
    () => {
        "
        movaps xmm6, xmmword ptr [rsp]
        movaps xmm7, xmmword ptr [rsp + 16]
        movaps xmm8, xmmword ptr [rsp + 32]
        movaps xmm9, xmmword ptr [rsp + 48]
        movaps xmm10, xmmword ptr [rsp + 64]
        movaps xmm11, xmmword ptr [rsp + 80]
        movaps xmm12, xmmword ptr [rsp + 96]
        movaps xmm13, xmmword ptr [rsp + 112]
        movaps xmm14, xmmword ptr [rsp + 128]
        movaps xmm15, xmmword ptr [rsp + 144]
        add rsp, 168
        pop r15
        pop r14
        pop r13
        pop r12
        pop rsi
        pop rdi
        pop rbx
        pop rbp
        ret
        "
    };
}

/// Bytes of the frame of [`save_registers`] up to the return address, and where the control words are.
const SAVED: usize = 232;
const SAVED_FP: usize = 160;

/// The frame on the new stack from which a routine calls that has switched: the shadow space, and the part of
/// a machine frame that unwinders read.
///
/// ```text
///  +80   (the stack before)
///  +64   rsp on the old stack, which is rbp
///  +40   rip: where the routine goes on that switched
///   +0…  shadow space          ◄── rsp (before the call)
/// ```
const NEW_FRAME: usize = 80;
const NEW_RIP: usize = 40;
const NEW_RSP: usize = NEW_RIP + 24;

/// Goes on in `$routine`, which calls from that frame, and comes back here; `$a` is lost.
macro_rules! through_new_frame {
    ($a:literal, $routine:literal) => {
        concat!(
            "lea ",
            $a,
            ", [rip + 9f]\n",
            "mov qword ptr [rsp + {NEW_RIP}], ",
            $a,
            "\n",
            "mov qword ptr [rsp + {NEW_RSP}], rbp\n",
            "jmp ",
            $routine,
            "\n",
            "9:\n",
        )
    };
}

/// All of such a routine: the call from that frame, and the way back.
macro_rules! from_new_frame {
    ($call:literal) => {
        concat!(
            ".seh_proc {me}\n",
            ".seh_pushframe\n",
            ".seh_stackalloc {NEW_RIP}\n",
            ".seh_endprologue\n",
            ".seh_handler {handler}, @except\n",
            $call,
            "\n",
            "jmp qword ptr [rsp + {NEW_RIP}]\n",
            ".seh_endproc\n",
        )
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
///        │ caller's frame, its shadow space │    │ frames of the thread, or of  │
///        ├──────────────────────────────────┤    │ outer calls and callbacks    │
///        │ return address, and all that a   │    ├──────────────────────────────┤◄── g0.sp
///        │ callee keeps (save_registers)    │◄── │ rsp and rip here, shadow     │◄── rsp (before the
///        ├──────────────────────────────────┤ rbp│ space (see NEW_FRAME)        │    call, in call_c)
///        │ a callback's frames              ▼    │ return address into call_c   │
///        └── g.cgo_sp = rbp                      │ shim's frame, then C's       ▼
/// ```
///
/// Keeps all that a callee keeps. `g` waits in `rbx`, which C keeps; the others are saved for
/// [`drop_to_call`] alone, whose C frames may have had them last: C's own return brings them back.
/// `rax`, `r10` and `r11` are free between caller and callee.
///
/// # Safety
/// Called with the C ABI as a function of the type of `g.shim`, whose arguments and result lie in
/// registers, on the stack of the calling thread's `g`; `g.g0.sp` is on the thread's
/// own stack below all its live frames, and `g.shim` is sound to call there.
#[unsafe(naked)]
pub unsafe extern "C-unwind" fn asmcgocall() {
    naked_asm!(
        save_registers!(),
        "mov r11d, dword ptr [rip + {G_OFFSET}]",
        "mov rbx, qword ptr gs:[r11]",
        "mov qword ptr [rbx + {CGO_SP}], rsp",
        "mov r10, qword ptr [rbx + {G0}]",
        save_teb_of_g!("rbx", "rax", "eax"),
        load_teb!("r10", "rax", "eax"),
        "mov r11, qword ptr [rbx + {SHIM}]",
        "mov rsp, qword ptr [r10 + {SP}]",
        "sub rsp, {NEW_FRAME}",
        through_new_frame!("rax", "{call_c}"),
        "mov r10, qword ptr [rbx + {G0}]",
        save_teb_of_g0!("r10", "r11", "r11d"),
        load_teb!("rbx", "r11", "r11d"),
        "mov qword ptr [rbx + {CGO_SP}], 0", // Rust code runs again
        "lea rsp, [rbp + 168]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rsi",
        "pop rdi",
        "pop rbx",
        "pop rbp",
        "ret",
        ".seh_endproc",
        me = sym asmcgocall,
        call_c = sym call_c,
        NEW_FRAME = const NEW_FRAME,
        NEW_RIP = const NEW_RIP,
        NEW_RSP = const NEW_RSP,
        G_OFFSET = sym G_OFFSET,
        CGO_SP = const CGO_SP,
        SHIM = const SHIM,
        G0 = const G0,
        SP = const SP,
        BASE = const BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
    )
}

/// Calls the function in `r11` on the thread's stack, for [`asmcgocall`]; see [`NEW_FRAME`]. Argument and result
/// registers pass through untouched.
///
/// Its handler ends the process when something unwinds out of C, and asks the process's filter about what else
/// C hasn't handled. That costs a call nothing.
#[unsafe(naked)]
unsafe extern "C-unwind" fn call_c() {
    naked_asm!(
        from_new_frame!("call r11"),
        me = sym call_c,
        NEW_RIP = const NEW_RIP,
        handler = sym out_of_c,
    )
}

/// Leaves a callback without returning to C: continues at the return of the [`asmcgocall`] whose C
/// frames called back, and drops those frames. Go's recovery of a panic through C does the same.
///
/// Clears `g.cgo_sp`, and gives the call's caller all that a callee keeps. The stack in use, and so what
/// the system knows of it, stays the G's.
///
/// # Safety
/// `g` is the calling thread's `g`; its `cgo_sp` has been restored to that of a live
/// [`asmcgocall`] and its `g0.sp` to the value from before that call; nothing on the frames in
/// between, Rust's or C's, needs to be dropped or will be used again.
#[unsafe(naked)]
pub unsafe extern "C" fn drop_to_call(g: *mut Context) -> ! {
    naked_asm!(
        "mov rsp, qword ptr [rcx + {CGO_SP}]",
        "mov qword ptr [rcx + {CGO_SP}], 0",
        restore_registers_and_return!(),
        CGO_SP = const CGO_SP,
    )
}

/// Where [`cgocallback`] has the caller's `xmm15`, above the [`CallbackFrame`].
const CALLBACK_XMM15: usize = 48;
const CALLBACK_FRAME: usize = 64;

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
///  +88   │ return address        │               ├──────────────────────────────┤◄── g.cgo_sp
///  +80   │ caller's rbp          │               │ rsp and rip here, shadow     │◄── rsp (before the
///  +72   │ caller's rbx          │               │ space (see NEW_FRAME)        │    call, in call_rust)
///  +64   │ caller's rsi          │               │ return address into call_rust│
///  +48   │ caller's xmm15        │               │ cgocallbackg, the callback   ▼
///   +8…  │ g0.sp, g.cgo_sp before│ ┐ CallbackFrame
///   +0   │ C's MXCSR, x87 CW     │◄┴─ g0.sp while the callback runs: below every C frame; rbp
/// ```
///
/// Keeps all that a callee keeps: what isn't saved here, the runtime's functions keep. The G is locked
/// to this thread while the callback runs, so `rbx` (= g) and the `g0` it names are the same before and
/// after, even if the G parked.
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
        ".seh_proc {me}",
        "push rbp",
        ".seh_pushreg rbp",
        "push rbx",
        ".seh_pushreg rbx",
        "push rsi",
        ".seh_pushreg rsi",
        "sub rsp, {FRAME}",
        ".seh_stackalloc {FRAME}",
        "movaps xmmword ptr [rsp + {XMM15}], xmm15",
        ".seh_savexmm xmm15, {XMM15}",
        "mov rbp, rsp",
        ".seh_setframe rbp, 0",
        ".seh_endprologue",
        "stmxcsr dword ptr [rbp + {FP}]",
        "fnstcw word ptr [rbp + {FP} + 4]",
        "ldmxcsr dword ptr [rip + {fp_default}]",
        "fldcw word ptr [rip + {fp_default} + 4]",
        "cld",
        "xorps xmm15, xmm15",
        "mov r8, rdx",  // frame: the third argument below
        "mov rdx, rcx", // callback: the second
        "xor esi, esi", // 1: needm was called
        "mov eax, dword ptr [rip + {G_OFFSET}]",
        "test eax, eax",
        "jz 3f",
        "mov rcx, qword ptr gs:[rax]",
        "test rcx, rcx",
        "jz 3f",
        "2:",
        "mov rax, qword ptr [rcx + {CGO_SP}]",
        "test rax, rax",
        "jz 4f",
        "mov rbx, rcx",
        "mov r10, qword ptr [rcx + {G0}]",
        "mov r9, qword ptr [r10 + {SP}]",
        "mov qword ptr [rbp + {G0_SP}], r9",
        "mov qword ptr [rbp + {OLD_CGO_SP}], rax",
        "mov qword ptr [r10 + {SP}], rbp",
        "mov qword ptr [rcx + {CGO_SP}], 0",
        save_teb_of_g0!("r10", "r9", "r9d"),
        load_teb!("rcx", "r9", "r9d"),
        "lea rsp, [rax - {NEW_FRAME}]",
        through_new_frame!("r9", "{call_rust}"),
        "mov r10, qword ptr [rbx + {G0}]",
        save_teb_of_g!("rbx", "r9", "r9d"),
        load_teb!("r10", "r9", "r9d"),
        "mov rsp, rbp",
        "mov r8, qword ptr [rbp + {G0_SP}]",
        "mov r9, qword ptr [rbp + {OLD_CGO_SP}]",
        "mov qword ptr [r10 + {SP}], r8",
        "mov qword ptr [rbx + {CGO_SP}], r9",
        "test esi, esi",
        "jnz 5f",
        "6:",
        "ldmxcsr dword ptr [rbp + {FP}]",
        "fldcw word ptr [rbp + {FP} + 4]",
        "movaps xmm15, xmmword ptr [rbp + {XMM15}]",
        "lea rsp, [rbp + {FRAME}]",
        "pop rsi",
        "pop rbx",
        "pop rbp",
        "ret",
        // No g: needm, past the wrapper. The zero register was cleared above, and needm keeps it.
        "3:",
        "mov qword ptr [rbp + {G0_SP}], rdx",
        "mov qword ptr [rbp + {OLD_CGO_SP}], r8",
        "sub rsp, 32",
        "call {needm}",
        "add rsp, 32",
        "mov rcx, rax",
        "mov rdx, qword ptr [rbp + {G0_SP}]",
        "mov r8, qword ptr [rbp + {OLD_CGO_SP}]",
        "mov esi, 1",
        "jmp 2b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "4:",
        "sub rsp, 32",
        "call {direct}",
        "jmp 6b",
        "5:",
        "mov rcx, rbx",
        "sub rsp, 32",
        "call {dropm}",
        "jmp 6b",
        ".seh_endproc",
        me = sym cgocallback::<E>,
        call_rust = sym call_rust::<E>,
        NEW_FRAME = const NEW_FRAME,
        NEW_RIP = const NEW_RIP,
        NEW_RSP = const NEW_RSP,
        G_OFFSET = sym G_OFFSET,
        FRAME = const CALLBACK_FRAME,
        XMM15 = const CALLBACK_XMM15,
        FP = const FRAME_FP,
        G0_SP = const FRAME_G0_SP,
        OLD_CGO_SP = const FRAME_CGO_SP,
        CGO_SP = const CGO_SP,
        G0 = const G0,
        SP = const SP,
        BASE = const BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        fp_default = sym DEFAULT_FP_CONTROL,
        direct = sym E::direct,
        needm = sym E::needm,
        dropm = sym E::dropm,
    )
}

/// Calls `E::cgocallbackg` on the stack of a G, for [`cgocallback`]; see [`NEW_FRAME`].
#[unsafe(naked)]
unsafe extern "C" fn call_rust<E: CallbackEntry>() {
    naked_asm!(
        from_new_frame!("call {cgocallbackg}"),
        me = sym call_rust::<E>,
        NEW_RIP = const NEW_RIP,
        handler = sym unhandled,
        cgocallbackg = sym E::cgocallbackg,
    )
}

/// What `rbp` points at while the scheduler runs: a frame of zeros, whose return address ends every
/// backtrace.
#[repr(C, align(16))]
struct EndOfStack([u8; SAVED + 8]);

static END_OF_STACK: EndOfStack = EndOfStack([0; SAVED + 8]);

/// Switches from the stack of the G in `rcx` to that of the `g0` in `r11`, calls the function in `rax` there
/// (with `rcx` and `rdx`), and resumes the G that it returns: the end of [`mcall`] and [`mcall_last`].
macro_rules! run_scheduler {
    () => {
        concat!(
            save_teb_of_g!("rcx", "r8", "r8d"),
            load_teb!("r11", "r8", "r8d"),
            "
            mov rsp, qword ptr [r11 + {SP}]
            sub rsp, {NEW_FRAME}
            lea rbp, [rip + {end}]
            ",
            through_new_frame!("r8", "{call_scheduler}"),
            "
            mov r10d, dword ptr [rip + {G_OFFSET}]
            mov r11, qword ptr gs:[r10]
            mov rsp, qword ptr [rax + {SP}]
            jmp {gogo}
            "
        )
    };
}

/// Calls the function in `rax` on the thread's stack, for [`mcall`] and [`mcall_last`]; see [`NEW_FRAME`].
#[unsafe(naked)]
unsafe extern "C" fn call_scheduler() {
    naked_asm!(
        from_new_frame!("call rax"),
        me = sym call_scheduler,
        NEW_RIP = const NEW_RIP,
        handler = sym unhandled,
    )
}

/// Leaves the G that runs on this thread, runs `f(g, arg)` on a fresh frame of the `g0` stack, and
/// resumes the G that `f` returns: another one, or the same. Returns when the G that was left is
/// resumed, maybe on another thread.
///
/// ```text
///        the G's stack                           the g0 stack
///        │ caller's frame                   │    │ C frames, if the G is in a   │
///        ├──────────────────────────────────┤    │ callback: never touched      │
///        │ return address, and all that a   │    ├──────────────────────────────┤◄── g0.sp
///        │ callee keeps, with MXCSR and the │    │ rsp and rip here, shadow     │◄── rsp (before the
///        │ x87 CW (save_registers)          │    │ space (see NEW_FRAME)        │    call, in call_scheduler)
///        └──────────────────────────────────┘    │ return address, then f's     ▼
///         ◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps all that a callee keeps, with MXCSR and the x87 control word, of each G.
///
/// # Safety
/// Called on the stack of the thread's `g`, which is a G and not a `g0`, and not in C. `f` returns
/// a context that was saved by `mcall` or [`mstart`] or made by [`init_stack`], that no other
/// thread runs, and whose `g0` is this thread's.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall(f: McallFn, arg: *mut c_void) {
    naked_asm!(
        save_registers!(),
        "stmxcsr dword ptr [rsp + {FP}]",
        "fnstcw word ptr [rsp + {FP} + 4]",
        "mov r10d, dword ptr [rip + {G_OFFSET}]",
        "mov rax, rcx",
        "mov rcx, qword ptr gs:[r10]",
        "mov qword ptr [rcx + {SP}], rsp",
        "mov r11, qword ptr [rcx + {G0}]",
        "mov qword ptr gs:[r10], r11",
        run_scheduler!(),
        ".seh_endproc",
        me = sym mcall,
        end = sym END_OF_STACK,
        call_scheduler = sym call_scheduler,
        NEW_FRAME = const NEW_FRAME,
        NEW_RIP = const NEW_RIP,
        NEW_RSP = const NEW_RSP,
        G_OFFSET = sym G_OFFSET,
        FP = const SAVED_FP,
        G0 = const G0,
        SP = const SP,
        BASE = const BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
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
        ".seh_proc {me}",
        "push rbp",
        ".seh_pushreg rbp",
        "mov rbp, rsp",
        ".seh_setframe rbp, 0",
        ".seh_endprologue",
        "mov r10d, dword ptr [rip + {G_OFFSET}]",
        "mov rax, rcx",
        "mov rcx, qword ptr gs:[r10]",
        "mov r11, qword ptr [rcx + {G0}]",
        "mov qword ptr gs:[r10], r11",
        run_scheduler!(),
        ".seh_endproc",
        me = sym mcall_last,
        end = sym END_OF_STACK,
        call_scheduler = sym call_scheduler,
        NEW_FRAME = const NEW_FRAME,
        NEW_RIP = const NEW_RIP,
        NEW_RSP = const NEW_RSP,
        G_OFFSET = sym G_OFFSET,
        G0 = const G0,
        SP = const SP,
        BASE = const BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
        gogo = sym gogo,
    )
}

/// Resumes the G in `rax`, whose saved registers `rsp` already points at, from the `g0` in `r11`; the
/// end of [`mcall`] and [`mstart`]. The frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        save_teb_of_g0!("r11", "r8", "r8d"),
        load_teb!("rax", "r8", "r8d"),
        "mov r10d, dword ptr [rip + {G_OFFSET}]",
        "mov qword ptr gs:[r10], rax",
        "ldmxcsr dword ptr [rsp + {FP}]",
        "fldcw word ptr [rsp + {FP} + 4]",
        restore_registers_and_return!(),
        G_OFFSET = sym G_OFFSET,
        FP = const SAVED_FP,
        BASE = const BASE,
        LIMIT = const LIMIT,
        DEALLOCATION = const DEALLOCATION,
        GUARANTEED = const GUARANTEED,
    )
}

/// Turns the calling code into the `g0` of a new M: runs `first` and whatever is scheduled after
/// it, and returns when an [`mcall`]'d function returns `g0` itself.
///
/// ```text
///        the thread's own stack
///        │ caller's frame               │
///        │ return address, all that a   │◄── g0.sp: mcall's frames begin below, and
///        │ callee keeps (save_registers)│    resuming g0 pops this and returns
///        ├──────────────────────────────┤
///        ▼ f's frames, C's frames
/// ```
///
/// Keeps all that a callee keeps, with MXCSR and the x87 control word.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        save_registers!(),
        "stmxcsr dword ptr [rsp + {FP}]",
        "fnstcw word ptr [rsp + {FP} + 4]",
        "mov qword ptr [rcx + {SP}], rsp",
        "mov r11, rcx",
        "mov rax, rdx",
        "mov rsp, qword ptr [rdx + {SP}]",
        "jmp {gogo}",
        ".seh_endproc",
        me = sym mstart,
        FP = const SAVED_FP,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Lays out a fresh stack whose first resumption calls `entry(arg)`, with the default
/// floating-point control words, at the outermost frame of a backtrace. Returns the context's `sp`.
///
/// ```text
///  top   ├──────────────────────┤ aligned to STACK_ALIGN
///  -16…  │ 0                    │ the dispatcher of exceptions stops at two return addresses that
///  -24   │ 0, a return address  │ are the same
///  -64…  │ shadow space         │◄── rsp in gstart
///  -72   │ gstart               │    gogo's ret goes here
///  -80   │ 0           rbp      │
///  -88   │ entry       rbx      │
///  -96   │ 0           rdi      │
/// -104   │ 0           rsi      │
/// -112   │ arg         r12      │
/// -136…  │ 0      r13 – r15     │
/// -144   │ MXCSR, x87 CW        │
/// -304…  │ 0    xmm6 – xmm15    │◄── sp
/// ```
///
/// # Safety
/// The 304 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let fp_control =
        u64::from(DEFAULT_FP_CONTROL.mxcsr) | (u64::from(DEFAULT_FP_CONTROL.x87) << 32);
    let mut words = [0_usize; 38];
    words[20] = fp_control as usize;
    words[24] = arg.expose_provenance();
    words[27] = entry as usize;
    // Past its `nop`: an unwinder looks up the byte before a return address.
    words[29] = gstart as *const () as usize + 1;
    // SAFETY: the contract gives us the 304 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 38]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `rbx(r12)`. Its return address is null, so every backtrace of
/// a G ends here.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".seh_proc {me}",
        "nop",
        ".seh_stackalloc 40", // by `init_stack`
        ".seh_endprologue",
        ".seh_handler {unhandled}, @except",
        "mov rcx, r12",
        "xor ebp, ebp",
        "call rbx",
        "ud2",
        ".seh_endproc",
        me = sym gstart,
        unhandled = sym unhandled,
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g`, clears the zero register and the direction flag, and calls `E::enter(g, arg)`.
///
/// Only on a thread that has a `g`: the slot of any other has nothing for it to load, so `needm` must be
/// called past it (Go's change of 2021). With debug assertions this is checked.
///
/// ```text
///        │ return address   │
///  +48   │ (alignment)      │
///  +32   │ caller's xmm15   │
///   +0…  │ shadow space     │◄── rsp at the call
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".seh_proc {me}",
        "sub rsp, 56",
        ".seh_stackalloc 56",
        "movaps xmmword ptr [rsp + 32], xmm15",
        ".seh_savexmm xmm15, 32",
        ".seh_endprologue",
        "cld",
        "xorps xmm15, xmm15",
        "mov rdx, rcx",
        "xor ecx, ecx",
        "mov eax, dword ptr [rip + {G_OFFSET}]",
        "test eax, eax",
        "jz 2f",
        "mov rcx, qword ptr gs:[rax]",
        "2:",
        "mov eax, {CHECKED}",
        "test eax, eax",
        "jz 3f",
        "test rcx, rcx",
        "jz 4f",
        "3:",
        "call {enter}",
        "movaps xmm15, xmmword ptr [rsp + 32]",
        "add rsp, 56",
        "ret",
        "4:",
        "call {no_g}",
        "ud2",
        ".seh_endproc",
        me = sym abi_wrapper::<E>,
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

/// Calls the function `f` with words for arguments, each also as the bits of an `f64` if it is one of the
/// first four; returns `rax`, and the lower half of `xmm0`.
///
/// # Panics
/// With more than [`MAX_ARGS`](crate::MAX_ARGS) arguments.
///
/// # Safety
/// `f` is a function of the C ABI with so many arguments, each of one word, and is sound to call with
/// these on the stack in use.
pub unsafe fn call_n(f: *const c_void, args: &[usize]) -> (usize, usize) {
    let n = args.len();
    assert!(n <= crate::MAX_ARGS, "more than {} arguments", crate::MAX_ARGS);
    // The first four are loaded in any case.
    let mut padded = [0; crate::MAX_ARGS];
    padded[..n].copy_from_slice(args);
    let mut xmm0 = 0;
    // SAFETY: the caller's promise; there are as many words as the count says, and four at least.
    let rax = unsafe { call_n_words(f, padded.as_ptr(), n.max(4), &mut xmm0) };
    (rax, xmm0)
}

/// Go's `asmstdcall`.
///
/// ```text
///        │ return address       │
///        │ rbp, rsi             │
///        │ (alignment)          │◄── rbp
///        │ args[n-1] … args[4]  │
///        │ shadow space         │◄── rsp at the call
/// ```
#[unsafe(naked)]
unsafe extern "C-unwind" fn call_n_words(
    f: *const c_void,
    args: *const usize,
    n: usize,
    xmm0: *mut usize,
) -> usize {
    naked_asm!(
        ".seh_proc {me}",
        "push rbp",
        ".seh_pushreg rbp",
        "push rsi",
        ".seh_pushreg rsi",
        "sub rsp, 8",
        ".seh_stackalloc 8",
        "mov rbp, rsp",
        ".seh_setframe rbp, 0",
        ".seh_endprologue",
        "mov rsi, r9",
        "mov r11, rcx",
        "mov r10, rdx",
        "lea rax, [8 * r8 + 8]", // room for all, of which the first four are the shadow space
        "and rax, -16",
        "sub rsp, rax",
        "2:",
        "dec r8",
        "mov rax, qword ptr [r10 + 8 * r8]",
        "mov qword ptr [rsp + 8 * r8], rax",
        "jnz 2b",
        "mov rcx, qword ptr [rsp]",
        "mov rdx, qword ptr [rsp + 8]",
        "mov r8, qword ptr [rsp + 16]",
        "mov r9, qword ptr [rsp + 24]",
        "movq xmm0, rcx",
        "movq xmm1, rdx",
        "movq xmm2, r8",
        "movq xmm3, r9",
        "call r11",
        "movq qword ptr [rsi], xmm0",
        "lea rsp, [rbp + 8]",
        "pop rsi",
        "pop rbp",
        "ret",
        ".seh_endproc",
        me = sym call_n_words,
    )
}

const _: () = assert!(size_of::<CallbackFrame>() <= CALLBACK_XMM15 && size_of::<FpControl>() == 8);
