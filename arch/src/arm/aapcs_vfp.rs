//! 32-bit ARM with the procedure call standard for floating-point registers (AAPCS-VFP), in Arm state.
//!
//! # Registers
//! | | kept by a callee | may be clobbered |
//! | --- | --- | --- |
//! | integer | `r4`–`r11`, `sp` | `r0`–`r3`, `r12`, `lr` |
//! | float | `d8`–`d15` | `d0`–`d7`, and `d16`–`d31` where there are any; `d7` is callgate's zero register on entry to runtime code |
//! | control | FPSCR but its flags | its flags |
//!
//! `r9` is an ordinary register on Linux. Source: *Procedure Call Standard for the Arm Architecture (AAPCS32)*,
//! §6.1 and §7.1. Stacks are aligned to 8 bytes at a call, and there is no red zone.
//!
//! # Thumb
//! C and Rust code may be in Thumb state, told by the lowest bit of an address: calls of pointers are
//! `blx`, and returns are loads of `pc` or `bx`, which switch the state; the linker makes `blx` of a `bl`
//! that needs it.
//!
//! # Unwinding
//! Frames are described by the tables of the *Exception Handling ABI*, one description for all of a routine.
//! Each routine that switches stacks keeps the *old* stack's frame in `r11` and begins its description
//! by `r11`. Callees keep that, so an unwinder that comes from the new stack finds its way to the old one:
//!
//! ```text
//!  callback's frames ─► cgocallback ─► exported shim ─► C frames ─► asmcgocall ─► the caller ─► gstart
//!   (G's stack)          (r11: thread's stack)                     (r11: G's stack)             (end)
//! ```
//!
//! These tables have no word for "the frame address is in memory", by which other targets lead a panic over C
//! frames. So it is caught at the callback's edge, and goes on after [`drop_to_call`].
//!
//! # Floating-point control
//! As on x86-64: into C nothing happens; a callback gets FPSCR as Rust expects it, which is zero, and C gets
//! its own back; from G to G it is saved and loaded.

#[path = "elf_tls.rs"]
mod tls;
#[path = "../no_words.rs"]
mod words;

pub use tls::{g, setg};
pub use words::{CALLS_WORDS, WORD_ARGS, call_words};

use crate::context::{
    CGO_SP, FRAME_ARG, FRAME_CFA, FRAME_CGO_SP, FRAME_FP, FRAME_G0_SP, G0, SHIM, SP,
};
use crate::unwinding::personality;
use crate::{AbiEntry, CallbackEntry, CallbackFrame, Context, McallFn};
use core::arch::{asm, naked_asm};
use core::ffi::c_void;
use tls::g_address;

/// Stacks are aligned to this many bytes wherever a function is called.
pub const STACK_ALIGN: usize = 8;

/// A panic doesn't pass over C frames by itself.
pub const PANICS_PASS: bool = false;

/// So many [`Scalar`](crate::Scalar) arguments are passed in registers, whatever they are: there are four
/// for integers and pointers, and eight for `double`s (§6.4, §7.1.2). The address of where a large result
/// goes is an argument, too.
pub const REGISTER_ARGS: usize = 4;

/// Valgrind's notes on stacks are for other targets' sake; see `x86_64/valgrind.rs`.
#[inline(always)]
pub fn register_stack(_low: *const c_void, _high: *const c_void) {}

/// Whether compiled code leaves the zero register alone long enough for a test to see it in a callback: there are
/// few registers, and copies of memory take all.
pub const ZERO_REGISTER_LASTS: bool = false;

/// Whether a callee keeps the zero register, so that who called has its own value back.
pub const ZERO_REGISTER_IS_KEPT: bool = false;

/// The zero register (`d7`) as it is now, for tests of the convention.
#[inline(always)]
#[must_use]
pub fn zero_register() -> u128 {
    let (low, high): (u32, u32);
    // SAFETY: only reads d7.
    unsafe {
        asm!(
            "vmov {low}, {high}, d7",
            low = out(reg) low,
            high = out(reg) high,
            options(nostack, preserves_flags, nomem)
        );
    }
    (u128::from(high) << 32) | u128::from(low)
}

/// Saves all that a callee keeps, in a frame of 104 bytes with a free word in it: the first instructions of
/// every routine that switches stacks, whose pictures show it.
macro_rules! save_registers {
    () => {
        "
        push {{r4-r11, lr}}
        .save {{r4-r11, lr}}
        sub sp, sp, #4
        .pad #4
        vpush {{d8-d15}}
        .vsave {{d8-d15}}
        "
    };
}

/// Loads them again, and returns. `sp` is at the frame.
macro_rules! load_registers {
    () => {
        "
        vpop {{d8-d15}}
        add sp, sp, #4
        pop {{r4-r11, pc}}
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
/// +100   │ return address   │                    │                              │
///  +68…  │ caller's r4–r11  │                    │                              │
///  +64   │ (alignment)      │                    ├──────────────────────────────┤◄── g0.sp = sp
///   +0…  │ caller's d8–d15  │◄── r11, g.cgo_sp   │ shim's frame, then C's       │    (at the call)
///        │ a callback's     │                    │                              ▼
///        │ frames begin here▼
/// ```
///
/// Keeps all that a callee keeps. But for `r4`, in which `g` waits, `r5` and `r11`, they are saved for
/// [`drop_to_call`] alone, whose C frames may have had them last: C's own return brings them back.
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
        ".fnstart",
        save_registers!(),
        "mov r11, sp",
        ".setfp r11, sp",
        g_address!(),
        "ldr r4, [r5]",
        "str sp, [r4, #{CGO_SP}]",
        "ldr r12, [r4, #{SHIM}]",
        "ldr r5, [r4, #{G0}]",
        "ldr sp, [r5, #{SP}]",
        "blx r12",
        "mov r12, #0",
        "str r12, [r4, #{CGO_SP}]", // Rust code runs again
        "vmov d7, r12, r12",
        "add sp, r11, #68", // C has kept d8 to d15
        "pop {{r4-r11, pc}}",
        ".personality {personality}",
        ".handlerdata",
        ".fnend",
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
///        │ caller's r4–r11  │                     │ shim's frame, C's frames     │     by the runtime)
///        │ (alignment)      │                     │ and cgocallback's: dropped   │
///        │ caller's d8–d15  │ ◄─ g.cgo_sp = sp    │                              ▼
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
        ".fnstart",
        ".cantunwind", // the frames it came from are gone
        "ldr sp, [r0, #{CGO_SP}]",
        "mov r1, #0",
        "str r1, [r0, #{CGO_SP}]",
        "vmov d7, r1, r1",
        load_registers!(),
        ".fnend",
        CGO_SP = const CGO_SP,
    )
}

/// C → Rust. Runs `E::cgocallbackg(g, callback, frame)` on the stack of the G that is in C on this
/// thread. On a thread that has no G, `E::needm` is called first, directly: there is no `g` for
/// a wrapper to load, so the zero register is cleared by hand (Go's change of 2021).
///
/// This is also the ABI wrapper of a callback: it loads `g`, clears the zero register, gives Rust the default
/// floating-point control word, and passes `g` first.
///
/// ```text
///        the g0 stack (C called us)              the G's stack
///        │ C frames              │               │ caller of asmcgocall, its    │
///        │ exported shim's frame │               │ frame (picture there)        │
/// +124   │ return address        │               ├──────────────────────────────┤◄── g.cgo_sp = sp
///  +92…  │ caller's r4–r11       │               │ cgocallbackg, the callback   ▼    (at the call)
///  +88   │ (alignment)           │
///  +24…  │ caller's d8–d15       │◄── r11
///  +20   │ (unused)              │ ┐
///  +16   │ (unused)              │ │
///  +12   │ g.cgo_sp before       │ │ CallbackFrame
///   +8   │ g0.sp before          │ │
///   +0   │ C's FPSCR             │◄┴─ g0.sp while the callback runs: below every C frame
/// ```
///
/// Keeps `r4`–`r11`, `d8`–`d15`, `sp` and FPSCR. The G is locked to this thread while the callback
/// runs, so `r4` (= g) and the `g0` it names are the same before and after, even if the G parked.
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
        ".fnstart",
        save_registers!(),
        "mov r11, sp",
        ".setfp r11, sp",
        "sub sp, sp, #{FRAME}",
        "vmrs r4, fpscr",
        "str r4, [sp, #{FP}]",
        "mov r6, #0", // 1: needm was called
        "vmsr fpscr, r6",
        "vmov d7, r6, r6",
        "mov r2, r1", // frame: the third argument below
        "mov r1, r0", // callback: the second
        g_address!(),
        "ldr r0, [r5]",
        "cmp r0, #0",
        "beq 4f",
        "3:",
        "ldr r3, [r0, #{CGO_SP}]",
        "cmp r3, #0",
        "beq 5f",
        "mov r4, r0",
        "ldr r7, [r0, #{G0}]",
        "ldr r8, [r7, #{SP}]",
        "str r8, [sp, #{G0_SP}]",
        "str r3, [sp, #{OLD_CGO_SP}]",
        "str sp, [r7, #{SP}]",
        "mov r8, #0",
        "str r8, [r0, #{CGO_SP}]",
        "mov sp, r3",
        "bl {cgocallbackg}",
        "sub sp, r11, #{FRAME}",
        "ldr r7, [r4, #{G0}]",
        "ldr r8, [sp, #{G0_SP}]",
        "ldr r3, [sp, #{OLD_CGO_SP}]",
        "str r8, [r7, #{SP}]",
        "str r3, [r4, #{CGO_SP}]",
        "cmp r6, #0",
        "bne 6f",
        "7:",
        "ldr r3, [sp, #{FP}]",
        "vmsr fpscr, r3",
        "add sp, r11, #68", // the callee has kept d8 to d15
        "pop {{r4-r11, pc}}",
        // No g: needm, past the wrapper. The zero register was cleared above.
        "4:",
        "str r1, [sp, #{G0_SP}]",
        "str r2, [sp, #{OLD_CGO_SP}]",
        "bl {needm}",
        "ldr r1, [sp, #{G0_SP}]",
        "ldr r2, [sp, #{OLD_CGO_SP}]",
        "vmov d7, r6, r6",
        "mov r6, #1",
        "b 3b",
        // Rust code of a G called the exported function: no C frames, no switch.
        "5:",
        "bl {direct}",
        "b 7b",
        "6:",
        "mov r0, r4",
        "bl {dropm}",
        "b 7b",
        ".fnend",
        FRAME = const size_of::<CallbackFrame>(),
        FP = const FRAME_FP,
        G0_SP = const FRAME_G0_SP,
        OLD_CGO_SP = const FRAME_CGO_SP,
        CGO_SP = const CGO_SP,
        G0 = const G0,
        SP = const SP,
        cgocallbackg = sym E::cgocallbackg,
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
/// +100   │ return address   │                    │ callback: never touched      │
///  +68…  │ caller's r4–r11  │                    ├──────────────────────────────┤◄── g0.sp = sp
///  +64   │ FPSCR            │                    │ f's frame: the scheduler     ▼    (at the call)
///   +0…  │ caller's d8–d15  │◄── g.sp
/// ```
///
/// `f` never runs in a frame that already exists (Go's reason for `mcall`, 2011), and its calls and
/// returns stay paired for the return predictor, because the switch is made after it has returned.
/// While `f` runs, the thread's `g` is its `g0`. A backtrace from `f` ends here: the G that was
/// left may by then run somewhere else.
///
/// Keeps `r4`–`r11`, `d8`–`d15`, `sp` and FPSCR of each G.
///
/// # Safety
/// Called on the stack of the thread's `g`, which is a G and not a `g0`, and not in C. `f` returns
/// a context that was saved by `mcall` or [`mstart`] or made by [`init_stack`], that no other
/// thread runs, and whose `g0` is this thread's.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall(f: McallFn, arg: *mut c_void) {
    naked_asm!(
        ".fnstart",
        ".cantunwind",
        "push {{r4-r11, lr}}",
        "sub sp, sp, #4",
        "vpush {{d8-d15}}",
        "vmrs r4, fpscr",
        "str r4, [sp, #64]",
        "mov r2, r0",
        g_address!(),
        "ldr r0, [r5]",
        "str sp, [r0, #{SP}]",
        "ldr r4, [r0, #{G0}]",
        "str r4, [r5]",
        "ldr sp, [r4, #{SP}]",
        "blx r2",
        "ldr sp, [r0, #{SP}]",
        "b {gogo}",
        ".fnend",
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
        ".fnstart",
        ".cantunwind",
        "mov r2, r0",
        g_address!(),
        "ldr r0, [r5]",
        "ldr r4, [r0, #{G0}]",
        "str r4, [r5]",
        "ldr sp, [r4, #{SP}]",
        "blx r2",
        "ldr sp, [r0, #{SP}]",
        "b {gogo}",
        ".fnend",
        G0 = const G0,
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Resumes the G in `r0`, whose saved registers `sp` already points at; the end of [`mcall`] and
/// [`mstart`]. See the pictures there; the frame is the same for a fresh stack ([`init_stack`]).
#[unsafe(naked)]
unsafe extern "C" fn gogo() {
    naked_asm!(
        ".fnstart",
        ".cantunwind",
        g_address!(),
        "str r0, [r5]",
        "mov r1, #0",
        "vmov d7, r1, r1",
        "ldr r1, [sp, #64]",
        "vmsr fpscr, r1",
        load_registers!(),
        ".fnend",
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
/// Keeps `r4`–`r11`, `d8`–`d15`, `sp` and FPSCR.
///
/// # Safety
/// `g0` is a `g0` that no thread runs, `first` a context as [`mcall`]'s `f` returns one, with this
/// `g0`. On return the thread's `g` is `g0`.
#[unsafe(naked)]
pub unsafe extern "C" fn mstart(g0: *mut Context, first: *mut Context) {
    naked_asm!(
        ".fnstart",
        ".cantunwind",
        "push {{r4-r11, lr}}",
        "sub sp, sp, #4",
        "vpush {{d8-d15}}",
        "vmrs r4, fpscr",
        "str r4, [sp, #64]",
        "str sp, [r0, #{SP}]",
        "mov r0, r1",
        "ldr sp, [r1, #{SP}]",
        "b {gogo}",
        ".fnend",
        SP = const SP,
        gogo = sym gogo,
    )
}

/// Lays out a fresh stack whose first resumption calls `entry(arg)`, with the default
/// floating-point control word, at the outermost frame of a backtrace. Returns the context's `sp`.
///
/// ```text
///  top   ├──────────────────┤ aligned to STACK_ALIGN: sp in gstart
///   -4   │ gstart        pc │    gogo's pop goes there
///  -28…  │ 0       r6 – r11 │
///  -32   │ arg           r5 │
///  -36   │ entry         r4 │
///  -40   │ 0          FPSCR │
/// -104…  │ 0       d8 – d15 │◄── sp
/// ```
///
/// # Safety
/// The 104 bytes below `top` are writable and unused. `top` is aligned to [`STACK_ALIGN`]. `entry`
/// never returns.
pub unsafe fn init_stack(
    top: *mut u8,
    entry: unsafe extern "C" fn(arg: *mut c_void) -> !,
    arg: *mut c_void,
) -> *mut u8 {
    debug_assert!(top.addr().is_multiple_of(STACK_ALIGN));
    let mut words = [0_usize; 26];
    words[17] = entry as usize;
    words[18] = arg.expose_provenance();
    words[25] = gstart as *const () as usize;
    // SAFETY: the contract gives us the 104 bytes below `top`, which is aligned for words.
    unsafe {
        let sp = top.cast::<usize>().sub(words.len());
        sp.cast::<[usize; 26]>().write(words);
        sp.cast()
    }
}

/// Where a fresh stack starts: calls `r4(r5)`. Its return address is null, as `r6` is, so every backtrace of
/// a G ends here.
#[unsafe(naked)]
unsafe extern "C" fn gstart() {
    naked_asm!(
        ".fnstart",
        "mov lr, r6",
        "push {{r6, lr}}",
        ".save {{r6, lr}}",
        "mov r0, r5",
        "blx r4",
        "udf #0",
        ".fnend",
    )
}

/// The ABI wrapper: the way by which foreign code enters a runtime function on the stack it is on.
/// Loads `g` (null where the thread has none), clears the zero register, and calls `E::enter(g, arg)`.
///
/// ```text
///        │ caller's frame   │
///   +4   │ return address   │
///   +0   │ caller's r5      │◄── sp
/// ```
///
/// # Safety
/// `arg` is what `E` expects.
#[unsafe(naked)]
pub unsafe extern "C" fn abi_wrapper<E: AbiEntry>(arg: *mut c_void) {
    naked_asm!(
        ".fnstart",
        "push {{r5, lr}}",
        ".save {{r5, lr}}",
        "mov r1, #0",
        "vmov d7, r1, r1",
        "mov r1, r0",
        g_address!(),
        "ldr r0, [r5]",
        "bl {enter}",
        "pop {{r5, pc}}",
        ".fnend",
        enter = sym E::enter,
    )
}

// The last two are not used here: no shim runs without a Rust frame, and frames don't change their address.
const _: () = assert!(size_of::<CallbackFrame>() == 24 && FRAME_CFA == 16 && FRAME_ARG == 20);
