//! Finding that every G waits and nothing is left that could wake one, and saying so, as Go does.
//!
//! Go's `checkdead` gives up where there is cgo: C may have threads that call back. Here the kernel
//! is asked. All Gs wait for ever if
//! - no M runs, and each holds either nothing or a locked G that waits;
//! - no G is ready, or those that are can have no thread, because locked Gs that wait hold all of
//!   [`max_threads`](crate::Builder::max_threads);
//! - no timer is pending;
//! - each thread of the process is the monitor, one of those Ms', or waits itself in `park`, `join`
//!   or `block_on`: a thread that we know nothing of may unpark, call back or wake a future;
//! - the program handles no signals, and so isn't waiting for one.
//!
//! A wake is always given by a thread that runs, so what is found once stays. It is found three times
//! in a row nevertheless, with some tens of milliseconds between, before the process is ended.
//!
//! An idle program is left alone: the monitor is called when the last P goes idle, looks a few times,
//! less and less often, and then sleeps until something has happened.

use super::{Sched, State, running, timers};
use crate::g::{G, Kind, Why};
use crate::handle::each_thread;
use crate::m::{self, Origin};
use crate::os;
use crate::protocol::lease::IDLE;
use crate::stack::arena;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};

/// From the call to the first look, in nanoseconds; each later one waits for twice as long.
const FIRST: u64 = 20_000_000;
/// The longest time between two looks is `FIRST << MAX_DOUBLINGS`.
const MAX_DOUBLINGS: u32 = 6;
/// Looks that find nothing changed, and no certainty, after which the monitor sleeps.
const LOOKS: u32 = 6;
/// Looks in a row that must be certain.
const CERTAIN: u32 = 3;
/// Gs that the report lists.
const LISTED: usize = 1000;

/// How the Ms call the monitor when nothing seems left to do.
pub(crate) struct Standstill {
    /// Times when something went idle that may have been the last.
    events: AtomicU32,
    /// Whether the monitor is looking, and needs no call.
    watched: AtomicBool,
}

impl Standstill {
    pub(crate) const fn new() -> Self {
        Standstill { events: AtomicU32::new(0), watched: AtomicBool::new(false) }
    }

    /// Something went idle, or began to wait.
    ///
    /// The addition pairs with the fence of a monitor that goes to sleep: it sees the event, or we
    /// see it asleep.
    pub(crate) fn came(&self, s: &Sched) {
        self.events.fetch_add(1, SeqCst);
        if s.config.detect_deadlock && !self.watched.load(SeqCst) {
            s.kick_monitor();
        }
    }
}

/// [`Standstill::came`], for a plain thread that begins to wait.
pub(crate) fn something_waits() {
    if let Some(s) = running() {
        s.standstill.came(s);
    }
}

/// The monitor's side.
pub(crate) struct Watch {
    /// The events that the last look knew of.
    seen: u32,
    /// When to look next; `u64::MAX` for never.
    due: u64,
    doublings: u32,
    unchanged: u32,
    certain: u32,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Watch { seen: 0, due: u64::MAX, doublings: 0, unchanged: 0, certain: 0 }
    }

    /// When to look next, on the clock of [`timers::now`].
    pub(crate) fn next(&self) -> u64 {
        self.due
    }

    /// Whether the monitor, not looking now, has been called to look.
    pub(crate) fn is_called(&self, s: &Sched) -> bool {
        s.config.detect_deadlock
            && self.due == u64::MAX
            && s.standstill.events.load(SeqCst) != self.seen
    }

    /// Looks, if it is time to.
    pub(crate) fn look(&mut self, s: &'static Sched) {
        if self.is_called(s) {
            self.seen = s.standstill.events.load(SeqCst);
            s.standstill.watched.store(true, SeqCst);
            (self.doublings, self.unchanged, self.certain) = (0, 0, 0);
            self.wait();
            return;
        }
        if timers::now() < self.due {
            return;
        }
        let events = s.standstill.events.load(SeqCst);
        if events != self.seen {
            (self.seen, self.unchanged, self.certain) = (events, 0, 0);
            return self.wait();
        }
        if timers::next() != u64::MAX || s.idle_ps.load(Acquire) as usize != s.ps.len() {
            return self.stop(s);
        }
        self.unchanged += 1;
        self.certain = if all_wait(s) { self.certain + 1 } else { 0 };
        if self.certain == CERTAIN {
            report(s);
        }
        if self.unchanged == LOOKS {
            return self.stop(s);
        }
        if self.unchanged == 1 {
            self.doublings = 0;
        }
        self.wait();
    }

    fn wait(&mut self) {
        self.due = timers::now() + (FIRST << self.doublings);
        self.doublings = (self.doublings + 1).min(MAX_DOUBLINGS);
    }

    /// Looks no more until it is called. An event from before `watched` was cleared has called
    /// nobody; [`is_called`](Self::is_called), asked after this, finds it.
    fn stop(&mut self, s: &Sched) {
        self.due = u64::MAX;
        s.standstill.watched.store(false, SeqCst);
    }
}

/// Whether every G waits and nothing is left that could wake one.
fn all_wait(s: &Sched) -> bool {
    let Some(waiting) = threads_that_wait(s) else { return false };
    let Some(census) = os::census() else { return false };
    // A thread that woke somebody and ended before the count is seen by what it woke.
    census.threads == waiting && !census.handles_signals && threads_that_wait(s) == Some(waiting)
}

/// The number of threads that belong to the runtime or wait in it, if none of them runs.
fn threads_that_wait(s: &Sched) -> Option<usize> {
    let state = s.lock();
    if timers::next() != u64::MAX
        || state.idle_ps.len() != s.ps.len()
        || s.spinning.load(SeqCst) > 0
        || (work_waits(&state) && !out_of_threads(s, &state))
    {
        return None;
    }
    let (mut all_wait, mut own, mut foreign) = (true, 0, 0);
    m::each(|m| {
        // SAFETY: the memory of a G is mapped for ever.
        let g = unsafe { m.curg.load(Acquire).as_ref() };
        let g_waits = || m.lease.state() == IDLE && g.is_some_and(|g| g.waits.get().is_some());
        match m.origin.get() {
            Origin::Own => {
                own += 1;
                all_wait &= m.idle.get() || g_waits();
            }
            // One that waits for a thread, or whose thread is outside of callbacks.
            Origin::Extra if g.is_none_or(|g| g.callbacks() == 0) => {}
            Origin::Extra => {
                foreign += 1;
                all_wait &= g_waits();
            }
        }
    });
    each_thread(|thread| foreign += usize::from(thread.waits.get().is_some()));
    const MONITOR: usize = 1;
    // A thread that starts or ends is in one of the numbers only.
    (all_wait && own == state.threads).then_some(own + foreign + MONITOR)
}

fn work_waits(state: &State) -> bool {
    state.global.len() + state.waiters.len() + state.pinned.len() > 0
}

/// Whether ready Gs can have no thread until one of those that wait goes on. A locked one has its own.
fn out_of_threads(s: &Sched, state: &State) -> bool {
    state.threads >= s.config.max_threads
        && state.idle_ms.is_empty()
        && !state.waiters.has_locked()
        && !state.global.has_locked()
}

/// Lists all Gs on standard error, and ends the process with status 2. Nothing that the program
/// has to do at its exit is done: that could wait for what the Gs hold.
#[cold]
fn report(s: &Sched) -> ! {
    let mut unborn = Vec::new();
    let out_of_threads = {
        let state = s.lock();
        state.global.each_seed(|at| unborn.push(at));
        work_waits(&state)
    };
    let mut text = "callgate: fatal: all Gs are asleep - deadlock!\n".to_owned();
    if out_of_threads {
        let n = s.config.max_threads;
        text += &format!(
            "ready Gs wait for a thread, and locked Gs that wait hold all {n}: raise \
             callgate::Builder::max_threads\n"
        );
    }
    let mut gs = 0;
    arena::each(|stack| {
        // SAFETY: the memory is mapped for ever: a G, or zeros.
        let g = unsafe { &*G::at_top_of(stack) };
        let alive = match g.kind.get() {
            _ if g.park.id() == 0 => false,
            Kind::Go => true,
            Kind::Extra => g.callbacks() > 0,
            Kind::G0 | Kind::Thread => false,
        };
        if alive {
            gs += 1;
            if gs <= LISTED {
                describe(&mut text, g);
            }
        }
    });
    for at in unborn {
        gs += 1;
        if gs <= LISTED {
            let _ =
                writeln!(text, "a G that has not run yet (spawned at {at}): waiting for a thread");
        }
    }
    if gs > LISTED {
        // Writing to a string can't fail.
        let _ = writeln!(text, "and {} more", gs - LISTED);
    }
    each_thread(|thread| {
        if let Some((why, at)) = thread.waits.get() {
            let _ = writeln!(text, "a thread without a G: {} at {at}", name(why));
        }
    });
    os::write_stderr(text.as_bytes());
    os::exit_now(2)
}

fn describe(text: &mut String, g: &G) {
    let _ = write!(text, "G {}", g.id.get());
    let _ = match g.spawned_at.get() {
        Some(at) => write!(text, " (spawned at {at}): "),
        None => write!(text, " (of a thread that entered by `run` or a callback): "),
    };
    let _ = match g.waits.get() {
        Some((why, at)) => write!(text, "{} at {at}", name(why)),
        None => write!(text, "waiting for a thread"),
    };
    // A G in a callback is locked because of it; whoever runs it can't know more.
    text.push_str(match (g.callbacks(), g.locked()) {
        (0, false) => "\n",
        (0, true) => ", locked to its thread\n",
        _ if g.spawned_at.get().is_some() => ", in a callback\n",
        _ => "\n",
    });
}

fn name(why: Why) -> &'static str {
    match why {
        Why::Park => "parked",
        Why::Join => "in join",
        Why::BlockOn => "in block_on",
        Why::Sleep => "sleeping",
    }
}
