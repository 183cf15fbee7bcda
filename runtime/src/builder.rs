//! The runtime's options.

use crate::error::Error;
use crate::{os, sched};
use std::ops::RangeInclusive;
use std::time::Duration;

const PROCS: RangeInclusive<usize> = 1..=4096;
const STACK_SIZE: RangeInclusive<usize> = (16 << 10)..=(1 << 30);
const MAX_THREADS: RangeInclusive<usize> = 1..=1_000_000;
const SLICE_MICROS: RangeInclusive<usize> = 100..=10_000_000;
const IDLE_MILLIS: RangeInclusive<usize> = 1..=86_400_000;

/// What the scheduler was started with.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) procs: usize,
    pub(crate) stack_size: usize,
    pub(crate) thread_stack_size: usize,
    pub(crate) max_threads: usize,
    pub(crate) slice: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) heavy_barrier: bool,
    pub(crate) guard_install: bool,
    pub(crate) detect_deadlock: bool,
    pub(crate) clear_stacks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            procs: std::thread::available_parallelism().map_or(1, |n| n.get()).min(*PROCS.end()),
            stack_size: 256 << 10,
            thread_stack_size: 8 << 20,
            max_threads: 10_000,
            slice: Duration::from_millis(10),
            idle_timeout: Duration::from_secs(10),
            heavy_barrier: true,
            guard_install: true,
            detect_deadlock: true,
            clear_stacks: false,
        }
    }
}

/// Options of the runtime, of which a process has one.
///
/// The first use of the runtime installs the defaults, so [`install`](Self::install) comes before.
///
/// ```
/// callgate::Builder::new().procs(2).max_threads(64).install()?;
/// assert_eq!(callgate::metrics().procs, 2);
/// # Ok::<(), callgate::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until `install`"]
pub struct Builder {
    config: Config,
}

impl Builder {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many Gs run Rust code at once. 1 to 4,096; default: the number of processors that the
    /// process may use.
    pub fn procs(mut self, n: usize) -> Self {
        self.config.procs = n;
        self
    }

    /// The size of a G's stack, in bytes, without its guards; rounded up to whole pages. Only what
    /// is touched is committed, and C code doesn't run on it. 16 KiB to 1 GiB; default 256 KiB.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.config.stack_size = bytes;
        self
    }

    /// The size of the stacks of the threads that the runtime makes, in bytes: C code runs on
    /// them. 16 KiB to 1 GiB; default 8 MiB, of which only what is touched is committed.
    pub fn thread_stack_size(mut self, bytes: usize) -> Self {
        self.config.thread_stack_size = bytes;
        self
    }

    /// The most OS threads that the runtime makes to run Gs. When all of them are blocked, Gs wait
    /// for one. Foreign threads, and the one monitor thread, are not counted. 1 to 1,000,000;
    /// default 10,000.
    pub fn max_threads(mut self, n: usize) -> Self {
        self.config.max_threads = n;
        self
    }

    /// How long a G may compute, while others wait, before its P is given to them (it runs on
    /// without one). 100 µs to 10 s; default 10 ms.
    pub fn slice(mut self, d: Duration) -> Self {
        self.config.slice = d;
        self
    }

    /// How long a thread of the runtime sleeps without work before it ends. 1 ms to a day;
    /// default 10 s.
    pub fn idle_timeout(mut self, d: Duration) -> Self {
        self.config.idle_timeout = d;
        self
    }

    /// Whether to end a process in which every G waits and nothing is left that could wake one: with
    /// the list of Gs and where each waits on standard error, and status 2. Default: yes.
    ///
    /// It is reported only where it is certain: the process has no threads but those of the runtime
    /// and those that wait in callgate, no G sleeps or is in C, and the program handles no signals
    /// (but for faults). Switch it off for a program that waits to be ended, as by `kill`, with all
    /// its Gs parked.
    ///
    /// ```
    /// callgate::Builder::new().detect_deadlock(false).install()?;
    /// # Ok::<(), callgate::Error>(())
    /// ```
    pub fn detect_deadlock(mut self, on: bool) -> Self {
        self.config.detect_deadlock = on;
        self
    }

    /// Whether the stack of a G that has ended is cleared before another G has it. Default: no, as
    /// safe code can't read what it hasn't written; a new G's stack then holds what the last one left
    /// there, for broken unsafe code to find. Clearing gives the memory back to the system, which
    /// costs each G some microseconds.
    ///
    /// ```
    /// callgate::Builder::new().clear_stacks(true).install()?;
    /// # Ok::<(), callgate::Error>(())
    /// ```
    pub fn clear_stacks(mut self, on: bool) -> Self {
        self.config.clear_stacks = on;
        self
    }

    /// Whether to use a process-wide memory barrier, where the system has one; without it each
    /// foreign call pays for an exchange. For measurements and tests of the fallback.
    #[doc(hidden)]
    pub fn heavy_barrier(mut self, on: bool) -> Self {
        self.config.heavy_barrier = on;
        self
    }

    /// Whether to make guard pages without mappings of their own, where the system can. For tests
    /// of the fallback.
    #[doc(hidden)]
    pub fn guard_install(mut self, on: bool) -> Self {
        self.config.guard_install = on;
        self
    }

    /// Starts the runtime with these options.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a value outside its range; [`Error::AlreadyRunning`] if the runtime
    /// has been used before; [`Error::Stack`] or [`Error::Thread`] if the system lacks what it needs.
    pub fn install(mut self) -> Result<(), Error> {
        let micros = |d: Duration| usize::try_from(d.as_micros()).unwrap_or(usize::MAX);
        let millis = |d: Duration| usize::try_from(d.as_millis()).unwrap_or(usize::MAX);
        let c = &mut self.config;
        for (what, given, range) in [
            ("procs", c.procs, PROCS),
            ("stack_size (bytes)", c.stack_size, STACK_SIZE),
            ("thread_stack_size (bytes)", c.thread_stack_size, STACK_SIZE),
            ("max_threads", c.max_threads, MAX_THREADS),
            ("slice (microseconds)", micros(c.slice), SLICE_MICROS),
            ("idle_timeout (milliseconds)", millis(c.idle_timeout), IDLE_MILLIS),
        ] {
            if !range.contains(&given) {
                return Err(Error::OutOfRange { what, given, range });
            }
        }
        c.stack_size = c.stack_size.next_multiple_of(os::page_size());
        sched::start(self.config).map(drop)
    }
}
