//! Counters of the runtime (golang/go#46789 asks for them).

use crate::held::slots;
use crate::m::{self, Origin};
use crate::sched;
use crate::stack::arena;
use std::sync::atomic::Ordering::*;

/// What the runtime has and has done, as [`metrics`] saw it. The counts of a running program move
/// while they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Gs that have not ended: those of `go` and `go_pinned`, and of threads that are inside `run`
    /// or a callback.
    pub gs: u64,
    /// Ms: threads of the runtime that run Gs, foreign threads that keep an M, and extra Ms.
    pub ms: u64,
    /// Extra Ms that wait for a foreign thread.
    pub extra_ms: u64,
    /// Threads of the runtime that wait for work.
    pub idle_ms: u64,
    /// Ps.
    pub procs: u64,
    /// Foreign calls made by Gs, those of `blocking` among them. Leaf calls are not counted: that
    /// would be a good part of what they cost.
    pub foreign_calls: u64,
    /// Calls of exported functions by C.
    pub callbacks: u64,
    /// Extra Ms borrowed by foreign threads.
    pub needm: u64,
    /// Extra Ms given back.
    pub dropm: u64,
    /// Ps taken from, or given up by, Gs that were in C or computed past their slice.
    pub handoffs: u64,
    /// Stacks of Gs that have been made; they are used again, and stay mapped.
    pub stacks_mapped: u64,
    /// [`Handle`](crate::Handle)s that have not been deleted. Counted by a walk over all slots that
    /// handles ever had, so that making one costs nothing more; also before the runtime's first use.
    pub handles: u64,
}

/// The runtime's counters, from any thread. All but `handles` are 0 before its first use.
///
/// ```
/// callgate::run(|| ());
/// assert!(callgate::metrics().ms >= 1);
/// ```
#[must_use]
pub fn metrics() -> Metrics {
    let handles = slots::live();
    let Some(s) = sched::running() else { return Metrics { handles, ..Metrics::default() } };
    let mut sum = Metrics {
        procs: s.ps.len() as u64,
        extra_ms: u64::from(s.extra.len()),
        idle_ms: s.lock().idle_ms.len() as u64,
        needm: s.needms.load(Relaxed),
        dropm: s.dropms.load(Relaxed),
        handoffs: s.handoffs.load(Relaxed),
        stacks_mapped: arena::stacks_mapped(),
        handles,
        ..Metrics::default()
    };
    // First those that have ended: each was made before, and no G that lives is missed.
    let ended = s.ps.iter().fold(s.gs_ended.load(Acquire), |n, p| n + p.gs_ended.load(Acquire));
    let mut made = s.ps.iter().fold(s.gs_made.load(Relaxed), |n, p| n + p.gs_made.load(Relaxed));
    // The lease's word counts the ways into C: calls, and ends of callbacks.
    let (mut into_c, mut begun) = (0, 0);
    let mut live = 0;
    let past = m::each(|m| {
        sum.ms += 1;
        into_c += m.lease.calls();
        begun += m.callbacks.load(Relaxed);
        // SAFETY: the memory of a G is mapped for ever; at worst a number of the past is read.
        let its = unsafe { m.curg.load(Relaxed).as_ref() }.map_or(0, |g| u64::from(g.callbacks()));
        live += its;
        if m.origin.get() == Origin::Extra && its > 0 {
            made += 1;
        }
    });
    into_c += past.calls;
    begun += past.callbacks;
    sum.foreign_calls = (into_c + live).saturating_sub(begun);
    // `run` is a callback to the runtime, but not to anybody else.
    sum.callbacks = begun.saturating_sub(s.runs.load(Relaxed));
    sum.gs = made.saturating_sub(ended);
    sum
}
