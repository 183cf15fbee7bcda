//! Waiting for a condition, over `event-listener`.

use super::mutex::{MutexGuard, lock};
use crate::block_on;
use event_listener::Event;

/// Waiting until a value that a [`Mutex`](super::Mutex) guards is as it should be.
///
/// ```
/// use callgate::sync::{Condvar, Mutex};
/// use std::sync::Arc;
///
/// let shared = Arc::new((Mutex::new(false), Condvar::new()));
/// let theirs = shared.clone();
/// let g = callgate::go_pinned(move || {
///     *theirs.0.lock() = true;
///     theirs.1.notify_one();
/// });
/// let ready = shared.1.wait_while(shared.0.lock(), |ready| !*ready);
/// assert!(*ready);
/// g.join().unwrap();
/// ```
#[derive(Debug, Default)]
pub struct Condvar(Event);

impl Condvar {
    /// One that nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Condvar(Event::new())
    }

    /// Unlocks, waits for a notification, and locks again. A scheduling point. There may be one for
    /// somebody else's condition, so look at the value again, or use [`wait_while`](Self::wait_while).
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let mutex = MutexGuard::source(&guard);
        // Listening from before the unlocking: no notification falls between.
        let listener = self.0.listen();
        drop(guard);
        block_on(listener);
        lock(mutex)
    }

    /// Waits while `condition` is true of the value.
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(guard);
        }
        guard
    }

    /// [`wait`](Self::wait) for `limit` at most. Also says whether there was a notification in time.
    #[cfg(feature = "time")]
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: std::time::Duration,
    ) -> (MutexGuard<'a, T>, bool) {
        let mutex = MutexGuard::source(&guard);
        let listener = self.0.listen();
        drop(guard);
        let notified = block_on(crate::time::timeout(limit, listener)).is_ok();
        (lock(mutex), notified)
    }

    /// Lets one that waits go on.
    pub fn notify_one(&self) {
        self.0.notify_additional(1);
    }

    /// Lets all that wait go on.
    pub fn notify_all(&self) {
        self.0.notify(usize::MAX);
    }
}
