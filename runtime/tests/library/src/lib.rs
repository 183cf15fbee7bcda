//! What a C program sees of a library that is built on callgate: functions to call, from any thread,
//! before and after its `main`. Each copy of the library has a runtime of its own.

#![cfg(not(loom))] // the models have no runtime

use callgate::{Spawner, export_callback, foreign_call, metrics, park, yield_now};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
}

static SUM: AtomicI64 = AtomicI64::new(0);

fn spawner() -> Spawner {
    // SAFETY: no closure of this library keeps anything of a thread across a scheduling point.
    unsafe { Spawner::new() }
}

/// Adds to this copy's sum, by way of another G, and returns the sum.
#[export_callback(name = "lib_add")]
pub fn add(x: c_int) -> i64 {
    yield_now();
    let me = callgate::current();
    let adder = spawner().go(move || {
        let sum = SUM.fetch_add(i64::from(x), SeqCst) + i64::from(x);
        me.unpark();
        sum
    });
    park();
    adder.join().unwrap_or(-1)
}

/// Runs `n` Gs that are all in C at once; the number that came back.
#[export_callback(name = "lib_gs")]
pub fn gs(n: c_int) -> c_int {
    let gs: Vec<_> = (0..n).map(|_| spawner().go(|| usleep(1000))).collect();
    gs.into_iter().map(|g| c_int::from(g.join().is_ok_and(|r| r == 0))).sum()
}

/// C calls us, we call C, and C calls the host's `compare`, which may call us again.
///
/// # Safety
/// There are `n` integers at `base`.
#[export_callback(name = "lib_sort")]
pub unsafe fn sort(base: *mut c_int, n: usize, compare: Compare) {
    // SAFETY: the caller's promise.
    unsafe { qsort(base.cast(), n, size_of::<c_int>(), compare) }
}

/// A panic that the host hears of as -1.
#[export_callback(name = "lib_fail", panic = return(-1))]
pub fn fail(x: c_int) -> c_int {
    // No hook: the host's standard error is its own.
    std::panic::resume_unwind(Box::new(x))
}

/// How many threads have borrowed from this copy's runtime and not given back.
#[export_callback(name = "lib_borrowed")]
pub fn borrowed() -> i64 {
    let now = metrics();
    now.needm.cast_signed() - now.dropm.cast_signed()
}

/// Faults, in Rust code of a G.
#[export_callback(name = "lib_fault")]
pub fn fault() {
    // SAFETY: none: the fault is what the host's test is about. The process doesn't outlive it.
    unsafe { std::ptr::without_provenance::<u8>(64).read_volatile() };
}
