// This edition allows a plain `extern` block; the macro doesn't.
#[callgate::foreign_call]
extern "C" {
    fn close(fd: core::ffi::c_int) -> core::ffi::c_int;
}

fn main() {}
