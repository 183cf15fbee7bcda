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

/// Gs that each sleep once in C: how long it takes, the threads of the process at its end (no
/// runtime here ends one so soon), and the process's peak of resident memory. One run: the peaks
/// are a process's.
pub const ALL: &[Measurement] = &[
    Measurement {
        name: "sleep10k",
        rows: &[row(SLEEP10K.wall, "ms"), row(SLEEP10K.threads, ""), row(SLEEP10K.rss, "KiB")],
        procs: &[1, 2],
        runs: 1,
        peers: &[
            (Who::Callgate, Here(|job| callgate(job, SLEEP10K))),
            (Who::Go, Go),
            // By `spawn_blocking`, of up to 512 threads.
            (Who::Tokio, Here(|job| tokio(job, SLEEP10K))),
        ],
    },
    Measurement {
        name: "sleep1k",
        rows: &[row(SLEEP1K.wall, "ms"), row(SLEEP1K.threads, ""), row(SLEEP1K.rss, "KiB")],
        procs: &[1, 2],
        runs: 1,
        peers: &[
            (Who::Callgate, Here(|job| callgate(job, SLEEP1K))),
            (Who::Go, Go),
            (Who::Tokio, Here(|job| tokio(job, SLEEP1K))),
        ],
    },
];

struct Sleepers {
    gs: usize,
    micros: u32,
    wall: &'static str,
    threads: &'static str,
    rss: &'static str,
}

const SLEEP10K: &Sleepers = &Sleepers {
    gs: 10_000,
    micros: 1_000,
    wall: "sleep10k_wall",
    threads: "sleep10k_threads",
    rss: "sleep10k_rss",
};
const SLEEP1K: &Sleepers = &Sleepers {
    gs: 1_000,
    micros: 10_000,
    wall: "sleep1k_wall",
    threads: "sleep1k_threads",
    rss: "sleep1k_rss",
};

fn values(sleepers: &Sleepers, start: Instant) -> Values {
    let wall = start.elapsed().as_secs_f64() * 1e3;
    let mut values = vec![(sleepers.wall, wall)];
    values.extend(machine::status("Threads").map(|n| (sleepers.threads, n)));
    values.extend(machine::status("VmHWM").map(|n| (sleepers.rss, n)));
    values
}

fn callgate(job: &Job, sleepers: &'static Sleepers) -> Values {
    runtimes::callgate(job.procs, || {
        let start = Instant::now();
        let gs: Vec<_> =
            (0..sleepers.gs).map(|_| go(|| gate::bench_sleep(sleepers.micros))).collect();
        for g in gs {
            g.join().expect("no panic");
        }
        values(sleepers, start)
    })
}

fn tokio(job: &Job, sleepers: &'static Sleepers) -> Values {
    runtimes::tokio(job.procs, async {
        let start = Instant::now();
        let sleep = || plain::bench_sleep(sleepers.micros);
        let tasks: Vec<_> = (0..sleepers.gs).map(|_| tokio::task::spawn_blocking(sleep)).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        values(sleepers, start)
    })
}
