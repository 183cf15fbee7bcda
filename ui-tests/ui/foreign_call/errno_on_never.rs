use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(errno)]
    safe fn exit(status: c_int) -> !;
}

fn main() {}
