//! Runs a program both ways, and compares.

use crate::common::wait_until;
use crate::model::{Counts, G, model};
use crate::program::Body;
use crate::running::{LOCAL, whole};
use callgate::{Builder, current, metrics, park, run};
use std::fmt::Debug;
use std::sync::Once;
use std::time::Duration;

/// What there was to see in a program.
pub struct Seen {
    pub panicked: bool,
    pub threads: u64,
}

/// Before the first program: starts the runtime, and gives the calling thread its M.
pub fn start() {
    static START: Once = Once::new();
    START.call_once(|| {
        Builder::new().procs(3).slice(Duration::from_millis(1)).install().expect("it doesn't run");
    });
    run(|| ());
}

/// Runs `program` on the calling thread, while nobody else uses the runtime.
pub fn compare(program: &Body) -> Result<Seen, String> {
    let (mut g, mut counts) = (G::default(), Counts::default());
    let panic = model(program, &mut g, &mut counts);
    let before = metrics();
    let body = program.clone();
    let (real_panic, saw) = run(move || {
        // On this thread's G, whose local is that of the program before.
        LOCAL.with(|local| local.set(0));
        let (panic, saw) = whole(body);
        // A token that is left would be the next program's.
        current().unpark();
        park();
        (panic, saw)
    });
    same("what it sees", &(panic, &g.saw), &(real_panic, &saw))?;
    // A panic leaves Gs behind that nobody joins.
    wait_until(|| metrics().gs == 0);
    wait_until(|| metrics().dropm - before.dropm == counts.threads);
    let after = metrics();
    same("the counts", &counts, &Counts::between(&before, &after))?;
    same("handles", &before.handles, &after.handles)?;
    Ok(Seen { panicked: panic.is_some(), threads: counts.threads })
}

fn same<T: Debug + PartialEq>(what: &str, model: &T, real: &T) -> Result<(), String> {
    if model == real {
        return Ok(());
    }
    Err(format!("{what}: the model says {model:#?}, and callgate {real:#?}"))
}
