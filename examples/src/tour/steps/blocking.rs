//! Many Gs that block in C.

use super::spawner;
use crate::report::{Reporter, check, status, time};
use callgate::{Builder, foreign_call};
use std::ffi::{c_int, c_uint};
use std::time::{Duration, Instant};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
}

const GS: usize = 10_000;
const CALL: Duration = Duration::from_millis(1);
const MAX_THREADS: usize = 512;

pub fn run(report: &Reporter) -> Result<(), String> {
    let installed = Builder::new().procs(2).max_threads(MAX_THREADS).install();
    installed.map_err(|error| error.to_string())?;
    let start = Instant::now();
    let slept = callgate::run(|| {
        let gs: Vec<_> =
            (0..GS).map(|_| spawner().go(|| usleep(CALL.as_micros() as c_uint))).collect();
        gs.into_iter().map(|g| g.join()).filter(|r| matches!(r, Ok(0))).count()
    });
    let wall = start.elapsed();
    let metrics = callgate::metrics();
    // No thread has been idle long enough to end, so these are all that there were.
    let threads = status("Threads").unwrap_or(0);
    let serial = CALL * GS as u32;
    report.figure("wall time", time(wall));
    report.figure("one after another", time(serial));
    report.figure("all threads busy (ideal)", time(serial / MAX_THREADS as u32));
    report.figure("threads", threads);
    report.figure("hand-offs of a P", metrics.handoffs);
    report
        .figure("peak memory", format!("{:.1} MiB", status("VmHWM").unwrap_or(0) as f64 / 1024.0));
    check(slept == GS, || format!("{slept} of {GS} calls returned 0"))?;
    check(threads <= MAX_THREADS as u64 + 2, || {
        format!("{threads} threads, though max_threads is {MAX_THREADS}")
    })?;
    check(wall < serial / 2, || "the calls blocked each other".into())
}
