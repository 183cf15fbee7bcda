//! How late a G gets on that comes back from C, and a foreign thread's callback that begins, while
//! every P runs a G that computes and never stops.

use super::row;
use crate::c::{gate, plain};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values, percentile,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use callgate::export_callback;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::*};

pub const ALL: &[Measurement] = &[
    Measurement {
        name: "return_busy",
        rows: &[row("return_busy_p50", "us"), row("return_busy_p99", "us")],
        procs: &[1, 2],
        runs: 1,
        peers: &[(Who::Callgate, Here(returns)), (Who::Go, Go)],
    },
    Measurement {
        name: "callback_busy",
        rows: &[row("callback_busy_p50", "us"), row("callback_busy_p99", "us")],
        procs: &[1, 2],
        runs: 1,
        peers: &[(Who::Callgate, Here(callbacks)), (Who::Go, Go)],
    },
];

const TIMES: usize = 100;

/// Runs `f` while a G on each P computes.
fn beside_busy_ps<T: Send + 'static>(procs: usize, f: fn() -> T) -> T {
    runtimes::callgate(procs, move || {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |stop: Arc<AtomicBool>| {
            move || {
                while !stop.load(Relaxed) {
                    std::hint::spin_loop();
                }
            }
        };
        let spinners: Vec<_> = (0..procs).map(|_| go(spin(stop.clone()))).collect();
        let value = f();
        stop.store(true, Relaxed);
        spinners.into_iter().for_each(|g| g.join().expect("no panic"));
        value
    })
}

/// Each call is of another length around 30 ms, so that its end falls anywhere into a slice.
fn length(i: usize) -> u32 {
    25_000 + (i * 7919 % 10_000) as u32
}

fn returns(job: &Job) -> Values {
    let mut late = beside_busy_ps(job.procs, || {
        (0..TIMES)
            .map(|i| {
                let ended = gate::bench_sleep(length(i));
                (plain::bench_now() - ended) / 1e3
            })
            .collect::<Vec<_>>()
    });
    let (p50, p99) = (percentile(&mut late, 50), percentile(&mut late, 99));
    vec![("return_busy_p50", p50), ("return_busy_p99", p99)]
}

static LATE: Mutex<Vec<f64>> = Mutex::new(Vec::new());

#[export_callback(private)]
fn note() {
    let late = plain::bench_late() / 1e3;
    LATE.lock().expect("no panic").push(late);
}

fn callbacks(job: &Job) -> Values {
    let mut late = beside_busy_ps(job.procs, || {
        assert_eq!(gate::bench_at_times(note, TIMES as _), 0, "the system gives no thread");
        std::mem::take(&mut *LATE.lock().expect("no panic"))
    });
    let (p50, p99) = (percentile(&mut late, 50), percentile(&mut late, 99));
    vec![("callback_busy_p50", p50), ("callback_busy_p99", p99)]
}
