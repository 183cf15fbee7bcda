//! Cost against the number of Gs, and against the depth of nesting.

use super::row;
use crate::c::{CallbackInt, gate, plain};
use crate::measure::{
    Clock, Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes::{self, go};
use crate::who::Who;
use callgate::export_callback;
use std::cell::Cell;
use std::ffi::c_int;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

macro_rules! scale {
    ($name:literal: $($who:ident = $f:expr),*) => {
        Measurement {
            name: $name,
            rows: &[row($name, "ns")],
            procs: &[1],
            runs: 3,
            peers: &[$((Who::$who, Here(|job| $f(job, $name)))),*, (Who::Go, Go)],
        }
    };
}

pub const ALL: &[Measurement] = &[
    // A yield, of so many that do nothing else.
    scale!("yield_gs_10": Callgate = |job, row| yields(job, row, 10)),
    scale!("yield_gs_1k": Callgate = |job, row| yields(job, row, 1_000)),
    scale!("yield_gs_100k": Callgate = |job, row| yields(job, row, 100_000)),
    // A call, with so many Gs parked.
    scale!("call_gs_10": Callgate = |job, row| calls(job, row, 10)),
    scale!("call_gs_1k": Callgate = |job, row| calls(job, row, 1_000)),
    scale!("call_gs_100k": Callgate = |job, row| calls(job, row, 100_000)),
    // A call and its callback, for each level, of so many nested ones.
    scale!("nested_1": Callgate = |job, row| nested(job, row, 1),
        Plain = |job, row| nested_plain(job, row, 1)),
    scale!("nested_10": Callgate = |job, row| nested(job, row, 10),
        Plain = |job, row| nested_plain(job, row, 10)),
    scale!("nested_100": Callgate = |job, row| nested(job, row, 100),
        Plain = |job, row| nested_plain(job, row, 100)),
];

/// All Gs are there and yield before the clock runs, until the last has ended.
fn yields(job: &Job, row: &'static str, gs: usize) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        job.per_op_timed(row, |n| {
            let each = (n as usize).div_ceil(gs).max(10);
            let (ready, begin) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
            for _ in 0..gs {
                let (ready, begin) = (ready.clone(), begin.clone());
                drop(go(move || {
                    ready.fetch_add(1, Relaxed);
                    while !begin.load(Relaxed) {
                        callgate::yield_now();
                    }
                    (0..each).for_each(|_| callgate::yield_now());
                    ready.fetch_sub(1, Relaxed);
                }));
            }
            while ready.load(Relaxed) < gs {
                callgate::yield_now();
            }
            let clock = Clock::start();
            begin.store(true, Relaxed);
            while ready.load(Relaxed) > 0 {
                callgate::yield_now();
            }
            clock.elapsed() * n as f64 / (each * gs) as f64
        })
    })
}

fn calls(job: &Job, row: &'static str, gs: usize) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        let ready = Arc::new(AtomicUsize::new(0));
        for _ in 0..gs {
            let ready = ready.clone();
            drop(go(move || {
                ready.fetch_add(1, SeqCst);
                callgate::park();
            }));
        }
        while ready.load(SeqCst) < gs {
            callgate::yield_now();
        }
        job.each(row, gate::bench_empty)
    })
}

callgate::g_local! {
    static LEFT: Cell<u32> = Cell::new(0);
}

thread_local! {
    static LEFT_PLAIN: Cell<u32> = const { Cell::new(0) };
}

#[export_callback(private)]
fn deeper() -> c_int {
    match LEFT.get() {
        1 => 0,
        left => {
            LEFT.set(left - 1);
            gate::bench_once(deeper)
        }
    }
}

extern "C" fn deeper_plain() -> c_int {
    match LEFT_PLAIN.get() {
        1 => 0,
        left => {
            LEFT_PLAIN.set(left - 1);
            plain::bench_once(black_box(deeper_plain as CallbackInt))
        }
    }
}

/// Of nanoseconds for all levels, those for one.
fn of_each(mut values: Values, depth: u32) -> Values {
    values.iter_mut().for_each(|(_, ns)| *ns /= f64::from(depth));
    values
}

fn nested(job: &Job, row: &'static str, depth: u32) -> Values {
    let job = *job;
    let values = runtimes::callgate(job.procs, move || {
        job.each(row, || {
            LEFT.set(depth);
            gate::bench_once(deeper);
        })
    });
    of_each(values, depth)
}

fn nested_plain(job: &Job, row: &'static str, depth: u32) -> Values {
    let call = black_box(plain::bench_once as extern "C" fn(CallbackInt) -> c_int);
    let values = job.each(row, || {
        LEFT_PLAIN.set(depth);
        call(deeper_plain);
    });
    of_each(values, depth)
}
