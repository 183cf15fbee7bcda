//! Threads that the runtime has never seen (Go's test of 2013, and more of them).

use crate::report::{Reporter, check, time};
use callgate::{export_callback, foreign_call};
use std::ffi::c_int;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

#[foreign_call]
unsafe extern "C" {
    safe fn tour_threads(threads: c_int, times: c_int) -> c_int;
}

static SUM: AtomicI64 = AtomicI64::new(0);

/// Called by threads of C's.
#[export_callback]
fn tour_add(x: c_int) {
    SUM.fetch_add(x.into(), Ordering::Relaxed);
}

/// Runs the threads and checks what they added.
fn add(threads: c_int, times: c_int) -> Result<(), String> {
    SUM.store(0, Ordering::Relaxed);
    let started = callgate::run(|| tour_threads(threads, times));
    check(started == threads, || format!("C could start {started} of {threads} threads"))?;
    let want = i64::from(threads) * (0..i64::from(times)).sum::<i64>();
    let sum = SUM.load(Ordering::Relaxed);
    check(sum == want, || format!("the sum is {sum} and should be {want}"))
}

pub fn run(report: &Reporter) -> Result<(), String> {
    add(6, 10)?;
    report.figure("6 threads × 10 calls: sum", SUM.load(Ordering::Relaxed));
    let before = callgate::metrics();
    let start = Instant::now();
    add(1_000, 10)?;
    let wall = start.elapsed();
    let after = callgate::metrics();
    report.figure("1,000 threads × 10 calls: sum", SUM.load(Ordering::Relaxed));
    report.figure("each thread, made and joined", time(wall / 1_000));
    report.figure("Ms before", before.ms);
    report.figure("Ms after", after.ms);
    report.figure("borrowed (needm)", after.needm - before.needm);
    report.figure("given back (dropm)", after.dropm - before.dropm);
    check(after.dropm - before.dropm == 1_000, || "not every thread gave its M back".into())?;
    check(after.ms <= before.ms + 2, || format!("{} Ms became {}", before.ms, after.ms))
}
