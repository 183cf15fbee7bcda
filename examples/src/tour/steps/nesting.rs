//! Calls and callbacks in each other.

use super::spawner;
use crate::report::{Reporter, check, time};
use callgate::{export_callback, foreign_call};
use std::ffi::c_int;
use std::time::Instant;

#[foreign_call]
unsafe extern "C" {
    safe fn tour_nest(depth: c_int, f: extern "C" fn(c_int) -> c_int) -> c_int;
}

const DEPTH: c_int = 50;

/// Goes one deeper; at the bottom, parks until another G says to go on.
#[export_callback(private)]
fn deeper(depth: c_int) -> c_int {
    if depth == 0 {
        let me = callgate::current();
        let other = spawner().go(move || me.unpark());
        callgate::park();
        return c_int::from(other.join().is_err());
    }
    let below = tour_nest(depth - 1, deeper);
    if below < 0 { below } else { below + 1 }
}

pub fn run(report: &Reporter) -> Result<(), String> {
    let before = callgate::metrics();
    let start = Instant::now();
    let depth = callgate::run(|| tour_nest(DEPTH, deeper));
    let wall = start.elapsed();
    let after = callgate::metrics();
    report.figure("depth", depth);
    report.figure("calls of C", after.foreign_calls - before.foreign_calls);
    report.figure("callbacks", after.callbacks - before.callbacks);
    report.figure("there, parked, and back", time(wall));
    check(depth == DEPTH, || format!("{depth} levels came back, of {DEPTH}"))
}
