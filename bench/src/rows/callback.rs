//! Callbacks that do nothing, on threads of every kind.

use super::row;
use crate::c::{Callback, Loop, gate, plain};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values, median,
};
use crate::runtimes;
use crate::who::Who;
use callgate::export_callback;
use std::ffi::c_long;
use std::hint::black_box;

pub const ALL: &[Measurement] = &[
    Measurement {
        name: "callback",
        rows: &[row("callback", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(nested)), (Who::Plain, Here(nested_plain)), (Who::Go, Go)],
    },
    Measurement {
        name: "round_trip",
        rows: &[row("round_trip", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(both)), (Who::Plain, Here(both_plain)), (Who::Go, Go)],
    },
    Measurement {
        name: "callback_foreign",
        rows: &[row("callback_foreign", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(bound)), (Who::Plain, Here(bound_plain)), (Who::Go, Go)],
    },
    Measurement {
        name: "callback_first",
        rows: &[row("callback_first", "ns"), row("thread_per_callback", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(first)), (Who::Plain, Here(first_plain)), (Who::Go, Go)],
    },
];

#[export_callback(private)]
fn empty() {
    black_box(());
}

extern "C" fn empty_plain() {
    black_box(());
}

fn nested(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        job.per_op("callback", |n| gate::bench_loop(empty, n as c_long))
    })
}

fn nested_plain(job: &Job) -> Values {
    job.per_op("callback", |n| plain::bench_loop(black_box(empty_plain), n as c_long))
}

fn both(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || job.each("round_trip", || gate::bench_loop(empty, 1)))
}

fn both_plain(job: &Job) -> Values {
    let call = black_box(plain::bench_loop as Loop);
    job.each("round_trip", || call(black_box(empty_plain), 1))
}

/// Calls back that often before the clock runs.
const WARM: c_long = 10_000;

fn bound(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        job.per_op_timed("callback_foreign", |n| gate::bench_foreign(empty, WARM, n as c_long))
    })
}

fn bound_plain(job: &Job) -> Values {
    job.per_op_timed("callback_foreign", |n| plain::bench_foreign(empty_plain, WARM, n as c_long))
}

/// Threads in a run, whose median is the run's value.
const THREADS: usize = 300;

fn first(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        // SAFETY: as many places as threads.
        fresh_threads(&job, |f, n, out| unsafe { gate::bench_first(f, n, out) }, empty)
    })
}

fn first_plain(job: &Job) -> Values {
    // SAFETY: as many places as threads.
    fresh_threads(job, |f, n, out| unsafe { plain::bench_first(f, n, out) }, empty_plain)
}

fn fresh_threads(
    job: &Job,
    threads: impl Fn(Callback, c_long, *mut f64) -> f64,
    callback: Callback,
) -> Values {
    let run = || {
        let mut took = [0.0; THREADS];
        let all = threads(callback, THREADS as c_long, took.as_mut_ptr());
        assert!(all >= 0.0, "the system gives no thread");
        [("callback_first", median(&mut took)), ("thread_per_callback", all / THREADS as f64)]
    };
    run();
    (0..job.runs).flat_map(|_| run()).collect()
}
