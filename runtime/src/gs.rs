//! Where each G is and what it waits for.
//!
//! Nothing is kept for this: a G's record says why it waits, because the report of a deadlock needs it,
//! and an M's lease says whether the G it runs is in C. So who never asks pays nothing, and who does
//! walks over all stacks.

use crate::g::{G, Why};
use crate::m::{self, M};
use crate::protocol::lease::{SCHED, SYSCALL, USER};
use crate::stack::arena;
use core::fmt;
use core::panic::Location;
use std::collections::HashMap;
use std::sync::atomic::{Ordering::*, fence};

/// What a G does; see [`gs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GState {
    /// Runs Rust code, or C that is declared `leaf`.
    Running,
    /// Is in a foreign call, or in [`blocking`](crate::blocking).
    InC,
    /// Has begun, could go on, and waits for a P or a thread.
    Runnable,
    /// Waits in [`park`](crate::park).
    Parked,
    /// Waits in [`join`](crate::JoinHandle::join).
    Joining,
    /// Waits in [`block_on`](crate::block_on).
    BlockedOn,
    /// Waits in [`sleep`](crate::sleep).
    Sleeping,
}

impl fmt::Display for GState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GState::Running => "running",
            GState::InC => "in C",
            GState::Runnable => "waiting for a thread",
            GState::Parked => "parked",
            GState::Joining => "in join",
            GState::BlockedOn => "in block_on",
            GState::Sleeping => "sleeping",
        })
    }
}

impl From<Why> for GState {
    fn from(why: Why) -> Self {
        match why {
            Why::Park => GState::Parked,
            Why::Join => GState::Joining,
            Why::BlockOn => GState::BlockedOn,
            Why::Sleep => GState::Sleeping,
        }
    }
}

/// A G, as [`gs`] saw it. Its `Display` is the line of it in the report of a deadlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GInfo {
    /// What [`G::id`](crate::G::id) returns for it.
    pub id: u64,
    /// What it does.
    pub state: GState,
    /// Where it waits, in one of the four states of that kind: the line of the call, not of what wakes
    /// it.
    pub waits_at: Option<&'static Location<'static>>,
    /// Where it was made. `None` for that of a thread that entered by [`run`](crate::run) or by a
    /// callback.
    pub spawned_at: Option<&'static Location<'static>>,
    /// How many callbacks out of C it is in, one in another. [`run`](crate::run) is one.
    pub callbacks: u32,
    /// Whether it is bound to its thread: by [`lock_os_thread`](crate::lock_os_thread),
    /// [`go_pinned`](crate::go_pinned), or a callback.
    pub locked: bool,
}

impl fmt::Display for GInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "G {} ", self.id)?;
        match self.spawned_at {
            Some(at) => write!(f, "(spawned at {at}): {}", self.state)?,
            None => write!(f, "(of a thread that entered by `run` or a callback): {}", self.state)?,
        }
        if let Some(at) = self.waits_at {
            write!(f, " at {at}")?;
        }
        // A G in a callback is locked because of it; whoever runs it can't know more.
        match self.spawned_at {
            Some(_) if self.callbacks > 0 => f.write_str(", in a callback"),
            Some(_) if self.locked => f.write_str(", locked to its thread"),
            _ => Ok(()),
        }
    }
}

/// All Gs that have begun and not ended, and what each of them does, in no order: those of
/// [`go`](crate::go) and [`go_pinned`](crate::go_pinned), and of threads that are inside
/// [`run`](crate::run) or a callback. One that has never run has no record to look at, and is counted in
/// [`Metrics::gs`](crate::Metrics::gs) only.
///
/// From any thread, at any time, but not in a signal's handler. Each G is seen at a moment of its own,
/// and may do something else by the time this returns. Takes a time that grows with the number of
/// stacks ever made ([`Metrics::stacks_mapped`](crate::Metrics::stacks_mapped)); Gs that run don't
/// notice.
///
/// ```
/// use callgate::GState;
///
/// let parked = callgate::go_pinned(callgate::park);
/// let is_parked = || callgate::gs().iter().find(|g| g.state == GState::Parked).copied();
/// let g = loop {
///     match is_parked() {
///         Some(g) => break g,
///         None => std::thread::yield_now(),
///     }
/// };
/// // G 2 (spawned at src/main.rs:3:14): parked at src/main.rs:3:14, locked to its thread
/// println!("{g}");
/// assert!(g.locked && g.spawned_at.is_some());
/// # std::mem::forget(parked);
/// ```
#[must_use]
pub fn gs() -> Vec<GInfo> {
    let running: HashMap<_, _> =
        m::all().into_iter().map(|m| (m.curg.load(Acquire).cast_const(), m)).collect();
    let mut gs = Vec::new();
    arena::each(|stack| {
        let g = G::at_top_of(stack);
        // SAFETY: the memory is mapped for ever: a G, or zeros. Atomics only are read.
        gs.extend(look(unsafe { &*g }, running.get(&g).copied()));
    });
    gs
}

/// What a record says of the G that has it now, if one does. `m` had it some time ago.
fn look(g: &G, m: Option<&M>) -> Option<GInfo> {
    let id = g.park.id();
    if id == 0 {
        return None;
    }
    let (spawned_at, callbacks, locked) = (g.spawned_at.get(), g.callbacks(), g.locked());
    // Between the callbacks of its thread, an extra M's waits for nothing: it doesn't exist to users.
    if spawned_at.is_none() && callbacks == 0 {
        return None;
    }
    let waits = g.waits.get();
    let on_m = m.filter(|m| core::ptr::eq(m.curg.load(Acquire), g)).map(|m| m.lease.state());
    let state = match (waits, on_m) {
        (Some((why, _)), _) => why.into(),
        (None, Some(USER | SCHED)) => GState::Running,
        (None, Some(SYSCALL)) => GState::InC,
        (None, _) => GState::Runnable,
    };
    // What was read is the G's, if the record is still its own.
    fence(Acquire);
    (g.park.id() == id).then_some(GInfo {
        id,
        state,
        waits_at: waits.map(|(_, at)| at),
        spawned_at,
        callbacks,
        locked,
    })
}
