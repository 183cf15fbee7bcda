//! A user who knows better may say so.

use core::ffi::c_int;

pub struct Opaque(String);

#[callgate::foreign_call]
unsafe extern "C" {
    #[allow(improper_ctypes)]
    #[link_name = "strlen"]
    fn length(x: *const Opaque) -> usize;
}

#[callgate::foreign_call]
#[allow(improper_ctypes)]
unsafe extern "C" {
    #[link_name = "atoi"]
    fn number(x: *const Opaque) -> c_int;
}

fn main() {
    let _ = (length as unsafe fn(_) -> _, number as unsafe fn(_) -> _);
    let _ = Opaque(String::new()).0;
}
