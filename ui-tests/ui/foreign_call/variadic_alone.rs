use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(variadic(*const c_char))]
    fn log(...) -> c_int;
}

fn main() {}
