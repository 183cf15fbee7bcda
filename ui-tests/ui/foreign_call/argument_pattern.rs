use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn close(mut fd: c_int) -> c_int;
}

fn main() {}
