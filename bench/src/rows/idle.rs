//! What a runtime does by itself: beside a program that waits, and beside one that computes.

use super::row;
use crate::c::gate;
use crate::machine::{self, Thread};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use std::hint::spin_loop;
use std::time::{Duration, Instant};

pub const ALL: &[Measurement] = &[
    // How often threads of the process wake while its main G sleeps and 100 others are parked.
    Measurement {
        name: "idle_wakes_per_s",
        rows: &[row("idle_wakes_per_s", "/s")],
        procs: &[2],
        runs: 1,
        peers: &[(Who::Callgate, Here(asleep)), (Who::Go, Go), (Who::Tokio, Here(tokio))],
    },
    // The same while the main G is in a long call of C.
    Measurement {
        name: "idle_in_c_wakes_per_s",
        rows: &[row("idle_in_c_wakes_per_s", "/s")],
        procs: &[2],
        runs: 1,
        peers: &[(Who::Callgate, Here(in_c)), (Who::Go, Go)],
    },
    // What all threads but the busiest do while one G computes alone: how often they wake, and how
    // long they run in each second.
    Measurement {
        name: "busy_monitor",
        rows: &[row("busy_wakes_per_s", "/s"), row("busy_monitor_us_per_s", "us")],
        procs: &[1],
        runs: 1,
        peers: &[(Who::Callgate, Here(alone)), (Who::Go, Go)],
    },
    // The same while two Gs yield to each other: now there is always one that waits.
    Measurement {
        name: "pressed_monitor",
        rows: &[row("pressed_wakes_per_s", "/s"), row("pressed_monitor_us_per_s", "us")],
        procs: &[1],
        runs: 1,
        peers: &[(Who::Callgate, Here(two)), (Who::Go, Go)],
    },
];

const WINDOW: Duration = Duration::from_millis(1_500);

/// Sums of what happened to the process's threads: wakes of all but the `busiest` ones, and the
/// microseconds that those ran, for each second.
pub fn beside(busiest: usize, f: impl FnOnce()) -> Option<(f64, f64)> {
    let (before, start) = (machine::threads()?, Instant::now());
    f();
    let (seconds, after) = (start.elapsed().as_secs_f64(), machine::threads()?);
    let mut done: Vec<_> = after
        .into_iter()
        .map(|now| {
            let same = before.iter().find(|then| then.id == now.id);
            let none = Thread { id: now.id, wakes: 0.0, ran_us: 0.0 };
            let then = same.unwrap_or(&none);
            (now.ran_us - then.ran_us, now.wakes - then.wakes)
        })
        .collect();
    done.sort_by(|a, b| b.0.total_cmp(&a.0));
    let rest = done.iter().skip(busiest);
    let (ran, wakes) = rest.fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    Some((wakes / seconds, ran / seconds))
}

/// 100 Gs that are parked.
fn park_some() {
    (0..100).for_each(|_| drop(go(callgate::park)));
    callgate::sleep(Duration::from_millis(200));
}

fn wakes(row: &'static str, found: Option<(f64, f64)>) -> Values {
    found.map(|(wakes, _)| (row, wakes)).into_iter().collect()
}

fn asleep(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        park_some();
        wakes("idle_wakes_per_s", beside(0, || callgate::sleep(WINDOW)))
    })
}

fn tokio(job: &Job) -> Values {
    // Tasks that wait, and a timer, as above; the main thread only waits for the end.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(job.procs)
        .enable_time()
        .build()
        .expect("tokio starts");
    for _ in 0..100 {
        runtime.spawn(std::future::pending::<()>());
    }
    let sleep_for = |d| runtime.block_on(async move { tokio::time::sleep(d).await });
    sleep_for(Duration::from_millis(200));
    let sleep = || sleep_for(WINDOW);
    wakes("idle_wakes_per_s", beside(0, sleep))
}

fn in_c(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        park_some();
        let sleep = || _ = gate::bench_sleep(WINDOW.as_micros() as u32);
        wakes("idle_in_c_wakes_per_s", beside(0, sleep))
    })
}

fn alone(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        let found = beside(1, || {
            let start = Instant::now();
            while start.elapsed() < WINDOW {
                spin_loop();
            }
        });
        values("busy_wakes_per_s", "busy_monitor_us_per_s", found)
    })
}

fn values(wakes: &'static str, ran: &'static str, found: Option<(f64, f64)>) -> Values {
    found.map(|found| [(wakes, found.0), (ran, found.1)]).into_iter().flatten().collect()
}

fn two(job: &Job) -> Values {
    runtimes::callgate(job.procs, || {
        fn yields() {
            let start = Instant::now();
            while start.elapsed() < WINDOW {
                callgate::yield_now();
            }
        }
        let found = beside(1, || {
            let other = go(yields);
            yields();
            other.join().expect("no panic");
        });
        values("pressed_wakes_per_s", "pressed_monitor_us_per_s", found)
    })
}
