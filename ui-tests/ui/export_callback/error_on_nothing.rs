use core::ffi::c_int;

#[callgate::export_callback(error = -1)]
fn add(_x: c_int) {}

fn main() {}
