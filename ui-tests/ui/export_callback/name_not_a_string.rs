use core::ffi::c_int;

#[callgate::export_callback(name = add)]
fn add(x: c_int) -> c_int {
    x
}

fn main() {}
