//! 100,000 foreign threads, one after the other, leave the process as the first hundred did.

mod common;

use callgate::{export_callback, foreign_call, metrics};
use callgate_test_c as _;
use common::alone;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[foreign_call]
unsafe extern "C" {
    fn test_threads_in_batches(
        total: c_int,
        batch: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn count(_: *mut c_void) {
    CALLS.fetch_add(1, SeqCst);
}

/// Wine takes a millisecond for each, and the test a minute at most.
const THREADS: c_int = if cfg!(windows) { 10_000 } else { 100_000 };

/// Resident pages, with what the allocator keeps given back.
#[cfg(unix)]
fn resident() -> u64 {
    // SAFETY: no preconditions.
    unsafe { libc::malloc_trim(0) };
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

#[cfg(windows)]
fn resident() -> u64 {
    0
}

#[test]
fn a_hundred_thousand_short_lived_threads() {
    let _test = alone();
    let threads = |n: c_int| {
        // SAFETY: the callback ignores its argument.
        assert_eq!(unsafe { test_threads_in_batches(n, 8, count, std::ptr::null_mut()) }, 0);
    };
    threads(104);
    let (first, pages) = (metrics(), resident());
    threads(THREADS - 104);
    let (last, pages_after) = (metrics(), resident());
    assert_eq!(CALLS.load(SeqCst), THREADS as u32);
    assert_eq!(last.callbacks, THREADS as u64);
    assert_eq!((last.needm, last.dropm), (THREADS as u64, THREADS as u64));
    assert_eq!(last.gs, first.gs);
    assert!(last.ms.abs_diff(first.ms) * 10 <= first.ms.max(10), "{first:?}, then {last:?}");
    assert!(pages_after <= pages + pages / 10, "{pages} pages were resident, now {pages_after}");
}
