//! What the way over the boundary costs.

use crate::report::{Reporter, check, median};
use callgate::{Errno, export_callback, foreign_call};
use std::cell::Cell;
use std::ffi::{c_int, c_long};
use std::hint::black_box;
use std::time::Instant;

#[foreign_call]
unsafe extern "C" {
    safe fn tour_nop();
    #[foreign_call(errno)]
    safe fn tour_nop_errno() -> c_int;
    safe fn tour_repeat(n: c_long, f: extern "C" fn());
}

mod leaf {
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        pub safe fn tour_nop();
    }
}

mod plain {
    use std::ffi::c_long;
    unsafe extern "C" {
        pub safe fn tour_nop();
        pub safe fn tour_repeat(n: c_long, f: extern "C" fn());
    }
}

thread_local! {
    static CALLED: Cell<u64> = const { Cell::new(0) };
}

extern "C" fn plain_callback() {
    CALLED.set(CALLED.get() + 1);
}

#[export_callback(private)]
fn callback() {
    CALLED.set(CALLED.get() + 1);
}

const RUNS: usize = 7;
const CALLS: c_long = 2_000_000;

type Measurement = (&'static str, fn());

/// In the order of the table; the first is what the others are compared with.
const MEASUREMENTS: &[Measurement] = &[
    ("plain indirect call", || {
        let f: extern "C" fn() = black_box(plain::tour_nop);
        (0..CALLS).for_each(|_| f());
    }),
    ("foreign call", || (0..CALLS).for_each(|_| tour_nop())),
    ("foreign call, leaf", || (0..CALLS).for_each(|_| leaf::tour_nop())),
    ("foreign call, errno", || {
        (0..CALLS).for_each(|_| assert_eq!(black_box(tour_nop_errno()), (0, Errno::new(0))));
    }),
    ("plain callback", || plain::tour_repeat(CALLS, plain_callback)),
    ("callback in a call", || tour_repeat(CALLS, callback)),
];

/// Nanoseconds for one.
fn measure(f: fn()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64() * 1e9 / CALLS as f64
}

pub fn run(report: &Reporter) -> Result<(), String> {
    let mut times = vec![Vec::new(); MEASUREMENTS.len()];
    // On a thread of its own, which is a foreign one that has called back before.
    let mut foreign = Vec::new();
    let on_foreign_thread = || plain::tour_repeat(CALLS, callback);
    for done in 0..RUNS {
        callgate::run(|| {
            for ((_, f), times) in MEASUREMENTS.iter().zip(&mut times) {
                times.push(measure(*f));
            }
        });
        let thread = std::thread::spawn(move || {
            callback();
            (measure(on_foreign_thread), CALLED.get())
        });
        let joined = thread.join();
        let (ns, called) = joined.map_err(|_| "a callback on a foreign thread panicked")?;
        check(called == CALLS as u64 + 1, || format!("{called} callbacks on a foreign thread"))?;
        foreign.push(ns);
        report.progress(done + 1, RUNS);
    }
    let plain = median(times[0].clone());
    let names = MEASUREMENTS.iter().map(|(name, _)| *name).chain(["callback on a foreign thread"]);
    for (name, times) in names.zip(times.into_iter().chain([foreign])) {
        let ns = median(times);
        report.figure(name, format!("{ns:6.2} ns  {:5.1} ×", ns / plain));
    }
    let want = RUNS as u64 * 2 * CALLS as u64;
    check(CALLED.get() == want, || format!("{} callbacks, of {want}", CALLED.get()))
}
