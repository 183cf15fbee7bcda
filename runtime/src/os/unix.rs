//! What all Unix systems have: memory, signals, threads.

use super::system;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};
use std::io;
use std::sync::OnceLock;

// ---- memory ----

/// The size of a page, in bytes.
pub(crate) fn page_size() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    *PAGE.get_or_init(|| {
        // SAFETY: sysconf has no preconditions.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).expect("the system has a page size")
    })
}

/// How many processors this process may use.
pub(crate) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

/// Maps `len` bytes that cost nothing until they are touched.
pub(crate) fn map(len: usize) -> io::Result<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON | system::MAP_FLAGS;
    // SAFETY: a new anonymous mapping touches nothing that exists.
    let p = unsafe {
        libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
    };
    if p == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the range is the mapping just made.
    unsafe { system::mapped(p, len) };
    Ok(NonNull::new(p.cast()).expect("mmap doesn't map address 0 unasked"))
}

/// Unmaps what [`map`] returned.
///
/// # Safety
/// Nothing uses the range any more.
pub(crate) unsafe fn unmap(base: NonNull<u8>, len: usize) {
    // SAFETY: by the contract.
    unsafe { libc::munmap(base.as_ptr().cast(), len) };
}

/// Makes any access to a range fault, at the cost of a mapping of its own.
///
/// # Safety
/// The range is whole pages of a [`map`]ping, and nothing is stored there.
pub(super) unsafe fn protect(at: *mut u8, len: usize) -> io::Result<()> {
    // SAFETY: by the contract.
    if unsafe { libc::mprotect(at.cast(), len, libc::PROT_NONE) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Bytes below a stack that are there for the report of its overflow: that has a stack of its own here.
pub(crate) const OVERFLOW_ROOM: usize = 0;

/// A mapping is ready to be used.
pub(crate) fn ready_stack(_low: *mut u8, _size: usize) -> io::Result<()> {
    Ok(())
}

/// A stack's bounds, which nobody asks for here.
#[inline(always)]
pub(crate) fn stack_bounds(low: *mut u8, size: usize) -> arch::StackBounds {
    let high = low.wrapping_add(size);
    arch::StackBounds { high, committed: low, reserved: low, guaranteed: 0 }
}

// ---- errno ----

/// The calling thread's `errno`.
#[inline]
pub(crate) fn errno() -> c_int {
    // SAFETY: the location is this thread's own.
    unsafe { *system::errno_location() }
}

/// Sets the calling thread's `errno`.
#[inline]
pub(crate) fn set_errno(value: c_int) {
    // SAFETY: as above.
    unsafe { *system::errno_location() = value };
}

/// The system's error code of the calling thread's last call: `errno` here.
pub(crate) fn last_error() -> i32 {
    errno()
}

/// Sets it.
pub(crate) fn set_last_error(value: i32) {
    set_errno(value);
}

/// The system's errors are those of the C library.
pub(crate) fn error_of_errno(errno: c_int) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

// ---- signals ----

/// All of this thread's signals are blocked while it lives: `needm` must not be interrupted by a
/// handler that calls back before the M is installed.
pub(crate) struct SignalsBlocked(libc::sigset_t);

impl SignalsBlocked {
    pub(crate) fn new() -> Self {
        // SAFETY: both sets are plain memory that the calls fill.
        unsafe {
            let mut all: libc::sigset_t = core::mem::zeroed();
            let mut old: libc::sigset_t = core::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
            SignalsBlocked(old)
        }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set is the one that `new` was given.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

/// Which signals a thread blocks.
pub(crate) struct SignalMask(libc::sigset_t);

impl SignalMask {
    pub(crate) fn of_this_thread() -> Self {
        // SAFETY: the set is plain memory that the call fills.
        unsafe {
            let mut now: libc::sigset_t = core::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), &mut now);
            SignalMask(now)
        }
    }

    /// Makes it the calling thread's.
    pub(crate) fn apply(&self) {
        // SAFETY: the set is one that the system made.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

/// Bytes of a signal stack that the runtime makes: the kernel's frame with the widest vector state
/// (some 11 KiB with AVX-512 and AMX), and room for a host's handler that reports a crash.
const SIGNAL_STACK: usize = 64 * 1024;

/// Memory for a signal stack, with a guard below it; unmapped when it is dropped.
pub(crate) struct SignalStack(NonNull<u8>);

/// Whether the thread has a signal stack already.
pub(crate) fn has_signal_stack() -> bool {
    // SAFETY: asks for a property of the calling thread.
    unsafe {
        let mut now: libc::stack_t = core::mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut now) == 0 && now.ss_flags & libc::SS_DISABLE == 0
    }
}

impl SignalStack {
    pub(crate) fn new() -> Option<Self> {
        let page = page_size();
        let stack = SignalStack(map(SIGNAL_STACK + page).ok()?);
        // SAFETY: the lowest page of the mapping just made.
        unsafe { system::guard(stack.0.as_ptr(), page) }.ok()?;
        Some(stack)
    }

    fn low(&self) -> *mut c_void {
        self.0.as_ptr().wrapping_add(page_size()).cast()
    }

    /// Makes it the calling thread's; false if that has one already, and is not to lose it.
    pub(crate) fn install(&self, replace: bool) -> bool {
        let stack = libc::stack_t { ss_sp: self.low(), ss_flags: 0, ss_size: SIGNAL_STACK };
        // SAFETY: the memory is the thread's until `remove`; the old one was the thread's before.
        unsafe {
            let mut old: libc::stack_t = core::mem::zeroed();
            if libc::sigaltstack(&stack, &mut old) != 0 {
                return false;
            }
            let done = replace || old.ss_flags & libc::SS_DISABLE != 0;
            if !done {
                libc::sigaltstack(&old, ptr::null_mut());
            }
            done
        }
    }

    /// Undoes [`install`](Self::install), unless the host has put another in its place since.
    pub(crate) fn remove(&self) {
        // SAFETY: asks and sets a property of the calling thread, which isn't on that stack.
        unsafe {
            let mut now: libc::stack_t = core::mem::zeroed();
            libc::sigaltstack(ptr::null(), &mut now);
            if now.ss_sp == self.low() {
                let mut off: libc::stack_t = core::mem::zeroed();
                off.ss_flags = libc::SS_DISABLE;
                off.ss_size = SIGNAL_STACK;
                libc::sigaltstack(&off, ptr::null_mut());
            }
        }
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        // SAFETY: whoever drops it has removed it from its thread.
        unsafe { unmap(self.0, SIGNAL_STACK + page_size()) };
    }
}

/// Writes to standard error without allocating, locking or failing.
pub(crate) fn write_stderr(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the bytes are alive.
        let n = unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(n) {
            Ok(n) if n > 0 => bytes = &bytes[n..],
            _ if errno() == libc::EINTR => {}
            _ => return,
        }
    }
}

// ---- libraries ----

/// Keeps the shared library that this code is in, if it is in one, from being unloaded: `dlclose`
/// would take the code away from under the runtime's threads, whose exit destructors and fault
/// handler are in it as well.
pub(crate) fn keep_loaded() {
    let Some(flags) = system::KEEP_LOADED else { return };
    // SAFETY: the structure is plain memory that the call fills; the name that it then has belongs to
    // the loader. The handle is kept for ever.
    unsafe {
        let mut here: libc::Dl_info = core::mem::zeroed();
        let code = keep_loaded as *const c_void;
        if libc::dladdr(code, &mut here) != 0 && !here.dli_fname.is_null() {
            // Of a program itself, which nobody unloads, there may be no handle.
            libc::dlopen(here.dli_fname, flags);
        }
    }
}

// ---- threads ----

/// Go's `osSetupTLS`: the loader has made room for `g` on every thread.
pub(crate) fn setup_tls() -> io::Result<()> {
    Ok(())
}

/// Whether C's frames on the stack that `g0` was left on may be dropped, to go on at `to`: on another stack of
/// C's as well.
#[inline(always)]
pub(crate) fn may_drop_frames(_g0: &arch::Context, _to: *const u8) -> bool {
    true
}

/// Whether destructors of threads run because the process ends: never here.
pub(crate) fn process_is_ending() -> bool {
    false
}

/// Ends the process at once, without its exit handlers.
pub(crate) fn exit_now(status: c_int) -> ! {
    // SAFETY: no preconditions.
    unsafe { libc::_exit(status) }
}

/// Calls a function when the thread ends, if the thread has set a value.
pub(crate) struct ExitKey(libc::pthread_key_t);

impl ExitKey {
    /// `destructor` gets the value.
    pub(crate) fn new(destructor: unsafe extern "C" fn(*mut c_void)) -> io::Result<Self> {
        let mut key = 0;
        // SAFETY: fills the key.
        match unsafe { libc::pthread_key_create(&mut key, Some(destructor)) } {
            0 => Ok(ExitKey(key)),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Sets the calling thread's value; false if there is no memory for it.
    pub(crate) fn set(&self, value: *const c_void) -> bool {
        // SAFETY: the key is never deleted.
        unsafe { libc::pthread_setspecific(self.0, value) == 0 }
    }
}
