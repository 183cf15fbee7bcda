use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: &mut [c_int]);
}

fn main() {}
