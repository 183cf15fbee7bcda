use core::ffi::c_int;

#[callgate::foreign_call(async, leaf)]
unsafe extern "C" {
    safe fn abs(x: c_int) -> c_int;
}

fn main() {}
