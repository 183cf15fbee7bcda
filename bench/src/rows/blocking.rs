//! Many Gs that block in C at once.

use super::row;
use crate::c::{gate, plain};
use crate::machine;
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use std::time::Instant;

/// 10,000 Gs that each sleep for a millisecond in C: how long it takes, the threads of the process
/// at its end (no runtime here ends one so soon), and the process's peak of resident memory.
pub const ALL: &[Measurement] = &[Measurement {
    name: "sleep10k",
    rows: &[row("sleep10k_wall", "ms"), row("sleep10k_threads", ""), row("sleep10k_rss", "KiB")],
    procs: &[1, 2],
    runs: 1,
    peers: &[
        (Who::Callgate, Here(callgate)),
        (Who::Go, Go),
        // By `spawn_blocking`, of up to 512 threads.
        (Who::Tokio, Here(tokio)),
    ],
}];

const GS: usize = 10_000;
const MICROS: u32 = 1_000;

/// One run: the peaks are a process's.
fn values(start: Instant) -> Values {
    let wall = start.elapsed().as_secs_f64() * 1e3;
    let mut values = vec![("sleep10k_wall", wall)];
    values.extend(machine::status("Threads").map(|n| ("sleep10k_threads", n)));
    values.extend(machine::status("VmHWM").map(|n| ("sleep10k_rss", n)));
    values
}

fn callgate(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        let start = Instant::now();
        let gs: Vec<_> = (0..GS).map(|_| go(|| gate::bench_sleep(MICROS))).collect();
        gs.into_iter().for_each(|g| g.join().expect("no panic"));
        values(start)
    })
}

fn tokio(job: &Job) -> Values {
    runtimes::tokio(job.procs, async {
        let start = Instant::now();
        let tasks: Vec<_> =
            (0..GS).map(|_| tokio::task::spawn_blocking(|| plain::bench_sleep(MICROS))).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        values(start)
    })
}
