//! Futures of times, over `async-io`, whose thread keeps the timers (feature `time`): what limits how
//! long a G, a callback or a plain thread waits for something else.
//!
//! To sleep, a G needs none of it: see [`sleep`](crate::sleep).
//!
//! ```
//! use callgate::time::{Elapsed, timeout};
//! use std::time::Duration;
//!
//! let never = std::future::pending::<()>();
//! assert_eq!(callgate::block_on(timeout(Duration::from_millis(1), never)), Err(Elapsed));
//! ```

use crate::select::{Either, race};
use async_io::Timer;
use std::time::{Duration, Instant};

/// A future that didn't get ready in time; see [`timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit has passed")]
pub struct Elapsed;

impl From<Elapsed> for std::io::Error {
    fn from(elapsed: Elapsed) -> Self {
        std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed)
    }
}

/// A future that is ready when `d` has passed since its first poll: an arm of
/// [`select!`](crate::select).
pub async fn after(d: Duration) {
    Timer::after(d).await;
}

/// `future`, given up when it isn't ready in time.
///
/// # Errors
/// [`Elapsed`]; the future is dropped.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    match race(future, after(limit)).await {
        Either::Left(output) => Ok(output),
        Either::Right(()) => Err(Elapsed),
    }
}

/// Ticks, so long after each other.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let mut ticks = callgate::time::Interval::new(Duration::from_millis(1));
/// (0..3).for_each(|_| ticks.tick());
/// assert!(start.elapsed() >= Duration::from_millis(3));
/// ```
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    next: Instant,
}

impl Interval {
    /// The first tick comes after `period`.
    #[must_use]
    pub fn new(period: Duration) -> Self {
        Interval { period, next: Instant::now() + period }
    }

    /// Waits for the next tick. A scheduling point. Those that nobody has waited for in time are left
    /// out.
    #[track_caller]
    pub fn tick(&mut self) {
        crate::block_on(self.tick_async());
    }

    /// [`tick`](Self::tick) as a future.
    pub async fn tick_async(&mut self) {
        Timer::at(self.next).await;
        self.next = (self.next + self.period).max(Instant::now());
    }
}
