use core::ffi::c_uint;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(io)]
    fn getuid() -> c_uint;
}

fn main() {}
