//! A fixed number of one operation, for callgrind to count the instructions of: see `.ci/callgrind`,
//! which takes the difference of two numbers, so that the start of the program cancels out.

use crate::c::{gate, promised};
use crate::runtimes::{callgate, go};
use callgate::{Handle, export_callback};
use std::ffi::c_long;
use std::hint::black_box;

/// A name, and what does so many of it.
type Operation = (&'static str, fn(u64));

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    ("call", |n| in_g(n, |n| (0..n).for_each(|_| gate::bench_empty()))),
    ("call2", |n| in_g(n, |n| (0..n).for_each(|_| _ = black_box(gate::bench_two(1, 2))))),
    ("call_leaf", |n| in_g(n, |n| (0..n).for_each(|_| promised::leaf()))),
    ("call_errno", |n| in_g(n, |n| (0..n).for_each(|_| _ = black_box(gate::bench_errno(1))))),
    ("callback", |n| in_g(n, |n| gate::bench_loop(empty, n as c_long))),
    ("callback_foreign", |n| in_g(n, |n| _ = gate::bench_foreign(empty, 0, n as c_long))),
    ("rust_panic", |n| in_g(n, crate::rows::own_panics)),
    ("panic_unwind", |n| in_g(n, crate::rows::panics_through_c)),
    ("yield", |n| in_g(n, yields)),
    ("spawn_join", |n| in_g(n, |n| (0..n / BATCH).for_each(|_| spawn_batch()))),
    ("park_unpark", |n| in_g(n, crate::rows::hand_offs)),
    ("handle", |n| in_g(n, |n| (0..n).for_each(|_| handle()))),
];

/// Few, so that no P is taken back because a slice, which is long under callgrind, is over.
const BATCH: u64 = 20;

#[export_callback(private)]
fn empty() {
    black_box(());
}

fn in_g(n: u64, f: fn(u64)) {
    callgate(1, move || f(n));
}

fn yields(n: u64) {
    let half = move || (0..n / 2).for_each(|_| callgate::yield_now());
    let other = go(half);
    half();
    other.join().expect("no panic");
}

fn spawn_batch() {
    let gs: [_; BATCH as usize] = std::array::from_fn(|_| go(|| ()));
    gs.into_iter().for_each(|g| g.join().expect("no panic"));
}

fn handle() {
    let raw = black_box(Handle::new(black_box(5_usize)).into_raw());
    let handle = Handle::<usize>::from_raw(raw);
    black_box(*handle.get().expect("it was just made"));
    handle.delete().expect("nobody else has it");
}
