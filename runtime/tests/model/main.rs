//! Programs of random operations against a model of what they must do: the same tree of operations is
//! interpreted by plain code that knows no Gs, and run by callgate. What each sees must agree, and so
//! must the runtime's counts.
//!
//! The seed is fixed: the operations are the same in each run, the schedule is the machine's.

#[path = "../common/mod.rs"]
mod common;
mod model;
mod program;
mod running;

use callgate::{current, metrics, park, run};
use callgate_test_c as _;
use common::{alone, wait_until};
use program::program;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use running::{LOCAL, whole};
use std::cell::Cell;
use std::time::Duration;

#[test]
fn programs_do_what_the_model_says() {
    let _turn = alone();
    callgate::Builder::new().procs(3).slice(Duration::from_millis(1)).install().unwrap();
    // Afterwards this thread has its M, and its G.
    run(|| ());
    let cases = std::env::var("CALLGATE_CASES").map_or(150, |n| n.parse().expect("a number"));
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(0x5eed_ca11),
        source_file: Some(file!()),
        test_name: Some("programs_do_what_the_model_says"),
        max_shrink_iters: 500,
        ..Config::default()
    });
    let (mut panics, mut threads) = (0, 0);
    let (panics, threads) = (Cell::from_mut(&mut panics), Cell::from_mut(&mut threads));
    runner
        .run(&program(), |program| {
            let (mut g, mut counts) = (model::G::default(), model::Counts::default());
            let panic = model::model(&program, &mut g, &mut counts);
            let before = metrics();
            let (real_panic, saw) = run(move || {
                // On this thread's G, whose local is that of the program before.
                LOCAL.with(|local| local.set(0));
                let (panic, saw) = whole(program);
                // A token that is left would be the next program's.
                current().unpark();
                park();
                (panic, saw)
            });
            prop_assert_eq!((panic, &g.saw), (real_panic, &saw));
            // A panic leaves Gs behind that nobody joins.
            wait_until(|| metrics().gs == 0);
            wait_until(|| metrics().dropm - before.dropm == counts.threads);
            prop_assert_eq!(counts, model::Counts::between(&before, &metrics()));
            prop_assert_eq!(before.handles, metrics().handles);
            panics.set(panics.get() + u32::from(panic.is_some()));
            threads.set(threads.get() + counts.threads);
            Ok(())
        })
        .unwrap();
    // Else the programs would be too simple to tell anything.
    assert!(panics.get() > 5 && threads.get() > 20, "{panics:?} panics, {threads:?} threads");
}
