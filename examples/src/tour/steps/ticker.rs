//! A G that ticks each millisecond, and measures how late it is.

use super::spawner;
use callgate::JoinHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a tick is.
pub const TICK: Duration = Duration::from_millis(1);

/// A ticking G, and beside it, for comparison, a thread that does the same: what that one is late is
/// the machine's, not callgate's.
pub struct Ticker {
    stop: Arc<AtomicBool>,
    g: JoinHandle<Ticks>,
    thread: thread::JoinHandle<Ticks>,
}

/// What a ticker saw.
#[derive(Clone, Copy, Default)]
pub struct Ticks {
    /// How often it ticked.
    pub ticks: u32,
    /// The longest time between two ticks.
    pub longest: Duration,
}

/// Ticks until it is stopped, and tells of its first tick.
fn tick(stop: &AtomicBool, begun: &AtomicBool, sleep: fn(Duration)) -> Ticks {
    let (mut seen, mut last) = (Ticks::default(), Instant::now());
    while !stop.load(Ordering::Relaxed) {
        sleep(TICK);
        let now = Instant::now();
        seen = Ticks { ticks: seen.ticks + 1, longest: seen.longest.max(now - last) };
        last = now;
        begun.store(true, Ordering::Relaxed);
    }
    seen
}

impl Ticker {
    /// Starts both, and waits for the first tick.
    pub fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let begun = Arc::new(AtomicBool::new(false));
        let (stopped, ticked) = (stop.clone(), begun.clone());
        let g = spawner().go(move || tick(&stopped, &ticked, callgate::sleep));
        let stopped = stop.clone();
        let thread = thread::spawn(move || tick(&stopped, &AtomicBool::new(false), thread::sleep));
        while !begun.load(Ordering::Relaxed) {
            callgate::sleep(TICK);
        }
        Ticker { stop, g, thread }
    }

    /// Ends both; returns what the G saw, and what the thread did.
    pub fn stop(self) -> Result<(Ticks, Ticks), String> {
        self.stop.store(true, Ordering::Relaxed);
        let g = self.g.join().map_err(|_| "the ticker panicked")?;
        let thread = callgate::blocking(|| self.thread.join());
        Ok((g, thread.map_err(|_| "the ticking thread panicked")?))
    }
}
