use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn first(a: &c_int, b: &c_int) -> &c_int;
}

fn main() {}
