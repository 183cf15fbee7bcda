//! What a parked G costs in resident memory.

use super::row;
use crate::machine;
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go, may_go};
use crate::who::Who;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::thread;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Resident memory with so many parked Gs less that without, for each G. One run: what a runtime
/// keeps of its Gs' memory would be counted as the next run's start. A task of tokio has no stack.
macro_rules! bytes {
    ($name:literal, $gs:literal: $($more:tt)*) => {
        Measurement {
            name: $name,
            rows: &[row($name, "B")],
            procs: &[1],
            runs: 1,
            peers: &[
                (Who::Callgate, Here(|job| callgate(job, $name, $gs))),
                (Who::Go, Go),
                (Who::Tokio, Here(|job| tokio(job, $name, $gs))),
                $($more)*
            ],
        }
    };
}

pub const ALL: &[Measurement] = &[
    bytes!("bytes_per_g_10k", 10_000:
        (Who::May, Here(|job| may(job, "bytes_per_g_10k", 10_000)))),
    bytes!("bytes_per_g_100k", 100_000:),
    bytes!("bytes_per_g_1m", 1_000_000:),
];

/// The process's resident memory, in bytes.
fn resident() -> Option<f64> {
    machine::status("VmRSS").map(|kib| kib * 1024.0)
}

fn values(row: &'static str, gs: usize, before: Option<f64>) -> Values {
    let per_g = resident().zip(before).map(|(now, before)| (now - before) / gs as f64);
    per_g.map(|bytes| (row, bytes)).into_iter().collect()
}

fn callgate(job: &Job, row: &'static str, n: usize) -> Values {
    runtimes::callgate(job.procs, move || {
        go(|| ()).join().expect("no panic");
        let mut gs = Vec::with_capacity(n);
        let ready = Arc::new(AtomicUsize::new(0));
        let before = resident();
        for _ in 0..n {
            let ready = ready.clone();
            gs.push(go(move || {
                ready.fetch_add(1, SeqCst);
                callgate::park();
            }));
        }
        while ready.load(SeqCst) < n {
            callgate::yield_now();
        }
        values(row, n, before)
    })
}

/// From a plain thread: with one worker, a coroutine that yields keeps the new ones waiting.
fn may(job: &Job, row: &'static str, n: usize) -> Values {
    runtimes::may(job.procs, || ());
    let mut coroutines = Vec::with_capacity(n);
    let ready = Arc::new(AtomicUsize::new(0));
    let before = resident();
    for _ in 0..n {
        let ready = ready.clone();
        coroutines.push(may_go(move || {
            ready.fetch_add(1, SeqCst);
            may::coroutine::park();
        }));
    }
    while ready.load(SeqCst) < n {
        thread::sleep(Duration::from_millis(1));
    }
    values(row, n, before)
}

fn tokio(job: &Job, row: &'static str, n: usize) -> Values {
    runtimes::tokio(job.procs, async move {
        let gate = Arc::new(Semaphore::new(0));
        let mut tasks = Vec::with_capacity(n);
        let ready = Arc::new(AtomicUsize::new(0));
        let before = resident();
        for _ in 0..n {
            let (ready, gate) = (ready.clone(), gate.clone());
            tasks.push(tokio::spawn(async move {
                ready.fetch_add(1, SeqCst);
                drop(gate.acquire().await);
            }));
        }
        while ready.load(SeqCst) < n {
            tokio::task::yield_now().await;
        }
        values(row, n, before)
    })
}
