//! What it costs that a thread which calls back keeps the M that it borrowed, against borrowing one anew for each
//! callback, as Go does on Windows. Apart from the other benches, which have peers that aren't everywhere:
//!
//!     cargo run --release -p callgate-bench-borrow
//!
//! `bench/borrow/wine` runs it for Windows, and the same in Go.

use callgate::{export_callback, metrics};
use std::ffi::c_long;
use std::hint::black_box;

type Callback = extern "C" fn();

unsafe extern "C" {
    /// Nanoseconds for each of `n` callbacks of a thread that keeps its M; -1 if there is no thread.
    safe fn bench_bound(f: Callback, n: c_long) -> f64;
    /// The same of one that borrows an M for each.
    safe fn bench_anew(f: Callback, n: c_long) -> f64;
}

const ROUNDS: usize = 15;
const CALLBACKS: c_long = 200_000;

#[export_callback(private)]
fn empty() {
    black_box(());
}

/// Runs one of the two; nanoseconds for each callback, and Ms that were borrowed for it.
fn measure(run: extern "C" fn(Callback, c_long) -> f64) -> (f64, f64) {
    let before = metrics().needm;
    let took = run(empty, CALLBACKS);
    assert!(took >= 0.0, "the system gives no thread");
    (took, (metrics().needm - before) as f64 / CALLBACKS as f64)
}

fn print(name: &str, mut of: Vec<(f64, f64)>) -> f64 {
    of.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, least, most) = (of[ROUNDS / 2].0, of[0].0, of[ROUNDS - 1].0);
    println!(
        "{name:<8} {median:8.1} ns ({least:.1}-{most:.1}), {:.2} Ms borrowed for each callback",
        of[0].1
    );
    median
}

fn main() {
    let both = || (measure(bench_bound), measure(bench_anew));
    both();
    let (bound, anew) = (0..ROUNDS).map(|_| both()).unzip();
    let (bound, anew) = (print("bound", bound), print("anew", anew));
    println!("ratio    {:8.2}", bound / anew);
}
