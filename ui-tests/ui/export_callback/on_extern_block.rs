use core::ffi::c_int;

#[callgate::export_callback]
unsafe extern "C" {
    fn add(x: c_int) -> c_int;
}

fn main() {}
