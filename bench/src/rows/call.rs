//! Calls of C functions that do nothing.

use super::row;
use crate::c::{Six, Two, gate, plain, promised};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes;
use crate::who::Who;
use corosensei::{Coroutine, CoroutineResult};
use std::hint::black_box;
use std::io::Error;

/// A measurement of one row in nanoseconds, with one P.
macro_rules! call {
    ($name:literal: $($who:ident = $peer:expr),*) => {
        Measurement {
            name: $name,
            rows: &[row($name, "ns")],
            procs: &[1],
            runs: 3,
            peers: &[$((Who::$who, $peer)),*],
        }
    };
}

pub const ALL: &[Measurement] = &[
    call!("call": Callgate = Here(call), Plain = Here(call_plain), Go = Go,
        Corosensei = Here(call_corosensei), Tokio = Here(call_tokio)),
    call!("call2": Callgate = Here(call2), Plain = Here(call2_plain), Go = Go),
    call!("call6": Callgate = Here(call6), Plain = Here(call6_plain), Go = Go),
    call!("call_errno": Callgate = Here(call_errno), Plain = Here(call_errno_plain), Go = Go),
    // Go's `#cgo noescape` and `nocallback` are the nearest that it has.
    call!("call_leaf": Callgate = Here(call_leaf), Plain = Here(call_plain_leaf), Go = Go),
    // Go has one kind of call for this, the ordinary one; tokio has `spawn_blocking`.
    call!("call_blocking": Callgate = Here(call_blocking), Go = Go, Tokio = Here(blocking_tokio)),
];

/// Measures `f` in a G. A macro, so that each loop has its call in it as a user's would.
macro_rules! in_g {
    ($job:ident, $row:literal, $call:expr) => {{
        let job = *$job;
        runtimes::callgate($job.procs, move || {
            job.each($row, || {
                black_box($call);
            })
        })
    }};
}

fn call(job: &Job) -> Values {
    in_g!(job, "call", gate::bench_empty())
}

fn call2(job: &Job) -> Values {
    in_g!(job, "call2", gate::bench_two(1, 2))
}

fn call6(job: &Job) -> Values {
    in_g!(job, "call6", gate::bench_six(1, 2, 3, 4, 5, 6))
}

fn call_errno(job: &Job) -> Values {
    in_g!(job, "call_errno", gate::bench_errno(1))
}

fn call_leaf(job: &Job) -> Values {
    in_g!(job, "call_leaf", promised::leaf())
}

fn call_blocking(job: &Job) -> Values {
    in_g!(job, "call_blocking", promised::blocking())
}

fn call_plain(job: &Job) -> Values {
    let f = black_box(plain::bench_empty as extern "C" fn());
    job.each("call", || f())
}

fn call_plain_leaf(job: &Job) -> Values {
    let f = black_box(plain::bench_empty as extern "C" fn());
    job.each("call_leaf", || f())
}

fn call2_plain(job: &Job) -> Values {
    let f = black_box(plain::bench_two as Two);
    job.each("call2", || {
        black_box(f(1, 2));
    })
}

fn call6_plain(job: &Job) -> Values {
    let f = black_box(plain::bench_six as Six);
    job.each("call6", || {
        black_box(f(1, 2, 3, 4, 5, 6));
    })
}

fn call_errno_plain(job: &Job) -> Values {
    let f = black_box(plain::bench_errno as extern "C" fn(_) -> _);
    job.each("call_errno", || {
        black_box((f(1), Error::last_os_error().raw_os_error()));
    })
}

/// The call alone: corosensei has no scheduler to tell of it.
fn call_corosensei(job: &Job) -> Values {
    let job = *job;
    let mut coroutine = Coroutine::<(), (), Values>::new(move |yielder, ()| {
        job.each("call", || yielder.on_parent_stack(|| plain::bench_empty()))
    });
    match coroutine.resume(()) {
        CoroutineResult::Return(values) => values,
        CoroutineResult::Yield(()) => unreachable!("it doesn't suspend"),
    }
}

fn call_tokio(job: &Job) -> Values {
    let job = *job;
    runtimes::tokio(job.procs, async move {
        job.each("call", || tokio::task::block_in_place(|| plain::bench_empty()))
    })
}

fn blocking_tokio(job: &Job) -> Values {
    let handle = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(job.procs)
        .build()
        .expect("tokio starts");
    job.per_op_wall("call_blocking", |n| {
        let task = async move {
            for _ in 0..n {
                tokio::task::spawn_blocking(|| plain::bench_empty()).await.expect("no panic");
            }
        };
        handle.block_on(async { tokio::spawn(task).await }).expect("no panic");
    })
}
