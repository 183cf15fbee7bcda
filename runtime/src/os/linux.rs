//! Linux: memory, process-wide barriers, futexes, signals, threads.

#[path = "linux_census.rs"]
mod census;
#[path = "note.rs"]
mod note;

pub(crate) use census::census;
pub(crate) use note::Note;

use super::unix;
use core::ffi::{c_int, c_long, c_void};
use core::ptr;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::time::Duration;

// ---- memory ----

/// `MADV_GUARD_INSTALL` (Linux 6.13): a guard page without a mapping of its own.
const MADV_GUARD_INSTALL: c_int = 102;
/// What a mapping for stacks is made with.
pub(super) const MAP_FLAGS: c_int = libc::MAP_NORESERVE | libc::MAP_STACK;

/// Called with each new mapping.
///
/// # Safety
/// Nothing else uses the mapping.
pub(super) unsafe fn mapped(p: *mut c_void, len: usize) {
    // A huge page would commit dozens of stacks with the first touch of one. Where the kernel has
    // no huge pages, the refusal changes nothing.
    // SAFETY: by the contract.
    unsafe { libc::madvise(p, len, libc::MADV_NOHUGEPAGE) };
}

/// Whether the kernel has been found to lack `MADV_GUARD_INSTALL`.
static NO_GUARD_INSTALL: AtomicBool = AtomicBool::new(false);

/// Makes guards by `mprotect` from here on, as on a kernel before 6.13; for tests of that path.
pub(crate) fn disable_guard_install() {
    NO_GUARD_INSTALL.store(true, Relaxed);
}

/// Whether the kernel refuses advice that it doesn't know. An emulator (qemu-user) takes any, and does nothing.
fn advice_is_honest(at: *mut u8, len: usize) -> bool {
    static HONEST: OnceLock<bool> = OnceLock::new();
    // SAFETY: there is no such advice.
    *HONEST.get_or_init(|| unsafe { libc::madvise(at.cast(), len, c_int::MAX) } != 0)
}

/// Makes any access to a range fault.
///
/// # Safety
/// The range is whole pages of a mapping, and nothing is stored there.
pub(crate) unsafe fn guard(at: *mut u8, len: usize) -> io::Result<()> {
    if !NO_GUARD_INSTALL.load(Relaxed) && advice_is_honest(at, len) {
        // SAFETY: by the contract; on a kernel that doesn't know it, nothing happens.
        if unsafe { libc::madvise(at.cast(), len, MADV_GUARD_INSTALL) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::EINVAL) {
            return Err(error);
        }
        NO_GUARD_INSTALL.store(true, Relaxed);
    }
    // SAFETY: by the contract.
    unsafe { unix::protect(at, len) }
}

/// Gives the memory of a range back; it reads as zero afterwards. Guards in it stay.
///
/// # Safety
/// The range is whole pages of a mapping, and what is stored there is not needed.
pub(crate) unsafe fn discard(at: *mut u8, len: usize) {
    // SAFETY: by the contract. A failure leaves the pages as they are, which is only a cost.
    unsafe { libc::madvise(at.cast(), len, libc::MADV_DONTNEED) };
}

// ---- barriers ----

/// Whether this process may use [`heavy_barrier`]; registers it the first time.
pub(crate) fn has_heavy_barrier() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(|| {
        let register = libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
        // SAFETY: the system call touches no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, register, 0, 0) == 0 }
    })
}

/// A full barrier on every processor that runs a thread of this process; on this one only, where
/// the system has none (the owners then order their own side).
pub(crate) fn heavy_barrier() {
    core::sync::atomic::fence(SeqCst);
    if has_heavy_barrier() && !crate::sched::no_heavy_barrier() {
        // SAFETY: the system call touches no memory.
        unsafe {
            libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
        }
    }
    core::sync::atomic::fence(SeqCst);
}

// ---- sleeping and waking threads ----

/// Sleeps while the word is `expected`, for so long; may wake before.
fn wait_on(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let time = limit.map(|d| libc::timespec {
        tv_sec: d.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: d.subsec_nanos() as c_long,
    });
    // SAFETY: the word and the time outlive the call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            time.as_ref().map_or(ptr::null(), ptr::from_ref),
        );
    }
}

/// Wakes one thread that sleeps on the word.
fn wake_one(word: &AtomicU32) {
    let op = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word is alive; waking touches no memory.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), op, 1) };
}

/// Lets this thread's timed sleeps end as exactly as the clock can: the default slack is 50 µs.
pub(crate) fn precise_timers() {
    // SAFETY: changes a property of the calling thread only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1, 0, 0, 0) };
}

// ---- errno ----

/// Where the calling thread's `errno` is, as long as the thread lives.
#[inline(always)]
pub(crate) fn errno_location() -> *mut c_int {
    // SAFETY: always valid to call.
    unsafe { libc::__errno_location() }
}

// ---- libraries and mappings ----

/// How to open a library that is loaded so that it stays.
pub(super) const KEEP_LOADED: Option<c_int> =
    Some(libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);

/// The mapping `(low, high)` that has `address` in it. Async-signal-safe: for a fault, where it matters
/// which stack was used up. To ask for a thread's stack beforehand costs each thread microseconds
/// (golang/go#68587).
pub(crate) fn mapping_of(address: usize) -> Option<(usize, usize)> {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: the path is a string.
    let fd = unsafe { libc::open(c"/proc/self/maps".as_ptr(), flags) };
    if fd < 0 {
        return None;
    }
    let mut found = None;
    // Each line begins with `low-high `, in hexadecimal digits.
    let (mut low, mut number, mut in_range) = (0, 0, true);
    let mut bytes = [0; 512];
    'read: loop {
        // SAFETY: there is room for that many bytes.
        let n = unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), bytes.len()) };
        let Some(n) = usize::try_from(n).ok().filter(|n| *n > 0) else { break };
        for byte in &bytes[..n] {
            match byte {
                b'\n' => (number, in_range) = (0, true),
                _ if !in_range => {}
                b'-' => (low, number) = (number, 0),
                b' ' if (low..number).contains(&address) => {
                    found = Some((low, number));
                    break 'read;
                }
                b' ' => in_range = false,
                digit => {
                    let digit = char::from(*digit).to_digit(16).unwrap_or(0);
                    number = number << 4 | digit as usize;
                }
            }
        }
    }
    // SAFETY: opened above.
    unsafe { libc::close(fd) };
    found
}
