use core::ffi::c_int;

#[callgate::export_callback]
fn größe(x: c_int) -> c_int {
    x
}

fn main() {}
