//! How long another ready G waits behind one that blocks in C, or computes, with one P.
//!
//! One G notes the time and goes into C, again and again. The other yields all the time, and notes
//! how long after that time it ran first.

use super::row;
use crate::c::{gate, plain, promised};
use crate::measure::{
    Job, Measurement,
    Peer::{self, Go, Here},
    Row, Values, percentile,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::thread;
use std::time::{Duration, Instant};

/// What is measured under the name `$name`: `$times` times, of `$micros` microseconds.
macro_rules! stall {
    ($name:literal, $micros:literal, $times:literal) => {
        &Stall {
            name: $name,
            rows: &[
                row(concat!($name, "_p50"), "us"),
                row(concat!($name, "_p99"), "us"),
                row(concat!($name, "_max"), "us"),
                row(concat!($name, "_back_p50"), "us"),
                row(concat!($name, "_back_p99"), "us"),
            ],
            micros: $micros,
            times: $times,
        }
    };
}

struct Stall {
    name: &'static str,
    /// The gap that the other sees, and how late the caller gets on after C has returned.
    rows: &'static [Row; 5],
    micros: u32,
    times: usize,
}

const US50: &Stall = stall!("stall_50us", 50, 400);
const US200: &Stall = stall!("stall_200us", 200, 300);
const MS1: &Stall = stall!("stall_1ms", 1_000, 200);
const MS5: &Stall = stall!("stall_5ms", 5_000, 120);
const MS20: &Stall = stall!("stall_20ms", 20_000, 100);
const BLOCKING: &Stall = stall!("stall_blocking", 5_000, 120);
const WAKE: &Stall = stall!("thread_wake", 1_000, 200);
const HOG: &Stall = stall!("hog", 30_000, 50);

const fn measurement(
    stall: &'static Stall,
    rows: usize,
    peers: &'static [(Who, Peer)],
) -> Measurement {
    let (rows, _) = stall.rows.split_at(rows);
    Measurement { name: stall.name, rows, procs: &[1], runs: 1, peers }
}

/// A call by each peer that has no other kind.
macro_rules! calls {
    ($stall:ident) => {
        measurement(
            $stall,
            5,
            &[
                (Who::Callgate, Here(|job| callgate(job, $stall, gate::bench_sleep))),
                (Who::Go, Go),
                (Who::Tokio, Here(|job| tokio(job, $stall, in_place))),
            ],
        )
    };
}

pub const ALL: &[Measurement] = &[
    calls!(US50),
    calls!(US200),
    calls!(MS1),
    calls!(MS5),
    calls!(MS20),
    // As `stall_5ms`, of a call that is declared `blocking`. Go has one kind of call.
    measurement(
        BLOCKING,
        5,
        &[
            (Who::Callgate, Here(|job| callgate(job, BLOCKING, promised::blocking_sleep))),
            (Who::Go, Go),
        ],
    ),
    // What the system needs to wake another thread, which is in each of the above where nobody is
    // awake already.
    measurement(WAKE, 2, &[(Who::Plain, Here(thread_wake))]),
    // No C: a G that computes.
    measurement(
        HOG,
        3,
        &[
            (Who::Callgate, Here(|job| callgate(job, HOG, compute))),
            (Who::Go, Go),
            (Who::Tokio, Here(|job| tokio(job, HOG, compute))),
        ],
    ),
];

/// Between two times, both only yield.
const PAUSE: Duration = Duration::from_micros(300);

/// Something that takes so many microseconds, and returns [`plain::bench_now`] at its end.
type Block = fn(u32) -> f64;

fn compute(us: u32) -> f64 {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(us.into()) {
        std::hint::spin_loop();
    }
    plain::bench_now()
}

fn in_place(us: u32) -> f64 {
    tokio::task::block_in_place(|| plain::bench_sleep(us))
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

/// Microseconds since `ended`.
fn since(ended: f64) -> f64 {
    (plain::bench_now() - ended) / 1e3
}

fn values(stall: &Stall, mut gaps: Vec<f64>, mut late: Vec<f64>) -> Values {
    assert_eq!(gaps.len(), stall.times, "each time is seen once");
    let [p50, p99, max, back_p50, back_p99] = stall.rows;
    let mut values = vec![
        (p50.name, percentile(&mut gaps, 50)),
        (p99.name, percentile(&mut gaps, 99)),
        (max.name, percentile(&mut gaps, 100)),
    ];
    if !late.is_empty() {
        values.push((back_p50.name, percentile(&mut late, 50)));
        values.push((back_p99.name, percentile(&mut late, 99)));
    }
    values
}

fn callgate(job: &Job, stall: &'static Stall, block: Block) -> Values {
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
        let mut late = Vec::with_capacity(stall.times);
        for _ in 0..stall.times {
            let pause = Instant::now();
            while pause.elapsed() < PAUSE {
                callgate::yield_now();
            }
            shared.since.store(shared.now(), SeqCst);
            late.push(since(block(stall.micros)));
            while shared.since.load(SeqCst) != 0 {
                callgate::yield_now();
            }
        }
        shared.stop.store(true, SeqCst);
        values(stall, other.join().expect("no panic"), late)
    })
}

fn tokio(job: &Job, stall: &'static Stall, block: Block) -> Values {
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
        let mut late = Vec::with_capacity(stall.times);
        for _ in 0..stall.times {
            let pause = Instant::now();
            while pause.elapsed() < PAUSE {
                tokio::task::yield_now().await;
            }
            shared.since.store(shared.now(), SeqCst);
            late.push(since(block(stall.micros)));
            while shared.since.load(SeqCst) != 0 {
                tokio::task::yield_now().await;
            }
        }
        shared.stop.store(true, SeqCst);
        values(stall, other.await.expect("no panic"), late)
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
    values(WAKE, other.join().expect("no panic"), vec![])
}
