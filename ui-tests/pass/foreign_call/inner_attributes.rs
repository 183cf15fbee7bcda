//! Attributes inside the block.

use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
unsafe extern "C" {
    #![allow(dead_code)]
    #![cfg(not(any()))]

    safe fn abs(x: c_int) -> c_int;
    fn unused(x: c_int);
    static environ: *const *const c_char;
}

fn main() {
    assert_eq!(abs(-1), 1);
}
