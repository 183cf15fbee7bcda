//! Mutual exclusion, over `async-lock`.

use crate::block_on;
use std::fmt;

/// The right to the value. Belongs to no thread: a G may hold it where it waits, and give it to another.
pub use async_lock::MutexGuard;

/// A value that one at a time may use; who finds it locked waits, as a G parks.
///
/// It is not poisoned by a panic: the guard is dropped, and the next one finds the value as it is.
///
/// ```
/// use callgate::sync::Mutex;
/// use std::sync::Arc;
///
/// let sum = Arc::new(Mutex::new(0));
/// let gs: Vec<_> = (0..4)
///     .map(|n| {
///         let sum = sum.clone();
///         callgate::go_pinned(move || *sum.lock() += n)
///     })
///     .collect();
/// gs.into_iter().for_each(|g| g.join().unwrap());
/// assert_eq!(*sum.lock(), 6);
/// ```
#[derive(Default)]
pub struct Mutex<T: ?Sized>(async_lock::Mutex<T>);

impl<T> Mutex<T> {
    /// Of this value.
    pub const fn new(value: T) -> Self {
        Mutex(async_lock::Mutex::new(value))
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Locks, waiting while somebody else has it. A scheduling point.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        lock(&self.0)
    }

    /// Locks, if nobody has it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock()
    }

    /// [`lock`](Self::lock) as a future.
    pub fn lock_async(&self) -> async_lock::futures::Lock<'_, T> {
        self.0.lock()
    }

    /// The value, which nobody else can have.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[track_caller]
pub(super) fn lock<T: ?Sized>(mutex: &async_lock::Mutex<T>) -> MutexGuard<'_, T> {
    mutex.try_lock().unwrap_or_else(|| block_on(mutex.lock()))
}
