//! Gs that sleep until a time. One heap for all: a sleep costs a lock and a logarithm, and the
//! monitor, or an M that looks for work, fires what is due.

use super::Sched;
use crate::g::G;
use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

struct Timers {
    /// Deadline, order of arrival, G.
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    arrivals: u64,
}

static TIMERS: Mutex<Timers> = Mutex::new(Timers { heap: BinaryHeap::new(), arrivals: 0 });
/// The earliest deadline; `u64::MAX` for none.
static NEXT: AtomicU64 = AtomicU64::new(u64::MAX);

fn lock() -> MutexGuard<'static, Timers> {
    TIMERS.lock().unwrap_or_else(|e| e.into_inner())
}

/// Nanoseconds since the first use of the clock.
pub(crate) fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    nanos(START.get_or_init(Instant::now).elapsed())
}

pub(crate) fn nanos(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}

/// The earliest deadline, or `u64::MAX`.
pub(crate) fn next() -> u64 {
    NEXT.load(Acquire)
}

/// Makes `g` ready at `deadline`. It may be resumed before this returns.
pub(crate) fn add(s: &Sched, deadline: u64, g: *mut G) {
    let mut timers = lock();
    let arrival = timers.arrivals;
    timers.arrivals += 1;
    timers.heap.push(Reverse((deadline, arrival, g.expose_provenance())));
    let first = deadline < next();
    if first {
        NEXT.store(deadline, SeqCst);
    }
    drop(timers);
    if first {
        s.kick_monitor();
    }
}

/// Puts the Gs whose time has come among those that go first, because they are late already, and
/// wakes Ms for them. True if there were any.
pub(crate) fn fire_due(s: &Sched) -> bool {
    if next() == u64::MAX || next() > now() {
        return false;
    }
    let mut timers = lock();
    let mut state = s.lock();
    let now = now();
    let mut fired = 0;
    while let Some(Reverse((deadline, _, g))) = timers.heap.peek().copied()
        && deadline <= now
    {
        timers.heap.pop();
        let g = core::ptr::with_exposed_provenance_mut::<G>(g);
        // SAFETY: it sleeps, so it is alive.
        unsafe { (*g).waits.clear() };
        state.waiters.push(g);
        fired += 1;
    }
    NEXT.store(timers.heap.peek().map_or(u64::MAX, |Reverse((deadline, ..))| *deadline), SeqCst);
    s.publish(&state);
    drop(state);
    drop(timers);
    if fired > 0 {
        s.work_came();
    }
    fired > 0
}
