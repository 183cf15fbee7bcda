//! A callback in a call.

use crate::report::{Reporter, check, time};
use callgate::{export_callback, foreign_call};
use std::ffi::{c_int, c_void};
use std::time::Instant;

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
}

#[export_callback(private)]
fn compare(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: qsort passes two elements of the slice.
    unsafe { (*a.cast::<u32>()).cmp(&*b.cast::<u32>()) as c_int }
}

const NUMBERS: u32 = 1_000_000;

pub fn run(report: &Reporter) -> Result<(), String> {
    // Multiplying by an odd number visits each residue once.
    let mut numbers: Vec<u32> =
        (0..NUMBERS).map(|i| i.wrapping_mul(2_654_435_761) % (1 << 30)).collect();
    let mut expected = numbers.clone();
    let start = Instant::now();
    expected.sort_unstable();
    let by_rust = start.elapsed();
    let before = callgate::metrics();
    let start = Instant::now();
    callgate::run(|| {
        // SAFETY: the slice's own address, length and element size.
        unsafe { qsort(numbers.as_mut_ptr().cast(), numbers.len(), size_of::<u32>(), compare) };
    });
    let wall = start.elapsed();
    let callbacks = callgate::metrics().callbacks - before.callbacks;
    report.figure("wall time", time(wall));
    report.figure("callbacks", callbacks);
    report.figure("each, with its comparison", time(wall.div_f64(callbacks.max(1) as f64)));
    report.figure("Rust's own sort, inlined", time(by_rust));
    check(numbers == expected, || "the numbers are not sorted".into())
}
