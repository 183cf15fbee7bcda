#![deny(unused_must_use)]

use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[must_use = "it does nothing else"]
    safe fn abs(x: c_int) -> c_int;
    #[must_use]
    #[foreign_call(errno)]
    fn close(fd: c_int) -> c_int;
    #[foreign_call(io)]
    fn dup(fd: c_int) -> c_int;
}

fn main() {
    abs(-1);
    // SAFETY: the descriptors are no one's.
    unsafe {
        close(-1);
        dup(-1);
    }
}
