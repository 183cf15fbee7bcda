//! ABIs and items that are no functions.

use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
unsafe extern "C-unwind" {
    safe fn abs(x: c_int) -> c_int;
}

#[callgate::foreign_call]
unsafe extern "system" {
    safe fn labs(x: isize) -> isize;
}

#[callgate::foreign_call]
#[link(name = "c")]
unsafe extern "C" {
    static environ: *const *const c_char;
}

#[callgate::foreign_call]
unsafe extern "C" {}

fn main() {
    assert_eq!(abs(-1), 1);
    assert_eq!(labs(-1), 1);
    // SAFETY: C sets it before `main`.
    assert!(!unsafe { environ }.is_null());
}
