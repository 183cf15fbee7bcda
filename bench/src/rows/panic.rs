//! Panics: through C by each policy, and Rust's own for comparison.

use super::row;
use crate::c::gate;
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes;
use crate::who::Who;
use callgate::export_callback;
use std::ffi::c_int;
use std::hint::black_box;
use std::panic::{catch_unwind, panic_any, set_hook};

pub const ALL: &[Measurement] = &[
    // A language's own panic and catch, without C. Go's is Go's.
    Measurement {
        name: "rust_panic",
        rows: &[row("rust_panic", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(own)), (Who::Plain, Here(own_plain)), (Who::Go, Go)],
    },
    // The same through two frames more: what the unwinder passes for an exported function besides.
    Measurement {
        name: "rust_panic_2_frames",
        rows: &[row("rust_panic_2_frames", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(deeper)), (Who::Plain, Here(deeper_plain))],
    },
    // Call, callback, panic, caught by the caller.
    Measurement {
        name: "panic_unwind",
        rows: &[row("panic_unwind", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(unwind)), (Who::Go, Go)],
    },
    Measurement {
        name: "panic_return",
        rows: &[row("panic_return", "ns")],
        procs: &[1],
        runs: 3,
        peers: &[(Who::Callgate, Here(value))],
    },
];

fn panics() -> c_int {
    panic_any(black_box(1_i32))
}

#[inline(never)]
extern "C-unwind" fn one_deeper() -> c_int {
    black_box(panics())
}

#[inline(never)]
extern "C-unwind" fn two_deeper() -> c_int {
    black_box(one_deeper())
}

#[export_callback(private, panic = unwind)]
fn unwinds() -> c_int {
    panics()
}

#[export_callback(private, panic = return(-1))]
fn returns() -> c_int {
    panics()
}

/// Panics, and catches that.
fn catch(f: fn() -> c_int) {
    assert!(catch_unwind(f).is_err());
}

fn through_c() -> c_int {
    gate::bench_once(unwinds)
}

/// Nothing is printed: what the message costs is the terminal's affair.
fn print_nothing() {
    set_hook(Box::new(|_| ()));
}

fn caught(row: &'static str, job: &Job, f: fn() -> c_int) -> Values {
    print_nothing();
    job.each(row, || catch(f))
}

fn caught_times(n: u64, f: fn() -> c_int) {
    print_nothing();
    (0..n).for_each(|_| catch(f));
}

/// So many panics of Rust's own, caught.
pub fn own_panics(n: u64) {
    caught_times(n, panics);
}

/// So many panics through C, caught.
pub fn panics_through_c(n: u64) {
    caught_times(n, through_c);
}

fn own_plain(job: &Job) -> Values {
    caught("rust_panic", job, panics)
}

fn own(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || caught("rust_panic", &job, panics))
}

fn deeper_plain(job: &Job) -> Values {
    caught("rust_panic_2_frames", job, || two_deeper())
}

fn deeper(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || caught("rust_panic_2_frames", &job, || two_deeper()))
}

fn unwind(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || caught("panic_unwind", &job, through_c))
}

fn value(job: &Job) -> Values {
    let job = *job;
    let f = || gate::bench_once(returns);
    runtimes::callgate(job.procs, move || caught("panic_return", &job, f))
}
