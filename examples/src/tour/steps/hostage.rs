//! One P, and somebody who doesn't let go of it.

use super::spawner;
use super::ticker::{TICK, Ticker};
use crate::report::{Reporter, check, time};
use callgate::{Builder, foreign_call};
use std::ffi::{c_int, c_uint};
use std::time::{Duration, Instant};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
}

const HOLD: Duration = Duration::from_millis(300);

/// What the G does for [`HOLD`], by name.
const CASES: &[(&str, fn())] = &[
    ("in C: usleep", || {
        usleep(HOLD.as_micros() as c_uint);
    }),
    ("in Rust: computes", || {
        let end = Instant::now() + HOLD;
        while Instant::now() < end {
            std::hint::spin_loop();
        }
    }),
    ("in Rust: std::thread::sleep", || std::thread::sleep(HOLD)),
];

pub fn run(report: &Reporter) -> Result<(), String> {
    Builder::new().procs(1).install().map_err(|error| error.to_string())?;
    for (done, (name, hold)) in CASES.iter().enumerate() {
        let (g, thread) = callgate::run(|| {
            let ticker = Ticker::start();
            let holder = spawner().go(*hold);
            holder.join().map_err(|_| "the G panicked")?;
            ticker.stop()
        })?;
        report.figure(&format!("{name}: longest gap"), time(g.longest));
        report.figure("  a plain thread's meanwhile", time(thread.longest));
        report.progress(done + 1, CASES.len());
        // Held for the whole time, it would tick a handful of times.
        let least = (HOLD.as_millis() / TICK.as_millis() / 10) as u32;
        check(g.ticks > least, || format!("{name}: only {} ticks in {}", g.ticks, time(HOLD)))?;
    }
    Ok(())
}
