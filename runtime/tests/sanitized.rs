//! AddressSanitizer sees what happens on the stacks of Gs, and is not confused by what may. Only in
//! builds for it: see `.ci/sanitizers`.
#![cfg(unix)]
#![cfg(callgate_asan)]

mod common;

use callgate::{export_callback, foreign_call, yield_now};
use callgate_test_c as _;
use common::{End, begin, child, spawner};
use std::ffi::c_void;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::ptr;

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
}

/// Reads the element behind the last, as only broken unsafe code does.
fn read_behind(numbers: &[u8]) -> u8 {
    // SAFETY: none: the fault is what the test is about. The process doesn't outlive it.
    unsafe { black_box(numbers.as_ptr()).add(black_box(numbers.len())).read_volatile() }
}

fn found(end: &End, what: &str) {
    assert!(end.text.contains("ERROR: AddressSanitizer") && end.text.contains(what), "{end:#?}");
}

#[test]
fn an_overflow_of_a_local_of_a_g_is_found() {
    let _turn = begin();
    let end = child("an_overflow_of_a_local_of_a_g_is_found", || {
        let _ = spawner().go(|| read_behind(&black_box([1_u8; 40]))).join();
    });
    found(&end, "stack-buffer-overflow");
}

#[export_callback(private)]
fn reads_behind(_: *mut c_void) {
    yield_now();
    read_behind(&black_box(vec![1_u8; 40]));
}

#[test]
fn an_overflow_in_a_callback_is_found() {
    let _turn = begin();
    let end = child("an_overflow_in_a_callback_is_found", || {
        // SAFETY: the callback ignores its argument.
        let _ = spawner().go(|| unsafe { test_call(reads_behind, ptr::null_mut()) }).join();
    });
    found(&end, "heap-buffer-overflow");
}

#[export_callback(private, panic = unwind)]
fn panics(_: *mut c_void) {
    let local = black_box([1_u8; 200]);
    std::panic::resume_unwind(Box::new(local[3]));
}

/// Uses as much of the stack as those frames did that a panic has dropped.
#[inline(never)]
fn use_the_stack(depth: u32) -> u8 {
    let mut room = black_box([0_u8; 500]);
    room[depth as usize % 500] = 1;
    if depth == 0 { room[7] } else { use_the_stack(depth - 1) | black_box(&room)[0] }
}

#[test]
fn stacks_are_used_again_after_panics_and_by_other_gs() {
    let _turn = begin();
    for _ in 0..50 {
        let g = spawner().go(|| {
            for _ in 0..20 {
                // SAFETY: the callback ignores its argument.
                let call = || unsafe { test_call(panics, ptr::null_mut()) };
                assert!(catch_unwind(call).is_err());
                use_the_stack(20);
                callgate::blocking(|| use_the_stack(20));
            }
        });
        g.join().unwrap();
    }
}
