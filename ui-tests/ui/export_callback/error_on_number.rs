use core::ffi::c_int;

#[callgate::export_callback(error = -1)]
fn add(x: c_int) -> c_int {
    x
}

fn main() {}
