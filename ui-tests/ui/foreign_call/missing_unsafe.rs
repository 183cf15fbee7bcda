use core::ffi::c_int;

#[callgate::foreign_call]
extern "C" {
    fn close(fd: c_int) -> c_int;
    safe fn getpid() -> c_int;
}

fn main() {}
