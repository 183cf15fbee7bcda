use core::ffi::c_void;

#[callgate::foreign_call]
unsafe extern "C" {
    fn f() -> Option<*mut c_void>;
}

fn main() {}
