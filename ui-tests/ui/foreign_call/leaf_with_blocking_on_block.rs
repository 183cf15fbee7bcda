use core::ffi::c_int;

#[callgate::foreign_call(blocking, leaf)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
}

fn main() {}
