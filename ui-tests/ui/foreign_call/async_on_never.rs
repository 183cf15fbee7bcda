use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(async)]
    safe fn exit(status: c_int) -> !;
}

#[callgate::foreign_call(async)]
unsafe extern "C" {
    safe fn _exit(status: c_int) -> !;
}

fn main() {}
