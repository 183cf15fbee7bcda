//! The steps, in the order of the tour.

mod blocking;
mod cost;
mod hostage;
mod nesting;
mod panics;
mod sort;
mod sqlite;
mod threads;
mod ticker;

use crate::report::Reporter;

/// Does the step's work, tells its figures, and says what is wrong.
pub type Run = fn(&Reporter) -> Result<(), String>;

/// A step of the tour.
pub struct Step {
    /// Its place in the tour.
    pub letter: char,
    /// What the command line calls it.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it proves.
    pub proves: &'static str,
    run: Run,
}

/// All steps.
pub const ALL: &[Step] = &[
    Step {
        letter: 'a',
        name: "blocking",
        title: "10,000 Gs, each in a blocking usleep(1000), on 2 Ps",
        proves: "A call that blocks holds nobody up: its P goes on without it.",
        run: blocking::run,
    },
    Step {
        letter: 'b',
        name: "sort",
        title: "libc's qsort of a million numbers, with a comparator in Rust",
        proves: "C calls back into the G that called it, twenty million times.",
        run: sort::run,
    },
    Step {
        letter: 'c',
        name: "threads",
        title: "Threads made by C call an exported Rust function",
        proves: "A callback comes from any thread, and a thread that ends gives its M back.",
        run: threads::run,
    },
    Step {
        letter: 'd',
        name: "nesting",
        title: "G → C → G → C, 50 deep, with a park at the bottom",
        proves: "Each callback finds its own stack and its own C frames again.",
        run: nesting::run,
    },
    Step {
        letter: 'e',
        name: "panics",
        title: "A panic in a callback, under each policy",
        proves: "A panic crosses C only as declared: abort, unwind, or return a value.",
        run: panics::run,
    },
    Step {
        letter: 'f',
        name: "sqlite",
        title: "SQLite: 200 Gs read and write one database file",
        proves: "Busy handler, SQL function and commit hook in Rust; others tick meanwhile.",
        run: sqlite::run,
    },
    Step {
        letter: 'g',
        name: "cost",
        title: "What a call and a callback cost here",
        proves: "About two plain calls, without an atomic read-modify-write.",
        run: cost::run,
    },
    Step {
        letter: 'h',
        name: "hostage",
        title: "One P, and a G that doesn't let go of it for 300 ms",
        proves: "Nobody can hold a P hostage: another G goes on ticking each millisecond.",
        run: hostage::run,
    },
];

/// The step of this name; `panic-abort` is a part of `panics`.
pub fn find(name: &str) -> Option<Run> {
    if name == "panic-abort" {
        return Some(panics::abort);
    }
    ALL.iter().find(|step| step.name == name).map(|step| step.run)
}

/// Makes Gs that may migrate.
fn spawner() -> callgate::Spawner {
    // SAFETY: no G of the tour keeps anything of a thread across a scheduling point.
    unsafe { callgate::Spawner::new() }
}
