//! Faults on Windows: a handler that sees them first, for the overflow of stacks, and one that hears of
//! those that nobody has handled.

use crate::line::Line;
use core::ffi::c_void;
use core::fmt::Write;
use core::ptr;
use std::sync::OnceLock;
use windows_sys::Win32::Foundation::{
    EXCEPTION_ACCESS_VIOLATION, EXCEPTION_STACK_OVERFLOW, STATUS_GUARD_PAGE_VIOLATION,
};
#[cfg(not(target_arch = "x86_64"))]
use windows_sys::Win32::System::Diagnostics::Debug::RtlCaptureStackBackTrace;
use windows_sys::Win32::System::Diagnostics::Debug::{
    AddVectoredExceptionHandler, EXCEPTION_CONTINUE_SEARCH, EXCEPTION_POINTERS, EXCEPTION_RECORD,
    LPTOP_LEVEL_EXCEPTION_FILTER, SetUnhandledExceptionFilter,
};
#[cfg(target_arch = "x86_64")]
use windows_sys::Win32::System::Diagnostics::Debug::{
    CONTEXT, RtlCaptureContext, RtlLookupFunctionEntry, RtlVirtualUnwind, UNW_FLAG_NHANDLER,
};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
    GetModuleFileNameA, GetModuleHandleExA,
};
use windows_sys::Win32::System::Threading::GetCurrentThreadStackLimits;

/// What the runtime does about faults. Both are called on the stack where the fault was.
pub(crate) struct FaultHandler {
    /// Decides about the address of a fault. If it returns, the fault is none of the runtime's.
    pub(crate) on_fault: fn(address: usize),
    /// Reports a fault that nobody has handled, of which the process dies.
    pub(crate) on_death: fn(signal: &str, address: usize),
}

static FAULT_HANDLER: OnceLock<FaultHandler> = OnceLock::new();
static OLD_FILTER: OnceLock<LPTOP_LEVEL_EXCEPTION_FILTER> = OnceLock::new();

/// Calls `handler` on each memory fault, before anybody else: std would report the overflow of a G's stack as
/// that of its thread. The filter that was there before is called after ours.
pub(crate) fn install_fault_handler(handler: FaultHandler) {
    if FAULT_HANDLER.set(handler).is_err() {
        return;
    }
    // SAFETY: both functions allocate nothing, and are never unloaded.
    unsafe {
        AddVectoredExceptionHandler(1, Some(on_exception));
        let _ = OLD_FILTER.set(SetUnhandledExceptionFilter(Some(on_unhandled)));
    }
}

/// The address that a memory fault was at.
fn fault_address(record: &EXCEPTION_RECORD) -> Option<usize> {
    match record.ExceptionCode {
        EXCEPTION_ACCESS_VIOLATION | STATUS_GUARD_PAGE_VIOLATION => {
            Some(record.ExceptionInformation[1])
        }
        // The fault was above the room for its report. The end of the stack is what it is about.
        EXCEPTION_STACK_OVERFLOW => {
            let (mut low, mut high) = (0, 0);
            // SAFETY: fills both.
            unsafe { GetCurrentThreadStackLimits(&mut low, &mut high) };
            Some(low)
        }
        _ => None,
    }
}

unsafe extern "system" fn on_exception(info: *mut EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system passes its own record.
    let record = unsafe { &*(*info).ExceptionRecord };
    if let (Some(address), Some(handler)) = (fault_address(record), FAULT_HANDLER.get()) {
        (handler.on_fault)(address);
    }
    EXCEPTION_CONTINUE_SEARCH
}

unsafe extern "system" fn on_unhandled(info: *const EXCEPTION_POINTERS) -> i32 {
    // SAFETY: as above.
    let record = unsafe { &*(*info).ExceptionRecord };
    if let (Some(address), Some(handler)) = (fault_address(record), FAULT_HANDLER.get()) {
        (handler.on_death)("access violation", address);
    }
    match OLD_FILTER.get() {
        // SAFETY: the filter is called as the system would have.
        Some(Some(filter)) => unsafe { filter(info) },
        _ => EXCEPTION_CONTINUE_SEARCH,
    }
}

/// A trace ends after this many frames: as many as older systems give.
const MAX_FRAMES: usize = 62;

/// Where the calling code's frames are, the innermost first; how many. The system's own walk ends at the bounds of
/// the stack in use.
#[cfg(target_arch = "x86_64")]
fn frames(frames: &mut [*const c_void; MAX_FRAMES]) -> usize {
    #[repr(align(16))]
    struct Aligned(CONTEXT);

    let (mut n, mut leaf) = (0, false);
    // SAFETY: zeros are a context. The frames are the calling thread's own, and those of Gs and of C that they
    // follow from, none of which is left meanwhile.
    unsafe {
        let mut at: Aligned = core::mem::zeroed();
        RtlCaptureContext(&mut at.0);
        while n < MAX_FRAMES && at.0.Rip != 0 {
            frames[n] = ptr::with_exposed_provenance(at.0.Rip as usize);
            n += 1;
            let (mut base, mut data, mut frame) = (0, ptr::null_mut(), 0);
            let entry = RtlLookupFunctionEntry(at.0.Rip, &mut base, ptr::null_mut());
            // Code that keeps nothing on the stack has its return address as the first word. It calls nobody: where
            // there seem to be two, the stack isn't what it should be, and must not be read on.
            if entry.is_null() && leaf {
                break;
            }
            leaf = entry.is_null();
            if leaf {
                at.0.Rip = ptr::with_exposed_provenance::<u64>(at.0.Rsp as usize).read();
                at.0.Rsp += 8;
                continue;
            }
            RtlVirtualUnwind(
                UNW_FLAG_NHANDLER,
                base,
                at.0.Rip,
                entry,
                &mut at.0,
                &mut data,
                &mut frame,
                ptr::null_mut(),
            );
        }
    }
    n
}

/// The same. Without unwind tables there is only the system's walk.
#[cfg(not(target_arch = "x86_64"))]
fn frames(frames: &mut [*const c_void; MAX_FRAMES]) -> usize {
    // SAFETY: there is room for so many frames.
    usize::from(unsafe {
        RtlCaptureStackBackTrace(0, MAX_FRAMES as u32, frames.as_mut_ptr().cast(), ptr::null_mut())
    })
}

/// Writes the calling code's frames to standard error: for each the module and the place in it. Allocates
/// nothing.
pub(crate) fn write_trace() {
    let mut all = [ptr::null(); MAX_FRAMES];
    let n = frames(&mut all);
    for (number, at) in all[..n].iter().enumerate() {
        let mut line = Line::new();
        let mut name = [0; 256];
        let (file, offset) = module_of(*at, &mut name);
        // `Line` never fails.
        let _ = write!(line, "  {number}: {file}+{offset:#x}");
        line.print();
    }
}

/// The file of the module that an address is in, and where the address is in it.
fn module_of(at: *const c_void, name: &mut [u8; 256]) -> (&str, usize) {
    let flags =
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    let mut module = ptr::null_mut();
    // SAFETY: with this flag the "name" is an address. There is room for as long a name as is said.
    let len = unsafe {
        if GetModuleHandleExA(flags, at.cast(), &mut module) == 0 {
            return ("?", at.addr());
        }
        GetModuleFileNameA(module, name.as_mut_ptr(), name.len() as u32)
    };
    let file = core::str::from_utf8(&name[..len as usize]).unwrap_or("?");
    (file, at.addr() - module.addr())
}
