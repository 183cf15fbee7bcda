use core::ffi::c_int;

unsafe extern "C" {
    #[callgate::foreign_call(io)]
    fn close(fd: c_int) -> c_int;
}

fn main() {}
