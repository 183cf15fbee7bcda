use core::ffi::CStr;

#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: &CStr);
}

fn main() {}
