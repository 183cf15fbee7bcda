use core::ffi::c_int;

#[callgate::foreign_call(errno)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
    safe fn abort() -> !;
}

fn main() {}
