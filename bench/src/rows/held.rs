//! What C holds of Rust's.

use super::row;
use crate::measure::{
    Job, Measurement,
    Peer::{Go, Here},
    Values,
};
use crate::runtimes;
use crate::who::Who;
use callgate::Handle;
use std::hint::black_box;

/// A handle of a small value: made, looked up by the integer, and deleted.
pub const ALL: &[Measurement] = &[Measurement {
    name: "handle",
    rows: &[row("handle", "ns")],
    procs: &[1],
    runs: 3,
    peers: &[(Who::Callgate, Here(callgate)), (Who::Go, Go)],
}];

fn callgate(job: &Job) -> Values {
    let job = *job;
    runtimes::callgate(job.procs, move || {
        job.each("handle", || {
            let raw = black_box(Handle::new(black_box(5_usize)).into_raw());
            let handle = Handle::<usize>::from_raw(raw);
            black_box(*handle.get().expect("it was just made"));
            handle.delete().expect("nobody else has it");
        })
    })
}
