use core::ffi::c_int;

#[callgate::foreign_call(nonblocking_please)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
}

fn main() {}
