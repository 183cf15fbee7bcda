use core::ffi::c_int;

#[callgate::export_callback]
fn add(x: c_int) -> c_int {
    let y: &str = x;
    x
}

fn main() {}
