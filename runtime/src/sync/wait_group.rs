//! Waiting until so many have done something, over `event-listener`.

use crate::block_on;
use event_listener::Event;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// A group of which each copy is a member, until it is dropped.
///
/// ```
/// let group = callgate::sync::WaitGroup::new();
/// for _ in 0..3 {
///     let member = group.clone();
///     callgate::go_pinned(move || {
///         // … the work …
///         drop(member);
///     });
/// }
/// group.wait();
/// ```
#[derive(Default)]
pub struct WaitGroup(Arc<Group>);

#[derive(Default)]
struct Group {
    /// Members beside the first.
    more: AtomicUsize,
    event: Event,
}

/// The number of members after the last is dropped: one below that of the first alone.
const NOBODY: usize = usize::MAX;

impl WaitGroup {
    /// A group with one member.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the group, and waits until all others have. A scheduling point.
    #[track_caller]
    pub fn wait(self) {
        let group = self.0.clone();
        drop(self);
        while group.more.load(Acquire) != NOBODY {
            let listener = group.event.listen();
            if group.more.load(Acquire) != NOBODY {
                block_on(listener);
            }
        }
    }
}

impl Clone for WaitGroup {
    fn clone(&self) -> Self {
        self.0.more.fetch_add(1, Relaxed);
        WaitGroup(self.0.clone())
    }
}

impl Drop for WaitGroup {
    fn drop(&mut self) {
        if self.0.more.fetch_sub(1, AcqRel) == 0 {
            self.0.event.notify(usize::MAX);
        }
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.0.more.load(Relaxed).wrapping_add(1);
        f.debug_struct("WaitGroup").field("members", &members).finish()
    }
}
