#![deny(deprecated)]

use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[deprecated = "call `labs`"]
    safe fn abs(x: c_int) -> c_int;
}

fn main() {
    let _ = abs(-1);
}
