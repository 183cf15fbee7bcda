#[callgate::foreign_call]
pub use core::ffi::c_int;

fn main() {}
