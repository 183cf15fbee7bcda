//! Making Gs and switching between them: no C.

use super::row;
use crate::c::plain;
use crate::measure::{
    Clock, Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go, may_go};
use crate::who::Who;
use corosensei::Coroutine;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

pub const ALL: &[Measurement] = &[
    Measurement {
        name: "spawn_join",
        rows: &[row("spawn_join", "ns")],
        procs: &[1, 2],
        runs: 3,
        peers: &[
            (Who::Callgate, Here(spawn)),
            (Who::Go, Go),
            (Who::May, Here(spawn_may)),
            (Who::Tokio, Here(spawn_tokio)),
        ],
    },
    // Two that yield to each other.
    Measurement {
        name: "yield",
        rows: &[row("yield", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[
            (Who::Callgate, Here(yields)),
            (Who::Go, Go),
            (Who::Corosensei, Here(yields_corosensei)),
            (Who::May, Here(yields_may)),
            (Who::Tokio, Here(yields_tokio)),
        ],
    },
    // As `park_unpark` below, but one of the two is locked to its thread.
    Measurement {
        name: "locked_ping_pong",
        rows: &[row("locked_ping_pong", "ns")],
        procs: &[1, 2],
        runs: 3,
        peers: &[(Who::Callgate, Here(locked_ping_pong)), (Who::Go, Go)],
    },
    // Two that wait for each other; the time of one hand-off. Go's is by an unbuffered channel.
    Measurement {
        name: "park_unpark",
        rows: &[row("park_unpark", "ns")],
        procs: &[1, 2],
        runs: 3,
        peers: &[
            (Who::Callgate, Here(ping_pong)),
            (Who::Go, Go),
            (Who::May, Here(ping_pong_may)),
            (Who::Tokio, Here(ping_pong_tokio)),
        ],
    },
];

const BATCH: usize = 1_000;

/// Of nanoseconds for a batch, those for one of it.
fn of_batch(mut values: Values) -> Values {
    values.iter_mut().for_each(|(_, ns)| *ns /= BATCH as f64);
    values
}

fn spawn(job: &Job) -> Values {
    let job = *job;
    let values = runtimes::callgate(job.procs, move || {
        let mut handles = Vec::with_capacity(BATCH);
        job.per_op_of_procs("spawn_join", |n| {
            for _ in 0..n {
                handles.extend((0..BATCH).map(|_| go(|| ())));
                handles.drain(..).for_each(|g| g.join().expect("no panic"));
            }
        })
    });
    of_batch(values)
}

fn spawn_may(job: &Job) -> Values {
    let job = *job;
    let values = runtimes::may(job.procs, move || {
        let mut handles = Vec::with_capacity(BATCH);
        job.per_op_of_procs("spawn_join", |n| {
            for _ in 0..n {
                handles.extend((0..BATCH).map(|_| may_go(|| ())));
                handles.drain(..).for_each(|c| c.join().expect("no panic"));
            }
        })
    });
    of_batch(values)
}

/// A measurement by tokio: `$task` does `$n` operations.
macro_rules! tokio {
    ($job:ident, $row:literal, |$n:ident| $task:block) => {{
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads($job.procs)
            .build()
            .expect("tokio starts");
        let procs = $job.procs;
        $job.per_op_timed($row, |$n| {
            let task = async move {
                let (clock, start) = (Clock::start(), plain::bench_now());
                $task
                if procs == 1 { clock.elapsed() } else { plain::bench_now() - start }
            };
            runtime.block_on(async { tokio::spawn(task).await }).expect("no panic")
        })
    }};
}

fn spawn_tokio(job: &Job) -> Values {
    let values = tokio!(job, "spawn_join", |n| {
        let mut handles = Vec::with_capacity(BATCH);
        for _ in 0..n {
            handles.extend((0..BATCH).map(|_| tokio::spawn(async {})));
            for handle in handles.drain(..) {
                handle.await.expect("no panic");
            }
        }
    });
    of_batch(values)
}

/// Not inlined: both sides run the same code, as Go's do.
#[inline(never)]
fn half(n: u64) {
    (0..n / 2).for_each(|_| callgate::yield_now());
}

fn yields(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        job.per_op_of_procs("yield", |n| {
            let other = go(move || half(n));
            half(n);
            other.join().expect("no panic");
        })
    })
}

#[inline(never)]
fn half_may(n: u64) {
    (0..n / 2).for_each(|_| may::coroutine::yield_now());
}

fn yields_may(job: &Job) -> Values {
    let job = *job;
    runtimes::may(job.procs, move || {
        job.per_op_of_procs("yield", |n| {
            let other = may_go(move || half_may(n));
            half_may(n);
            other.join().expect("no panic");
        })
    })
}

fn yields_tokio(job: &Job) -> Values {
    async fn half(n: u64) {
        for _ in 0..n / 2 {
            tokio::task::yield_now().await;
        }
    }
    tokio!(job, "yield", |n| {
        let other = tokio::spawn(half(n));
        half(n).await;
        other.await.expect("no panic");
    })
}

/// Out of a coroutine and into it again: two switches, without a scheduler.
fn yields_corosensei(job: &Job) -> Values {
    let mut coroutine = Coroutine::<(), (), ()>::new(|yielder, ()| {
        loop {
            yielder.suspend(());
        }
    });
    let values = job.each("yield", || {
        coroutine.resume(());
    });
    // SAFETY: its stack holds nothing to drop.
    unsafe { coroutine.force_reset() };
    values
}

fn ping_pong(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || job.per_op_of_procs("park_unpark", hand_offs))
}

/// On the wall: two threads take part.
fn locked_ping_pong(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        let _lock = callgate::lock_os_thread();
        job.per_op_wall("locked_ping_pong", hand_offs)
    })
}

/// Two Gs that wait for each other `n` times.
pub fn hand_offs(n: u64) {
    let me = callgate::current();
    let you = Arc::new(OnceLock::new());
    let yourself = you.clone();
    let other = go(move || {
        yourself.get_or_init(callgate::current);
        me.unpark();
        for _ in 0..n / 2 {
            callgate::park();
            me.unpark();
        }
    });
    callgate::park();
    let you = *you.get().expect("set before the unpark");
    for _ in 0..n / 2 {
        you.unpark();
        callgate::park();
    }
    other.join().expect("no panic");
}

fn ping_pong_may(job: &Job) -> Values {
    let job = *job;
    runtimes::may(job.procs, move || {
        job.per_op_of_procs("park_unpark", |n| {
            let me = may::coroutine::current();
            let other = may_go(move || {
                for _ in 0..n / 2 {
                    may::coroutine::park();
                    me.unpark();
                }
            });
            for _ in 0..n / 2 {
                other.coroutine().unpark();
                may::coroutine::park();
            }
            other.join().expect("no panic");
        })
    })
}

fn ping_pong_tokio(job: &Job) -> Values {
    tokio!(job, "park_unpark", |n| {
        let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (ping2, pong2) = (ping.clone(), pong.clone());
        let other = tokio::spawn(async move {
            for _ in 0..n / 2 {
                ping2.notified().await;
                pong2.notify_one();
            }
        });
        for _ in 0..n / 2 {
            ping.notify_one();
            pong.notified().await;
        }
        other.await.expect("no panic");
    })
}
