use core::ffi::c_int;

#[callgate::foreign_call(errno)]
#[callgate::foreign_call(leaf)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
}

fn main() {}
