//! Memory faults: who hears of them, and what can be told of them in a signal handler.

use super::unix::{errno, set_errno};
use crate::line::Line;
use core::ffi::{CStr, c_int, c_void};
use core::fmt::{self, Write};
use core::ptr;
use std::sync::OnceLock;

/// What the runtime does about faults. Both are called on the signal stack.
pub(crate) struct FaultHandler {
    /// Decides about the address of a fault. If it returns, the fault is none of the runtime's.
    pub(crate) on_fault: fn(address: usize),
    /// Reports a fault that nobody has handled, of which the process dies.
    pub(crate) on_death: fn(signal: &str, address: usize),
}

static FAULT_HANDLER: OnceLock<FaultHandler> = OnceLock::new();
static OLD_SEGV: OnceLock<libc::sigaction> = OnceLock::new();
static OLD_BUS: OnceLock<libc::sigaction> = OnceLock::new();

/// Calls `handler` on each memory fault. A fault that is not the runtime's goes to the handler that was
/// there before.
pub(crate) fn install_fault_handler(handler: FaultHandler) {
    if FAULT_HANDLER.set(handler).is_err() {
        return;
    }
    for (signal, old) in [(libc::SIGSEGV, &OLD_SEGV), (libc::SIGBUS, &OLD_BUS)] {
        // SAFETY: `on_fault` is async-signal-safe: it reads memory and writes to standard error.
        unsafe {
            let mut before: libc::sigaction = core::mem::zeroed();
            libc::sigaction(signal, ptr::null(), &mut before);
            let _ = old.set(before);
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(signal, &action, ptr::null_mut());
        }
    }
}

unsafe extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a siginfo of a fault.
    let address = unsafe { (*info).si_addr() }.addr();
    let Some(handler) = FAULT_HANDLER.get() else { return };
    // A host may have the faulting code go on, which then has the errno from before.
    let before = errno();
    (handler.on_fault)(address);
    set_errno(before);
    // SAFETY: the kernel's own arguments.
    unsafe { chain(signal, info, context) };
    // Rust's own handler, like us, puts the default action back for what it can't handle.
    // SAFETY: the structure is plain memory that the call fills.
    let dies = unsafe {
        let mut now: libc::sigaction = core::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &mut now) == 0 && now.sa_sigaction == libc::SIG_DFL
    };
    if dies {
        let name = if signal == libc::SIGSEGV { "SIGSEGV" } else { "SIGBUS" };
        (handler.on_death)(name, address);
    }
}

/// Does what was to be done before the runtime's handler came.
unsafe fn chain(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let old = if signal == libc::SIGSEGV { &OLD_SEGV } else { &OLD_BUS };
    let Some(old) = old.get() else { return };
    // SAFETY: the earlier handler is called as the kernel would have; the default action is put
    // back and happens when the faulting instruction runs again.
    unsafe {
        match old.sa_sigaction {
            libc::SIG_DFL => {
                libc::sigaction(signal, old, ptr::null_mut());
            }
            // An ignored fault can't be: the kernel kills, and so does the default action.
            libc::SIG_IGN => {
                libc::signal(signal, libc::SIG_DFL);
            }
            f if old.sa_flags & libc::SA_SIGINFO != 0 => {
                let f: unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                    core::mem::transmute(f);
                f(signal, info, context);
            }
            f => {
                let f: unsafe extern "C" fn(c_int) = core::mem::transmute(f);
                f(signal);
            }
        }
    }
}

unsafe extern "C" {
    // The unwinder that Rust's own panics use.
    fn _Unwind_Backtrace(
        frame: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        arg: *mut c_void,
    ) -> c_int;
}

/// A trace ends after this many frames.
const MAX_FRAMES: u32 = 100;
/// Bytes of signal stack that the unwinder and the kernel's frame need between them. Rust's own signal
/// stacks, on threads that are not the runtime's, have less.
const TRACE_STACK: usize = 32 * 1024;

/// Writes the calling code's frames to standard error: for each the file and the place in it, as
/// `addr2line` takes them, and the symbol, if it is one that the loader knows. Takes no lock but the
/// loader's, and allocates nothing: the fault may have come out of the allocator. Writes nothing where
/// the signal stack is too small.
pub(crate) fn write_trace() {
    extern "C" fn frame(context: *mut c_void, count: *mut c_void) -> c_int {
        // SAFETY: the unwinder passes its context, and our count.
        let (at, count) = unsafe { (arch::code_address(context), &mut *count.cast::<u32>()) };
        if at == 0 || *count == MAX_FRAMES {
            return 1;
        }
        let mut line = Line::new();
        // `Line` never fails.
        let _ = write_frame(&mut line, *count, at);
        line.print();
        *count += 1;
        0
    }
    // SAFETY: the structure is plain memory that the call fills.
    let room = unsafe {
        let mut now: libc::stack_t = core::mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut now);
        if now.ss_flags & libc::SS_ONSTACK == 0 { 0 } else { now.ss_size }
    };
    if room < TRACE_STACK {
        return;
    }
    let mut count = 0_u32;
    // SAFETY: the function takes the count, which outlives the call.
    unsafe { _Unwind_Backtrace(frame, (&raw mut count).cast()) };
}

fn write_frame(line: &mut Line, number: u32, at: usize) -> fmt::Result {
    // SAFETY: the structure is plain memory that the call fills, with strings of the loader's.
    let (file, symbol, base) = unsafe {
        let mut of: libc::Dl_info = core::mem::zeroed();
        if libc::dladdr(ptr::without_provenance(at), &mut of) == 0 {
            return write!(line, "  {number}: {at:#x}");
        }
        let text = |p: *const core::ffi::c_char| {
            if p.is_null() { "" } else { CStr::from_ptr(p).to_str().unwrap_or("?") }
        };
        (text(of.dli_fname), text(of.dli_sname), of.dli_fbase.addr())
    };
    write!(line, "  {number}: {file}+{:#x} {symbol}", at - base)
}
