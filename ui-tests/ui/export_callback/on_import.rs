#[callgate::export_callback]
pub use core::ffi::c_int;

fn main() {}
