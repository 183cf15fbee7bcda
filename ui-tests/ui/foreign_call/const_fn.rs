use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    const fn abs(x: c_int) -> c_int;
}

fn main() {}
