//! macOS, FreeBSD, NetBSD and OpenBSD: what they lack of Linux's, done by what POSIX has. Built, not run.

use super::unix;
use core::ffi::{c_int, c_void};
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

// ---- memory ----

/// What a mapping for stacks is made with. OpenBSD kills a thread whose stack pointer is elsewhere.
/// FreeBSD's flag of that name means another thing, a mapping that grows.
#[cfg(target_os = "openbsd")]
pub(super) const MAP_FLAGS: c_int = libc::MAP_STACK;
#[cfg(not(target_os = "openbsd"))]
pub(super) const MAP_FLAGS: c_int = 0;

/// Called with each new mapping.
///
/// # Safety
/// Nothing else uses the mapping.
pub(super) unsafe fn mapped(_p: *mut c_void, _len: usize) {}

/// Guards are made by `mprotect` here in any case.
pub(crate) fn disable_guard_install() {}

/// Makes any access to a range fault.
///
/// # Safety
/// The range is whole pages of a mapping, and nothing is stored there.
pub(crate) unsafe fn guard(at: *mut u8, len: usize) -> io::Result<()> {
    // SAFETY: by the contract.
    unsafe { unix::protect(at, len) }
}

/// Gives the memory of a range back; it reads as zero afterwards: by a new mapping in its place, as no
/// advice promises the zeros here.
///
/// # Safety
/// The range is whole pages of a mapping, without guards, and what is stored there is not needed.
pub(crate) unsafe fn discard(at: *mut u8, len: usize) {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED | MAP_FLAGS;
    // SAFETY: by the contract. A failure leaves the pages as they are, which is only a cost.
    unsafe { libc::mmap(at.cast(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
}

// ---- barriers ----

/// There is no process-wide barrier that all of these systems have: leases carry `FENCE`.
pub(crate) fn has_heavy_barrier() -> bool {
    false
}

/// A full barrier on this processor: the owners order their own side.
pub(crate) fn heavy_barrier() {
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
}

// ---- sleeping and waking threads ----

/// A one-shot event that one thread sleeps on: Go's `note`.
pub(crate) struct Note {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Note {
    pub(crate) const fn new() -> Self {
        Note { set: Mutex::new(false), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.set.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Sleeps until [`wake`](Self::wake), and makes the note ready for the next sleep.
    pub(crate) fn sleep(&self) {
        let mut set = self.lock();
        while !*set {
            set = self.changed.wait(set).unwrap_or_else(|e| e.into_inner());
        }
        *set = false;
    }

    /// The same with a limit; false if it ran out, and not because a signal ended the wait.
    pub(crate) fn sleep_for(&self, limit: Duration) -> bool {
        let start = Instant::now();
        let mut set = self.lock();
        while !*set {
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            set = self.changed.wait_timeout(set, left).unwrap_or_else(|e| e.into_inner()).0;
        }
        *set = false;
        true
    }

    /// Waits for the event without sleeping, for so long; false if that was not enough.
    pub(crate) fn spin_for(&self, limit: Duration) -> bool {
        let start = Instant::now();
        loop {
            if core::mem::take(&mut *self.lock()) {
                return true;
            }
            if start.elapsed() > limit {
                return false;
            }
            core::hint::spin_loop();
        }
    }

    /// Ends the current or the next sleep.
    pub(crate) fn wake(&self) {
        *self.lock() = true;
        self.changed.notify_one();
    }
}

/// Timed sleeps are as exact as the system makes them.
pub(crate) fn precise_timers() {}

// ---- errno ----

/// Where the calling thread's `errno` is, as long as the thread lives.
#[inline(always)]
pub(crate) fn errno_location() -> *mut c_int {
    // SAFETY: always valid to call.
    #[cfg(any(target_os = "macos", target_os = "freebsd"))]
    unsafe {
        libc::__error()
    }
    // SAFETY: as above.
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    unsafe {
        libc::__errno()
    }
}

// ---- libraries and mappings ----

/// How to open a library that is loaded so that it stays (`RTLD_NODELETE`); OpenBSD has no way.
#[cfg(target_os = "openbsd")]
pub(super) const KEEP_LOADED: Option<c_int> = None;
#[cfg(target_os = "netbsd")]
pub(super) const KEEP_LOADED: Option<c_int> = Some(libc::RTLD_NOW | libc::RTLD_NOLOAD | 0x1000);
#[cfg(not(any(target_os = "netbsd", target_os = "openbsd")))]
pub(super) const KEEP_LOADED: Option<c_int> =
    Some(libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);

/// The mapping that has `address` in it: not known here, so that C's overflow of a thread's stack is a
/// fault like any other.
pub(crate) fn mapping_of(_address: usize) -> Option<(usize, usize)> {
    None
}

// ---- the process ----

/// What the system says of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census {
    /// All threads of the process.
    pub(crate) threads: usize,
    /// Whether somebody else than the runtime and the libraries below it handles a signal.
    pub(crate) handles_signals: bool,
}

/// Not known here: deadlocks are not reported.
pub(crate) fn census() -> Option<Census> {
    None
}
