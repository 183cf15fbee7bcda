//! A one-shot event that one thread sleeps on, on systems that can wait for a word in memory to change.

use super::{wait_on, wake_one};
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::time::{Duration, Instant};

/// A one-shot event that one thread sleeps on: Go's `note`.
pub(crate) struct Note(AtomicU32);

/// Nothing has happened, and nobody sleeps.
const EMPTY: u32 = 0;
/// It has happened.
const SET: u32 = 1;
/// Somebody sleeps, and must be woken by the system.
const ASLEEP: u32 = 2;

impl Note {
    pub(crate) const fn new() -> Self {
        Note(AtomicU32::new(EMPTY))
    }

    /// Makes the note ready for the next sleep, if the event has happened.
    fn take(&self) -> bool {
        self.0.compare_exchange(SET, EMPTY, Acquire, Relaxed).is_ok()
    }

    /// Sleeps until somebody wakes, unless the event has happened.
    fn go_to_sleep(&self, limit: Option<Duration>) {
        if self.0.compare_exchange(EMPTY, ASLEEP, Relaxed, Relaxed) != Err(SET) {
            wait_on(&self.0, ASLEEP, limit);
        }
    }

    /// Sleeps until [`wake`](Self::wake), and makes the note ready for the next sleep.
    pub(crate) fn sleep(&self) {
        while !self.take() {
            self.go_to_sleep(None);
        }
    }

    /// The same with a limit; false if it ran out, and not because a signal ended the wait.
    pub(crate) fn sleep_for(&self, limit: Duration) -> bool {
        let start = Instant::now();
        let mut left = limit;
        while !self.take() {
            if left.is_zero() {
                return self.0.swap(EMPTY, Acquire) == SET;
            }
            self.go_to_sleep(Some(left));
            left = limit.saturating_sub(start.elapsed());
        }
        true
    }

    /// Waits for the event without sleeping, for so long; false if that was not enough. A wake in
    /// this time costs the waker no system call.
    pub(crate) fn spin_for(&self, limit: Duration) -> bool {
        let start = Instant::now();
        loop {
            for _ in 0..8 {
                if self.0.load(Relaxed) == SET {
                    return self.take();
                }
                core::hint::spin_loop();
            }
            if start.elapsed() > limit {
                return false;
            }
        }
    }

    /// Ends the current or the next sleep.
    pub(crate) fn wake(&self) {
        if self.0.swap(SET, Release) == ASLEEP {
            wake_one(&self.0);
        }
    }
}
