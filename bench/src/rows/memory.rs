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

/// Resident memory with 10,000 parked Gs less that without, for each G. One run: what a runtime
/// keeps of its Gs' memory would be counted as the next run's start.
pub const ALL: &[Measurement] = &[Measurement {
    name: "bytes_per_g_10k",
    rows: &[row("bytes_per_g_10k", "B")],
    procs: &[1],
    runs: 1,
    peers: &[
        (Who::Callgate, Here(callgate)),
        (Who::Go, Go),
        (Who::May, Here(may)),
        // A task, which has no stack.
        (Who::Tokio, Here(tokio)),
    ],
}];

const GS: usize = 10_000;

/// The process's resident memory, in bytes.
fn resident() -> Option<f64> {
    machine::status("VmRSS").map(|kib| kib * 1024.0)
}

fn values(before: Option<f64>) -> Values {
    let per_g = resident().zip(before).map(|(now, before)| (now - before) / GS as f64);
    per_g.map(|bytes| ("bytes_per_g_10k", bytes)).into_iter().collect()
}

fn callgate(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        go(|| ()).join().expect("no panic");
        let mut gs = Vec::with_capacity(GS);
        let ready = Arc::new(AtomicUsize::new(0));
        let before = resident();
        for _ in 0..GS {
            let ready = ready.clone();
            gs.push(go(move || {
                ready.fetch_add(1, SeqCst);
                callgate::park();
            }));
        }
        while ready.load(SeqCst) < GS {
            callgate::yield_now();
        }
        values(before)
    })
}

/// From a plain thread: with one worker, a coroutine that yields keeps the new ones waiting.
fn may(job: &Job) -> Values {
    runtimes::may(job.procs, || ());
    let mut coroutines = Vec::with_capacity(GS);
    let ready = Arc::new(AtomicUsize::new(0));
    let before = resident();
    for _ in 0..GS {
        let ready = ready.clone();
        coroutines.push(may_go(move || {
            ready.fetch_add(1, SeqCst);
            may::coroutine::park();
        }));
    }
    while ready.load(SeqCst) < GS {
        thread::sleep(Duration::from_millis(1));
    }
    values(before)
}

fn tokio(job: &Job) -> Values {
    runtimes::tokio(job.procs, async {
        let gate = Arc::new(Semaphore::new(0));
        let mut tasks = Vec::with_capacity(GS);
        let ready = Arc::new(AtomicUsize::new(0));
        let before = resident();
        for _ in 0..GS {
            let (ready, gate) = (ready.clone(), gate.clone());
            tasks.push(tokio::spawn(async move {
                ready.fetch_add(1, SeqCst);
                drop(gate.acquire().await);
            }));
        }
        while ready.load(SeqCst) < GS {
            tokio::task::yield_now().await;
        }
        values(before)
    })
}
