use core::ffi::{c_int, c_void};

#[callgate::foreign_call(io)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
    fn free(p: *mut c_void);
}

fn main() {}
