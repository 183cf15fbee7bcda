//! What others lose by Gs that block in C again and again: the rate of Gs that compute, with and
//! without them.

use super::row;
use crate::c::gate;
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

/// `$name`: the units of work that are done in a microsecond beside `$sleepers` Gs that loop
/// `usleep(1000)`; `_share`: what part that is of the rate without them, measured before and after
/// in the same process; `_calls`: the calls that those complete.
macro_rules! beside {
    ($name:literal, $procs:literal, $sleepers:literal, $yields:literal) => {
        Measurement {
            name: $name,
            rows: &[
                row($name, "/us"),
                row(concat!($name, "_share"), "%"),
                row(concat!($name, "_calls"), "/s"),
            ],
            procs: &[$procs],
            runs: 1,
            peers: &[
                (
                    Who::Callgate,
                    Here(|job| {
                        callgate(
                            job,
                            &Names {
                                rate: $name,
                                share: concat!($name, "_share"),
                                calls: concat!($name, "_calls"),
                                sleepers: $sleepers,
                                yields: $yields,
                            },
                        )
                    }),
                ),
                (Who::Go, Go),
            ],
        }
    };
}

pub const ALL: &[Measurement] = &[
    // Workers that only compute.
    beside!("workers_beside_128", 2, 128, false),
    beside!("workers_beside_1", 1, 1, false),
    // Workers that yield after each unit.
    beside!("yielders_beside_128", 2, 128, true),
    beside!("yielders_beside_1", 1, 1, true),
];

struct Names {
    rate: &'static str,
    share: &'static str,
    calls: &'static str,
    sleepers: usize,
    yields: bool,
}

/// Workers for each P.
const WORKERS: usize = 2;
const WINDOW: Duration = Duration::from_millis(400);

/// A count of its own cache lines.
#[repr(align(128))]
#[derive(Default)]
struct Count(AtomicU64);

struct Shared {
    units: Vec<Count>,
    calls: Vec<Count>,
    stop: AtomicBool,
    stop_sleepers: AtomicBool,
}

/// A chain of steps that a compiler can't shorten, of about half a microsecond.
fn unit(mut x: u64) -> u64 {
    for _ in 0..256 {
        x = (x ^ (x >> 29)).wrapping_mul(6_364_136_223_846_793_005);
    }
    x
}

fn sum(counts: &[Count]) -> u64 {
    counts.iter().map(|n| n.0.load(Relaxed)).sum()
}

/// Units and calls in a window, for each second.
fn rates(shared: &Shared) -> (f64, f64) {
    let (start, units, calls) = (Instant::now(), sum(&shared.units), sum(&shared.calls));
    callgate::sleep(WINDOW);
    let seconds = start.elapsed().as_secs_f64();
    let done = (sum(&shared.units) - units, sum(&shared.calls) - calls);
    (done.0 as f64 / seconds, done.1 as f64 / seconds)
}

fn callgate(job: &Job, names: &'static Names) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        let count = |n| (0..n).map(|_| Count::default()).collect();
        let shared = Arc::new(Shared {
            units: count(WORKERS * job.procs),
            calls: count(names.sleepers),
            stop: AtomicBool::new(false),
            stop_sleepers: AtomicBool::new(false),
        });
        let workers: Vec<_> = (0..WORKERS * job.procs)
            .map(|i| {
                let shared = shared.clone();
                go(move || {
                    let mut x = i as u64 + 1;
                    while !shared.stop.load(Relaxed) {
                        x = unit(x);
                        shared.units[i].0.fetch_add(1, Relaxed);
                        if names.yields {
                            callgate::yield_now();
                        }
                    }
                    black_box(x);
                })
            })
            .collect();
        callgate::sleep(WINDOW / 4);
        let before = rates(&shared).0;
        let sleepers: Vec<_> = (0..names.sleepers)
            .map(|i| {
                let shared = shared.clone();
                go(move || {
                    while !shared.stop_sleepers.load(Relaxed) {
                        gate::bench_sleep(1_000);
                        shared.calls[i].0.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        callgate::sleep(WINDOW / 4);
        let (rate, calls) = rates(&shared);
        shared.stop_sleepers.store(true, Relaxed);
        sleepers.into_iter().for_each(|g| g.join().expect("no panic"));
        let after = rates(&shared).0;
        shared.stop.store(true, Relaxed);
        workers.into_iter().for_each(|g| g.join().expect("no panic"));
        let alone = (before + after) / 2.0;
        vec![(names.rate, rate / 1e6), (names.share, 100.0 * rate / alone), (names.calls, calls)]
    })
}
