//! Programs of random operations against a model of what they must do: the same tree of operations is
//! interpreted by plain code that knows no Gs, and run by callgate. What each sees must agree, and so
//! must the runtime's counts.
//!
//! The seed is fixed: the operations are the same in each run, the schedule is the machine's.
//! `runtime/fuzz` has other programs compared in the same way.

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod model;
mod program;
mod running;
mod strategy;

use callgate_test_c as _;
use common::alone;
use compare::{compare, start};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::Cell;
use strategy::program;

#[test]
fn programs_do_what_the_model_says() {
    let _turn = alone();
    start();
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
            let seen = compare(&program).map_err(TestCaseError::fail)?;
            panics.set(panics.get() + u32::from(seen.panicked));
            threads.set(threads.get() + seen.threads);
            Ok(())
        })
        .unwrap();
    // Else the programs would be too simple to tell anything.
    assert!(panics.get() > 5 && threads.get() > 20, "{panics:?} panics, {threads:?} threads");
}
