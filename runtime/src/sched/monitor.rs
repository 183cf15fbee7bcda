//! The monitor: a thread without a P that fires timers and takes back Ps behind which work waits,
//! so that no G can hold one hostage (Go's `sysmon`).
//!
//! It looks every [`TICK`] while ready Gs wait and no P is idle (less often where nobody has called C
//! for long), and sleeps otherwise, until a timer is due or somebody queues work that no idle P can
//! take. A P lent to C is taken at the
//! second look that finds the same call, the two looks being a few microseconds or a tick apart; one
//! lent to Rust code, after a slice.

use super::deadlock::Watch;
use super::{Sched, threads, timers};
use crate::fatal::fatal;
use crate::m::Origin;
use crate::os;
use crate::protocol::lease::{Lease, SYSCALL, USER};
use core::hint::spin_loop;
use core::ptr;
use std::sync::atomic::{Ordering::*, fence};
use std::time::Duration;

/// How often the monitor looks while work waits. The kernel adds its own latency.
const TICK: Duration = Duration::from_micros(20);
/// How often it looks where no call has been seen for [`NO_CALLS`] nanoseconds: each look wakes a
/// thread, and all that there is to find is the end of a slice. The first call after that holds its P
/// for so much longer.
const LONG_TICK: Duration = Duration::from_micros(150);
const NO_CALLS: u64 = 500_000_000;
/// How long a call must have been seen to last before its P is taken, in nanoseconds: the cost of
/// a hand-off is of this order.
const SHORT_CALL: u64 = 5_000;
/// Looks that find the queue of all waiting before it goes first: about a millisecond.
const GLOBAL_PATIENCE: u32 = 16;
/// Looks without waiting work after which the monitor sleeps.
const QUIET_LOOKS: u32 = 20;
/// How long ready Gs may wait for the first thread to run them, in nanoseconds.
const THREAD_PATIENCE: u64 = 800_000_000;

/// What the monitor saw of a P.
#[derive(Clone, Copy)]
struct Seen {
    tick: u32,
    /// When this tick was first seen.
    since: u64,
    snapshot: u64,
    lease: *const Lease,
}

/// The monitor's thread.
pub(crate) fn main(s: &'static Sched) {
    os::precise_timers();
    let none = Seen { tick: 0, since: 0, snapshot: 0, lease: ptr::null() };
    let mut seen = vec![none; s.ps.len()];
    let mut quiet = QUIET_LOOKS;
    let mut global_looks = 0;
    let mut no_thread_since = None;
    let mut watch = Watch::new();
    let mut last_call = 0;
    loop {
        timers::fire_due(s);
        watch.look(s);
        let waits = s.work_waits();
        if waits && s.idle_ps.load(Acquire) > 0 && threads::m_available(s, &s.lock()) {
            // Whoever queued it has woken somebody, unless no thread could be had then.
            threads::wake_p(s);
        }
        let pressed = waits && s.idle_ps.load(Acquire) == 0;
        global_looks = if s.global_len() > 0 { global_looks + 1 } else { 0 };
        if global_looks >= GLOBAL_PATIENCE {
            global_looks = 0;
            s.global_first.store(true, Relaxed);
        }
        if pressed {
            quiet = 0;
            look(s, &mut seen, &mut last_call);
        } else {
            quiet = quiet.saturating_add(1);
        }
        let no_thread = waits && thread_failed(s, &mut no_thread_since);
        let no_extra = s.extra_missing.load(Relaxed) != 0;
        if no_extra {
            crate::extra::newextram(s);
        }
        let next = || timers::next().min(watch.next());
        let until_next = Duration::from_nanos(next().saturating_sub(timers::now()));
        if no_thread || no_extra {
            s.monitor.sleep_for(Duration::from_millis(10).min(until_next));
        } else if quiet < QUIET_LOOKS {
            let calls = timers::now().saturating_sub(last_call) < NO_CALLS;
            s.monitor.sleep_for(if calls { TICK } else { LONG_TICK }.min(until_next));
        } else {
            s.monitor_asleep.store(true, SeqCst);
            // Pairs with the fence of `Sched::needs_waking`.
            fence(SeqCst);
            if something_to_do(s) || timers::next() <= timers::now() {
                s.monitor_asleep.store(false, SeqCst);
                quiet = 0;
                continue;
            }
            if watch.is_called(s) {
                s.monitor_asleep.store(false, SeqCst);
                continue;
            }
            if next() == u64::MAX {
                s.monitor.sleep();
            } else {
                s.monitor.sleep_for(Duration::from_nanos(next().saturating_sub(timers::now())));
            }
            let kicked = !s.monitor_asleep.swap(false, SeqCst);
            if kicked && (s.work_waits() || !watch.is_called(s)) {
                quiet = 0;
            }
        }
    }
}

/// Whether ready Gs wait for the monitor: for a P to be taken back, or for somebody to be woken.
fn something_to_do(s: &Sched) -> bool {
    s.work_waits() && (s.idle_ps.load(Acquire) == 0 || threads::m_available(s, &s.lock()))
}

/// Takes back what may be taken. `last_call`: when a foreign call was seen last.
fn look(s: &'static Sched, seen: &mut [Seen], last_call: &mut u64) {
    let now = timers::now();
    let slice = timers::nanos(s.config.slice);
    let mut wanted: Vec<usize> = Vec::new();
    let mut fresh_calls = false;
    for (p, seen) in s.ps.iter().zip(seen.iter_mut()) {
        let lease = p.right.holder().cast_const();
        if lease.is_null() {
            seen.lease = lease;
            continue;
        }
        // SAFETY: M records, and the leases in them, are never freed.
        let snapshot = unsafe { (*lease).snapshot() };
        let tick = p.tick.load(Relaxed);
        if tick != seen.tick || lease != seen.lease {
            (seen.tick, seen.since) = (tick, now);
        }
        let same_call = snapshot == seen.snapshot && lease == seen.lease && Lease::in_c(snapshot);
        // An M that has changed may have been in C before.
        if lease != seen.lease || Lease::calls_in(snapshot) != Lease::calls_in(seen.snapshot) {
            *last_call = now;
        }
        (seen.snapshot, seen.lease) = (snapshot, lease);
        if same_call || now - seen.since >= slice {
            wanted.push(p.index);
        } else if Lease::in_c(snapshot) {
            fresh_calls = true;
        }
    }
    if fresh_calls {
        let end = timers::now() + SHORT_CALL;
        while timers::now() < end {
            spin_loop();
        }
        for (p, seen) in s.ps.iter().zip(seen.iter()) {
            let lease = p.right.holder().cast_const();
            if lease.is_null()
                || lease != seen.lease
                || !Lease::in_c(seen.snapshot)
                || wanted.contains(&p.index)
            {
                continue;
            }
            // SAFETY: as above.
            if unsafe { (*lease).snapshot() } == seen.snapshot {
                wanted.push(p.index);
            }
        }
    }
    if !wanted.is_empty() && threads::m_available(s, &s.lock()) {
        retake(s, seen, &wanted);
    }
}

/// The taker's side of the protocol, for several Ps with one barrier.
fn retake(s: &'static Sched, seen: &[Seen], wanted: &[usize]) {
    for &i in wanted {
        // SAFETY: M records are never freed.
        unsafe { (*seen[i].lease).request() };
    }
    os::heavy_barrier();
    for &i in wanted {
        let p = &s.ps[i];
        let state = s.lock();
        // SAFETY: as above.
        let taken = threads::m_available(s, &state) && p.right.try_take(unsafe { &*seen[i].lease });
        if taken {
            s.handoffs.fetch_add(1, Relaxed);
            threads::place(s, state, p);
        }
    }
}

/// Whether a P idles although there is work, because no thread could be started for it. Ends the
/// process if that has been so for long and no M runs that could do the work after its own.
fn thread_failed(s: &Sched, since: &mut Option<u64>) -> bool {
    let mut state = s.lock();
    if state.idle_ps.is_empty() {
        state.thread_error = None;
    }
    let mut nobody_runs = state.idle_ps.len() == s.ps.len();
    // An M of ours that is in C, or computes without a P, will do the work when it comes back.
    crate::m::each(|m| {
        let out = matches!(m.lease.state(), USER | SYSCALL);
        nobody_runs &= !(out && m.origin.get() == Origin::Own);
    });
    let Some(error) = &state.thread_error else {
        *since = None;
        return false;
    };
    if !nobody_runs {
        *since = None;
        return true;
    }
    let now = timers::now();
    if now - *since.get_or_insert(now) > THREAD_PATIENCE {
        let ready = state.global.len() + state.waiters.len();
        fatal!("{ready} Gs are ready and no OS thread can be started for them: {error}");
    }
    true
}
