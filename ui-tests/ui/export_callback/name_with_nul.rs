use core::ffi::c_int;

#[callgate::export_callback(name = "a\0b")]
fn add(x: c_int) -> c_int {
    x
}

fn main() {}
