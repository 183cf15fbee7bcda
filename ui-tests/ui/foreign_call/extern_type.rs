use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    type Opaque;
    fn length(opaque: *const Opaque) -> c_int;
}

fn main() {}
