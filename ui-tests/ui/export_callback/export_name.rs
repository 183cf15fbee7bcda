use core::ffi::c_int;

#[callgate::export_callback]
#[unsafe(export_name = "plus")]
fn add(x: c_int) -> c_int {
    x
}

fn main() {}
