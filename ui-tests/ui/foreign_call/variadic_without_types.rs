use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(variadic)]
    fn printf(format: *const c_char, ...) -> c_int;
}

fn main() {}
