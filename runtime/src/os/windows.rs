//! Windows: memory, process-wide barriers, waiting on addresses, threads. There are no signals.

#[path = "windows_fault.rs"]
mod fault;
#[path = "windows_memory.rs"]
mod memory;
#[path = "note.rs"]
mod note;

pub(crate) use fault::{FaultHandler, install_fault_handler, write_trace};
pub(crate) use memory::{
    OVERFLOW_ROOM, disable_guard_install, discard, guard, map, mapping_of, page_size, ready_stack,
    stack_bounds,
};
pub(crate) use note::Note;

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::time::Duration;
use windows_sys::Win32::Foundation::{GetLastError, SetLastError};
use windows_sys::Win32::Storage::FileSystem::WriteFile;
use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};
use windows_sys::Win32::System::Threading::{
    FLS_OUT_OF_INDEXES, FlsAlloc, FlsSetValue, FlushProcessWriteBuffers, GetCurrentProcess,
    GetCurrentProcessId, INFINITE, TLS_OUT_OF_INDEXES, TerminateProcess, TlsAlloc, WaitOnAddress,
    WakeByAddressSingle,
};

// ---- thread-local storage ----

/// Go's `osSetupTLS`: gets the slot that `g` is kept in, if there is none yet. `setg` writes it and doesn't
/// get it. Calls are serialised by the caller.
pub(crate) fn setup_tls() -> io::Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_some() {
        return Ok(());
    }
    // SAFETY: no preconditions.
    let slot = unsafe { TlsAlloc() };
    // SAFETY: the slot was just given to us.
    if slot != TLS_OUT_OF_INDEXES && unsafe { arch::set_tls_slot(slot) } {
        let _ = DONE.set(());
        return Ok(());
    }
    Err(io::Error::other("the program uses all of the first 64 slots of TlsAlloc"))
}

/// How many processors this process may use.
pub(crate) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

// ---- barriers ----

/// Whether this process may use [`heavy_barrier`].
pub(crate) fn has_heavy_barrier() -> bool {
    true
}

/// A full barrier on every processor that runs a thread of this process.
pub(crate) fn heavy_barrier() {
    core::sync::atomic::fence(SeqCst);
    if !crate::sched::no_heavy_barrier() {
        // SAFETY: no preconditions.
        unsafe { FlushProcessWriteBuffers() };
    }
    core::sync::atomic::fence(SeqCst);
}

// ---- sleeping and waking threads ----

/// Sleeps while the word is `expected`, for so long; may wake before. The system counts in milliseconds, so a
/// shorter time is one of these.
fn wait_on(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let millis = limit.map_or(INFINITE, |limit| {
        let millis = limit.as_nanos().div_ceil(1_000_000);
        u32::try_from(millis).unwrap_or(INFINITE).min(INFINITE - 1)
    });
    // SAFETY: both words are alive during the call.
    unsafe {
        WaitOnAddress(word.as_ptr().cast(), (&raw const expected).cast(), size_of::<u32>(), millis);
    }
}

/// Wakes one thread that sleeps on the word.
fn wake_one(word: &AtomicU32) {
    // SAFETY: only the address is used.
    unsafe { WakeByAddressSingle(word.as_ptr().cast()) };
}

/// The system's timers are what they are.
pub(crate) fn precise_timers() {}

// ---- errors ----

unsafe extern "C" {
    /// The C library's `&errno`.
    fn _errno() -> *mut c_int;
    fn strerror(error: c_int) -> *const c_char;
}

/// Where the calling thread's `errno` is, as long as the thread lives.
#[inline(always)]
pub(crate) fn errno_location() -> *mut c_int {
    // SAFETY: always valid to call.
    unsafe { _errno() }
}

/// The calling thread's `errno`.
#[inline]
pub(crate) fn errno() -> c_int {
    // SAFETY: the location is this thread's own.
    unsafe { *_errno() }
}

/// Sets the calling thread's `errno`.
#[inline]
pub(crate) fn set_errno(value: c_int) {
    // SAFETY: as above.
    unsafe { *_errno() = value };
}

/// The system's error code of the calling thread's last call: `GetLastError()`, which is not `errno`.
pub(crate) fn last_error() -> i32 {
    // SAFETY: no preconditions.
    unsafe { GetLastError() as i32 }
}

/// Sets it.
pub(crate) fn set_last_error(value: i32) {
    // SAFETY: no preconditions.
    unsafe { SetLastError(value as u32) };
}

/// The C library's numbers are none of the system's: `from_raw_os_error` would take them for another's.
pub(crate) fn error_of_errno(errno: c_int) -> io::Error {
    use io::ErrorKind::*;
    let kind = match errno {
        1 | 13 => PermissionDenied,
        2 => NotFound,
        4 => Interrupted,
        11 => WouldBlock,
        12 => OutOfMemory,
        17 => AlreadyExists,
        20 => NotADirectory,
        21 => IsADirectory,
        22 => InvalidInput,
        28 => StorageFull,
        32 => BrokenPipe,
        41 => DirectoryNotEmpty,
        138 => TimedOut,
        _ => Other,
    };
    // SAFETY: the text is the C library's, this thread's until the next call.
    let text = unsafe { CStr::from_ptr(strerror(errno)) };
    io::Error::new(kind, format!("{} (errno {errno})", text.to_string_lossy()))
}

// ---- signals, which there are none of ----

/// Nothing calls back between two instructions here.
pub(crate) struct SignalsBlocked(());

impl SignalsBlocked {
    pub(crate) fn new() -> Self {
        SignalsBlocked(())
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {}
}

/// Which signals a thread blocks.
pub(crate) struct SignalMask(());

impl SignalMask {
    pub(crate) fn of_this_thread() -> Self {
        SignalMask(())
    }

    pub(crate) fn apply(&self) {}
}

/// Exceptions are handled on the stack where they come up, which keeps room for that
/// ([`OVERFLOW_ROOM`], and std's guarantee for threads).
pub(crate) struct SignalStack(());

pub(crate) fn has_signal_stack() -> bool {
    true
}

impl SignalStack {
    pub(crate) fn new() -> Option<Self> {
        None
    }

    pub(crate) fn install(&self, _replace: bool) -> bool {
        false
    }

    pub(crate) fn remove(&self) {}
}

// ---- the process ----

/// Writes to standard error without allocating, locking or failing.
pub(crate) fn write_stderr(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let (mut n, len) = (0, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        // SAFETY: the bytes are alive.
        let written = unsafe {
            WriteFile(GetStdHandle(STD_ERROR_HANDLE), bytes.as_ptr(), len, &mut n, ptr::null_mut())
        };
        if written == 0 || n == 0 {
            return;
        }
        bytes = &bytes[n as usize..];
    }
}

/// Keeps the library that this code is in, if it is in one, from being unloaded: its threads, FLS callback
/// and exception handler would lose their code.
pub(crate) fn keep_loaded() {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let mut module = ptr::null_mut();
    // SAFETY: with this flag the "name" is an address in the module.
    unsafe { GetModuleHandleExW(flags, keep_loaded as *const u16, &mut module) };
}

/// Ends the process at once, without its exit handlers.
pub(crate) fn exit_now(status: c_int) -> ! {
    // SAFETY: the handle is a constant that means this process.
    unsafe { TerminateProcess(GetCurrentProcess(), status as u32) };
    unreachable!("the process has ended")
}

/// What the system says of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census {
    /// All threads of the process.
    pub(crate) threads: usize,
    /// Whether somebody else than the runtime and the libraries below it handles a signal. A console's
    /// Ctrl-C runs its handlers on a thread that the system makes then; nobody can tell of them before.
    pub(crate) handles_signals: bool,
}

/// Counts the threads now.
pub(crate) fn census() -> Option<Census> {
    // SAFETY: a snapshot of all threads of the system; the handle is closed by its owner.
    let snapshot = unsafe {
        let handle = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
        if handle.is_null() || handle.addr() == usize::MAX {
            return None;
        }
        <std::os::windows::io::OwnedHandle as std::os::windows::io::FromRawHandle>::from_raw_handle(
            handle,
        )
    };
    let handle = std::os::windows::io::AsRawHandle::as_raw_handle(&snapshot);
    let mut entry =
        THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..THREADENTRY32::default() };
    let mut threads = 0;
    // SAFETY: the entry says how large it is.
    unsafe {
        let process = GetCurrentProcessId();
        let mut more = Thread32First(handle, &mut entry) != 0;
        while more {
            threads += usize::from(entry.th32OwnerProcessID == process);
            more = Thread32Next(handle, &mut entry) != 0;
        }
    }
    (threads > 0).then_some(Census { threads, handles_signals: false })
}

// ---- the end of threads ----

#[link(name = "ntdll")]
unsafe extern "system" {
    fn RtlDllShutdownInProgress() -> u8;
}

/// Whether C's frames on the stack that `g0` was left on may be dropped, to go on at `to`. Not if it is a
/// fiber's: the system would still take the thread for that fiber.
#[inline(always)]
pub(crate) fn may_drop_frames(g0: &arch::Context, to: *const u8) -> bool {
    g0.was_left_on_stack_of(to)
}

/// Whether the process is ending: its FLS callbacks run then as if the thread had ended that ends it.
pub(crate) fn process_is_ending() -> bool {
    // SAFETY: no preconditions.
    unsafe { RtlDllShutdownInProgress() != 0 }
}

/// Calls a function when the thread ends, if the thread has set a value: an FLS callback. Fiber-local
/// storage is a thread's own where it has no fibers; a fiber that has called back gives the M back when it
/// is deleted.
pub(crate) struct ExitKey(u32);

/// The one key's destructor. The system's callbacks are not of the C ABI on 32-bit systems.
static DESTRUCTOR: OnceLock<unsafe extern "C" fn(*mut c_void)> = OnceLock::new();

unsafe extern "system" fn at_exit(value: *const c_void) {
    if let Some(destructor) = DESTRUCTOR.get() {
        // SAFETY: the system passes what `ExitKey::set` was given.
        unsafe { destructor(value.cast_mut()) }
    }
}

impl ExitKey {
    /// `destructor` gets the value. There is one key only.
    pub(crate) fn new(destructor: unsafe extern "C" fn(*mut c_void)) -> io::Result<Self> {
        // Set before, if there was no key to be had then.
        let _ = DESTRUCTOR.set(destructor);
        // SAFETY: the callback is in this module, which is never unloaded.
        match unsafe { FlsAlloc(Some(at_exit)) } {
            FLS_OUT_OF_INDEXES => Err(io::Error::last_os_error()),
            index => Ok(ExitKey(index)),
        }
    }

    /// Sets the calling thread's value; false if there is no memory for it.
    pub(crate) fn set(&self, value: *const c_void) -> bool {
        // SAFETY: the index is never freed.
        unsafe { FlsSetValue(self.0, value) != 0 }
    }
}

#[cfg(test)]
mod tests {
    use arch::{AbiEntry, Context};
    use core::ffi::c_void;
    use std::process::Command;

    /// The wrong way to `needm`.
    struct Wrapped;

    impl AbiEntry for Wrapped {
        unsafe extern "C" fn enter(_g: *mut Context, _arg: *mut c_void) {
            crate::extra::needm();
        }
    }

    /// The TLS slot of a foreign thread isn't set up, so there is no `g` for the wrapper to load.
    #[test]
    fn needm_through_the_wrapper_is_refused_on_a_foreign_thread() {
        const CHILD: &str = "CALLGATE_NEEDM_CHILD";
        if std::env::var_os(CHILD).is_some() {
            crate::run(|| ());
            // SAFETY: none: the test is about what is then said.
            let wrong_way = || unsafe { arch::abi_wrapper::<Wrapped>(core::ptr::null_mut()) };
            let _ = std::thread::spawn(wrong_way).join();
            return;
        }
        let name = "os::system::tests::needm_through_the_wrapper_is_refused_on_a_foreign_thread";
        let output = Command::new(std::env::current_exe().expect("a test knows its file"))
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "")
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stderr);
        if cfg!(debug_assertions) {
            assert!(!output.status.success());
            assert!(text.contains("`needm` must be called past the wrapper"), "{text}");
            assert!(text.contains("the zero register be cleared by hand"), "{text}");
        } else {
            assert!(output.status.success(), "{text}");
        }
    }
}
