//! The P: the right to run Gs, and what goes with it: a queue, a cache of stacks, a block of ids.

use crate::g::{G, reserve_ids};
use crate::protocol::lease::Right;
use crate::protocol::run_queue::RunQueue;
use crate::stack::pool::Cache;
use core::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

/// A P. What isn't atomic is used only by the M that has claimed it.
#[repr(align(128))]
pub(crate) struct P {
    pub(crate) index: usize,
    pub(crate) right: Right,
    pub(crate) queue: RunQueue<G>,
    /// Counts the Gs that were started here, so that the monitor can tell one slice from the next.
    pub(crate) tick: AtomicU32,
    pub(crate) stacks: UnsafeCell<Cache>,
    ids: Cell<(u64, u64)>,
    /// How often in a row the G of `runnext` was taken.
    pub(crate) next_streak: Cell<u32>,
    /// Whether the last G came from the queue of those that wait for a P.
    pub(crate) took_waiter: Cell<bool>,
    pub(crate) random: Cell<u32>,
    pub(crate) gs_made: AtomicU64,
    pub(crate) gs_ended: AtomicU64,
}

// SAFETY: see the notes on the fields.
unsafe impl Sync for P {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for P {}

impl P {
    pub(crate) fn new(index: usize) -> Self {
        P {
            index,
            right: Right::new(),
            queue: RunQueue::new(),
            tick: AtomicU32::new(0),
            stacks: UnsafeCell::new(Cache::new()),
            ids: Cell::new((0, 0)),
            next_streak: Cell::new(0),
            took_waiter: Cell::new(false),
            random: Cell::new(0x9e37_79b9 ^ (index as u32 + 1)),
            gs_made: AtomicU64::new(0),
            gs_ended: AtomicU64::new(0),
        }
    }

    pub(crate) fn new_id(&self) -> u64 {
        const BLOCK: u64 = 64;
        let (next, end) = self.ids.get();
        let (next, end) = if next == end {
            let first = reserve_ids(BLOCK);
            (first, first + BLOCK)
        } else {
            (next, end)
        };
        self.ids.set((next + 1, end));
        next
    }

    /// A pseudo-random number (xorshift32), to start a search for work somewhere else each time.
    pub(crate) fn next_random(&self) -> u32 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.random.set(x);
        x
    }

    /// Adds one to a counter that only the claiming M writes. Whoever sees it sees what came before.
    pub(crate) fn count(counter: &AtomicU64) {
        counter.store(counter.load(Relaxed) + 1, Release);
    }

    /// A new slice begins.
    pub(crate) fn next_tick(&self) -> u32 {
        let tick = self.tick.load(Relaxed).wrapping_add(1);
        self.tick.store(tick, Relaxed);
        tick
    }
}
