//! Everything that is measured, one file for each subject.

mod awaited;
mod blocking;
mod busy;
mod call;
mod callback;
mod held;
mod idle;
mod memory;
mod panic;
mod parallel;
mod scale;
mod schedule;
mod share;
mod stall;

use crate::measure::{Measurement, Row};
pub use panic::{own_panics, panics_through_c};
pub use schedule::hand_offs;

/// All measurements, in the order of the table.
pub fn all() -> impl Iterator<Item = &'static Measurement> {
    [
        call::ALL,
        callback::ALL,
        held::ALL,
        panic::ALL,
        parallel::ALL,
        schedule::ALL,
        blocking::ALL,
        awaited::ALL,
        stall::ALL,
        busy::ALL,
        share::ALL,
        scale::ALL,
        memory::ALL,
        idle::ALL,
    ]
    .into_iter()
    .flatten()
}

/// The measurement of that name, or that fills the row of that name.
pub fn find(name: &str) -> Option<&'static Measurement> {
    all().find(|m| m.name == name).or_else(|| all().find(|m| m.rows.iter().any(|r| r.name == name)))
}

const fn row(name: &'static str, unit: &'static str) -> Row {
    Row { name, unit }
}
