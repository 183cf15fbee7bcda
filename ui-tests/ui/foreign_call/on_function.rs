use core::ffi::c_int;

#[callgate::foreign_call]
fn close(fd: c_int) -> c_int {
    fd
}

fn main() {}
