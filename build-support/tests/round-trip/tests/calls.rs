//! Rust calls C, which calls Rust by the header that was made of it.

use callgate_round_trip::calls::rt_call_all;

#[test]
fn c_calls_by_the_header() {
    assert_eq!(rt_call_all(), 0, "the line of c/calls.c that is wrong");
}

#[test]
fn so_it_does_from_a_g() {
    // SAFETY: the function keeps nothing of a thread.
    let called = callgate::run(|| unsafe { callgate::go(rt_call_all) }.join());
    assert_eq!(called.unwrap(), 0, "the line of c/calls.c that is wrong");
}
