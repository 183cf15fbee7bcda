use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(leaf, async)]
    safe fn abs(x: c_int) -> c_int;
}

fn main() {}
