//! What a foreign function has done before: does it block?
//!
//! A P that sits behind a blocked call is found and taken by the monitor, which costs tens of
//! microseconds each time. A function whose P was taken a few times gives it up by itself from then
//! on, whenever others wait for it, until it has come back quickly a few times.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A small saturating counter; lost updates don't matter.
pub(crate) struct Habit(AtomicU32);

/// From here on, a call is expected to block.
const BLOCKS: u32 = 4;
/// One P taken behind a call.
const TAKEN: u32 = 2;
const MAX: u32 = 16;
/// A call that was expected to block, and took less than this, in nanoseconds, was not worth the
/// hand-off, which costs the waking of a thread.
const QUICK: u64 = 200_000;

impl Habit {
    pub(crate) const fn new() -> Self {
        Habit(AtomicU32::new(0))
    }

    /// Whether the next call is expected to block.
    #[inline(always)]
    pub(crate) fn blocks(&self) -> bool {
        self.0.load(Relaxed) >= BLOCKS
    }

    /// A call lost its P.
    pub(crate) fn lost_p(&self) {
        self.0.store((self.0.load(Relaxed) + TAKEN).min(MAX), Relaxed);
    }

    /// A call that was expected to block took `nanos`.
    pub(crate) fn took(&self, nanos: u64) {
        let now = self.0.load(Relaxed);
        let then = if nanos < QUICK { now.saturating_sub(TAKEN) } else { (now + 1).min(MAX) };
        self.0.store(then, Relaxed);
    }
}
