#![deny(unused_must_use)]

use core::ffi::c_int;

#[callgate::export_callback(private)]
#[must_use = "it does nothing else"]
fn twice(x: c_int) -> c_int {
    2 * x
}

fn main() {
    twice(1);
}
