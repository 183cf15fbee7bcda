#![deny(unused_must_use)]

use core::ffi::c_uint;

#[callgate::foreign_call(async)]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> i32;
}

fn main() {
    usleep(1);
}
