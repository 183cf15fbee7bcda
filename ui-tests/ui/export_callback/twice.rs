use core::ffi::c_int;

#[callgate::export_callback(private)]
#[callgate::export_callback(panic = unwind)]
fn add(x: c_int) -> c_int {
    x
}

fn main() {}
