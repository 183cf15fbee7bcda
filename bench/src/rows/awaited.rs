//! A tokio program whose tasks call C that blocks: by `#[foreign_call(async)]`, by tokio's
//! `spawn_blocking`, and by its `block_in_place`.

use super::row;
use crate::c::{awaited, plain};
use crate::machine;
use crate::measure::{Job, Measurement, Peer::Here, Values, percentile};
use crate::runtimes;
use crate::who::Who;
use std::time::Instant;

pub const ALL: &[Measurement] = &[
    // One task that awaits calls of an empty function, one after the other.
    Measurement {
        name: "await_empty",
        rows: &[row("await_empty", "ns")],
        procs: &[1, 2],
        runs: 3,
        peers: &[
            (Who::Callgate, Here(|job| empty(job, awaited::bench_empty))),
            (Who::Tokio, Here(|job| empty(job, || elsewhere(nothing)))),
            (Who::InPlace, Here(|job| empty(job, || in_place(nothing)))),
        ],
    },
    // Many tasks that each await `usleep(1000)` again and again: by how much longer than a millisecond
    // each waits, how long it takes them all, and the threads of the process at the end.
    Measurement {
        name: "await_1ms",
        rows: &[
            row("await_1ms_p50", "us"),
            row("await_1ms_p99", "us"),
            row("await_1ms_wall", "ms"),
            row("await_1ms_threads", ""),
        ],
        procs: &[1, 2],
        runs: 1,
        peers: &[
            (Who::Callgate, Here(|job| sleepers(job, || awaited::bench_sleep(MICROS)))),
            (Who::Tokio, Here(|job| sleepers(job, || elsewhere(sleep)))),
            (Who::InPlace, Here(|job| sleepers(job, || in_place(sleep)))),
        ],
    },
];

const TASKS: usize = 64;
const TIMES: usize = 20;
const MICROS: u32 = 1_000;

fn nothing() {
    plain::bench_empty();
}

fn sleep() -> f64 {
    plain::bench_sleep(MICROS)
}

async fn elsewhere<T: Send + 'static>(f: fn() -> T) -> T {
    tokio::task::spawn_blocking(f).await.expect("no panic")
}

async fn in_place<T>(f: fn() -> T) -> T {
    tokio::task::block_in_place(f)
}

/// Runs a task of a tokio program with so many workers, beside so many Ps.
fn program<T: Send + 'static>(job: &Job, task: impl Future<Output = T> + Send + 'static) -> T {
    if let Err(error) = callgate::Builder::new().procs(job.procs).install() {
        panic!("callgate: {error}");
    }
    runtimes::tokio(job.procs, task)
}

fn empty<F>(job: &Job, call: fn() -> F) -> Values
where
    F: Future<Output = ()> + Send + 'static,
{
    let copy = *job;
    program(job, async move {
        let here = tokio::runtime::Handle::current();
        // Each measurement is a task of its own, which the one that measures waits for.
        tokio::task::block_in_place(|| {
            copy.per_op_wall("await_empty", |n| {
                let calls = here.spawn(async move {
                    for _ in 0..n {
                        call().await;
                    }
                });
                here.block_on(calls).expect("no panic");
            })
        })
    })
}

fn sleepers<F>(job: &Job, call: fn() -> F) -> Values
where
    F: Future<Output = f64> + Send + 'static,
{
    program(job, async move {
        let start = Instant::now();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                tokio::spawn(async move {
                    let mut late = Vec::with_capacity(TIMES);
                    for _ in 0..TIMES {
                        let start = Instant::now();
                        call().await;
                        late.push(start.elapsed().as_secs_f64() * 1e6 - f64::from(MICROS));
                    }
                    late
                })
            })
            .collect();
        let mut late = Vec::with_capacity(TASKS * TIMES);
        for task in tasks {
            late.extend(task.await.expect("no panic"));
        }
        let mut values = vec![
            ("await_1ms_p50", percentile(&mut late, 50)),
            ("await_1ms_p99", percentile(&mut late, 99)),
            ("await_1ms_wall", start.elapsed().as_secs_f64() * 1e3),
        ];
        values.extend(machine::status("Threads").map(|n| ("await_1ms_threads", n)));
        values
    })
}
