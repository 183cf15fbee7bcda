use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn close(c_int) -> c_int;
    fn dup(fd: c_int) -> String;
}

fn main() {}
