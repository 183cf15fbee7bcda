//! How long another ready G waits behind one that blocks in C, or computes, with one P.
//!
//! One G notes the time and goes into C, again and again. The other yields all the time, and notes
//! how long after that time it ran first.

use super::row;
use crate::c::{gate, plain, promised};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values, percentile,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::thread;
use std::time::{Duration, Instant};

/// A measurement of the rows `$name` with `_p50` and `_p99`.
macro_rules! stall {
    ($name:literal: $($who:ident = $peer:expr),*) => {
        Measurement {
            name: $name,
            rows: &[row(concat!($name, "_p50"), "us"), row(concat!($name, "_p99"), "us")],
            procs: &[1],
            runs: 1,
            peers: &[$((Who::$who, $peer)),*],
        }
    };
}

pub const ALL: &[Measurement] = &[
    stall!("stall_1ms": Callgate = Here(|job| callgate(job, MS1, gate::bench_sleep)),
        Go = Go, Tokio = Here(|job| tokio(job, MS1, in_place))),
    stall!("stall_5ms": Callgate = Here(|job| callgate(job, MS5, gate::bench_sleep)),
        Go = Go, Tokio = Here(|job| tokio(job, MS5, in_place))),
    // As `stall_5ms`, of a call that is declared `blocking`.
    stall!("stall_blocking":
        Callgate = Here(|job| callgate(job, BLOCKING, promised::blocking_sleep))),
    // What the system needs to wake another thread, which is in each of the above where nobody is
    // awake already.
    stall!("thread_wake": Plain = Here(thread_wake)),
    // No C: a G that computes.
    stall!("hog": Callgate = Here(|job| callgate(job, HOG, compute)), Go = Go,
        Tokio = Here(|job| tokio(job, HOG, compute))),
];

struct Stall {
    p50: &'static str,
    p99: &'static str,
    micros: u32,
    times: usize,
}

const MS1: &Stall =
    &Stall { p50: "stall_1ms_p50", p99: "stall_1ms_p99", micros: 1_000, times: 200 };
const MS5: &Stall =
    &Stall { p50: "stall_5ms_p50", p99: "stall_5ms_p99", micros: 5_000, times: 100 };
const BLOCKING: &Stall =
    &Stall { p50: "stall_blocking_p50", p99: "stall_blocking_p99", micros: 5_000, times: 100 };
const WAKE: &Stall =
    &Stall { p50: "thread_wake_p50", p99: "thread_wake_p99", micros: 1_000, times: 200 };
const HOG: &Stall = &Stall { p50: "hog_p50", p99: "hog_p99", micros: 30_000, times: 25 };

/// Between two times, both only yield.
const PAUSE: Duration = Duration::from_micros(300);

fn compute(us: u32) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(us.into()) {
        std::hint::spin_loop();
    }
}

fn in_place(us: u32) {
    tokio::task::block_in_place(|| plain::bench_sleep(us));
}

/// What the two share. 0 is no time.
struct Shared {
    epoch: Instant,
    since: AtomicU64,
    stop: AtomicBool,
}

impl Shared {
    fn new() -> Arc<Self> {
        let (since, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Shared { epoch: Instant::now(), since, stop })
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Takes the time that the other noted, and says how long ago it was, in microseconds.
    fn gap(&self) -> Option<f64> {
        match self.since.swap(0, SeqCst) {
            0 => None,
            since => Some((self.now() - since) as f64 / 1e3),
        }
    }
}

fn values(stall: &Stall, mut gaps: Vec<f64>) -> Values {
    assert_eq!(gaps.len(), stall.times, "each time is seen once");
    vec![(stall.p50, percentile(&mut gaps, 50)), (stall.p99, percentile(&mut gaps, 99))]
}

fn callgate(job: &Job, stall: &'static Stall, block: fn(u32)) -> Values {
    runtimes::callgate(job.procs, move || {
        let shared = Shared::new();
        let of_other = shared.clone();
        let other = go(move || {
            let mut gaps = Vec::with_capacity(stall.times);
            while !of_other.stop.load(SeqCst) {
                callgate::yield_now();
                gaps.extend(of_other.gap());
            }
            gaps
        });
        for _ in 0..stall.times {
            let pause = Instant::now();
            while pause.elapsed() < PAUSE {
                callgate::yield_now();
            }
            shared.since.store(shared.now(), SeqCst);
            block(stall.micros);
            while shared.since.load(SeqCst) != 0 {
                callgate::yield_now();
            }
        }
        shared.stop.store(true, SeqCst);
        values(stall, other.join().expect("no panic"))
    })
}

fn tokio(job: &Job, stall: &'static Stall, block: fn(u32)) -> Values {
    runtimes::tokio(job.procs, async move {
        let shared = Shared::new();
        let of_other = shared.clone();
        let other = tokio::spawn(async move {
            let mut gaps = Vec::with_capacity(stall.times);
            while !of_other.stop.load(SeqCst) {
                tokio::task::yield_now().await;
                gaps.extend(of_other.gap());
            }
            gaps
        });
        for _ in 0..stall.times {
            let pause = Instant::now();
            while pause.elapsed() < PAUSE {
                tokio::task::yield_now().await;
            }
            shared.since.store(shared.now(), SeqCst);
            block(stall.micros);
            while shared.since.load(SeqCst) != 0 {
                tokio::task::yield_now().await;
            }
        }
        shared.stop.store(true, SeqCst);
        values(stall, other.await.expect("no panic"))
    })
}

/// From the wake of a parked thread to its first step, of one that sleeps right after.
fn thread_wake(_: &Job) -> Values {
    let shared = Shared::new();
    let of_other = shared.clone();
    let other = thread::spawn(move || {
        let mut gaps = Vec::with_capacity(WAKE.times);
        while !of_other.stop.load(SeqCst) {
            thread::park();
            gaps.extend(of_other.gap());
        }
        gaps
    });
    for _ in 0..WAKE.times {
        compute(PAUSE.as_micros() as u32);
        shared.since.store(shared.now(), SeqCst);
        other.thread().unpark();
        plain::bench_sleep(WAKE.micros);
        while shared.since.load(SeqCst) != 0 {
            thread::yield_now();
        }
    }
    shared.stop.store(true, SeqCst);
    other.thread().unpark();
    values(WAKE, other.join().expect("no panic"))
}
