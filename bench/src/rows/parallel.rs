//! Calls and callbacks on several threads at once: does one hold the other up?

use super::row;
use crate::c::{Callback, gate, plain};
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use callgate::export_callback;
use std::ffi::c_long;
use std::hint::{black_box, spin_loop};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::thread;

/// The nanoseconds of one operation, of all that are done at once (so half of one thread's, if two
/// don't hold each other up), and how many times as fast as one alone that is, measured just before.
macro_rules! parallel {
    ($n:literal) => {
        [
            Measurement {
                name: concat!("call_parallel", $n),
                rows: &[
                    row(concat!("call_parallel", $n), "ns"),
                    row(concat!("call_parallel", $n, "_speedup"), "x"),
                ],
                procs: &[$n],
                runs: 5,
                peers: &[
                    (Who::Callgate, Here(|job| callgate(job, CALL, &CALLS[$n / 4]))),
                    (Who::Plain, Here(|job| plain(job, CALL_PLAIN, &CALLS[$n / 4]))),
                    (Who::Go, Go),
                ],
            },
            Measurement {
                name: concat!("callback_parallel", $n),
                rows: &[
                    row(concat!("callback_parallel", $n), "ns"),
                    row(concat!("callback_parallel", $n, "_speedup"), "x"),
                ],
                procs: &[$n],
                runs: 5,
                peers: &[
                    (Who::Callgate, Here(|job| callgate(job, CALLBACK, &CALLBACKS[$n / 4]))),
                    (Who::Plain, Here(|job| plain(job, CALLBACK_PLAIN, &CALLBACKS[$n / 4]))),
                    (Who::Go, Go),
                ],
            },
        ]
    };
}

const TWO: [Measurement; 2] = parallel!(2);
const FOUR: [Measurement; 2] = parallel!(4);
pub const ALL: &[Measurement] = &{
    let [a, b] = TWO;
    let [c, d] = FOUR;
    [a, b, c, d]
};

struct Names {
    ns: &'static str,
    speedup: &'static str,
}

const CALLS: [Names; 2] = [
    Names { ns: "call_parallel2", speedup: "call_parallel2_speedup" },
    Names { ns: "call_parallel4", speedup: "call_parallel4_speedup" },
];
const CALLBACKS: [Names; 2] = [
    Names { ns: "callback_parallel2", speedup: "callback_parallel2_speedup" },
    Names { ns: "callback_parallel4", speedup: "callback_parallel4_speedup" },
];

/// Does so many operations.
type Work = fn(u64);

#[export_callback(private)]
fn empty() {
    black_box(());
}

extern "C" fn empty_plain() {
    black_box(());
}

const CALL: Work = |n| (0..n).for_each(|_| gate::bench_empty());
const CALLBACK: Work = |n| gate::bench_loop(empty, n as c_long);
const CALL_PLAIN: Work = |n| {
    let f = black_box(plain::bench_empty as Callback);
    (0..n).for_each(|_| f());
};
const CALLBACK_PLAIN: Work = |n| plain::bench_loop(black_box(empty_plain), n as c_long);

/// One of those that run at once: waits for the others, without a scheduling point, so that each
/// has a thread. Returns when its work began and ended.
fn one(work: Work, n: u64, ready: &AtomicUsize, all: usize) -> (f64, f64) {
    ready.fetch_add(1, SeqCst);
    while ready.load(SeqCst) < all {
        spin_loop();
    }
    let start = plain::bench_now();
    work(n);
    (start, plain::bench_now())
}

/// `at_once(k, n)` does `n` operations on each of `k` threads, and returns when each began and ended.
fn measure(job: &Job, names: &Names, at_once: impl Fn(usize, u64) -> Vec<(f64, f64)>) -> Values {
    let took = |k, n| {
        let times = at_once(k, n);
        let start = times.iter().fold(f64::MAX, |t, (start, _)| t.min(*start));
        times.iter().fold(0.0_f64, |t, (_, end)| t.max(*end)) - start
    };
    // Long against the start of a thread.
    let mut n = 1_000;
    while took(1, n) < 40e6 {
        n = n * 3 / 2;
    }
    let run = |_| {
        let one = took(1, n);
        let all = took(job.procs, n);
        let ns = all / (n as f64 * job.procs as f64);
        [(names.ns, ns), (names.speedup, one * job.procs as f64 / all)]
    };
    (0..job.runs).flat_map(run).collect()
}

fn callgate(job: &Job, work: Work, names: &'static Names) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        measure(&job, names, |k, n| {
            let ready = Arc::new(AtomicUsize::new(0));
            let more = (1..k).map(|_| {
                let ready = ready.clone();
                go(move || one(work, n, &ready, k))
            });
            let more: Vec<_> = more.collect();
            let mut times = vec![one(work, n, &ready, k)];
            times.extend(more.into_iter().map(|g| g.join().expect("no panic")));
            times
        })
    })
}

fn plain(job: &Job, work: Work, names: &Names) -> Values {
    measure(job, names, |k, n| {
        let ready = AtomicUsize::new(0);
        thread::scope(|scope| {
            let ready = &ready;
            let more: Vec<_> =
                (1..k).map(|_| scope.spawn(move || one(work, n, ready, k))).collect();
            let mut times = vec![one(work, n, ready, k)];
            times.extend(more.into_iter().map(|thread| thread.join().expect("no panic")));
            times
        })
    })
}
