use core::ffi::{c_char, c_int};

#[callgate::foreign_call(variadic(c_int))]
unsafe extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
}

fn main() {}
