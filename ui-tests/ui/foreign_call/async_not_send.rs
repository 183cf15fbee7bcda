use core::ffi::{c_int, c_void};

/// Not `Send`, for the pointer in it.
#[repr(C)]
pub struct Buffer {
    start: *mut c_void,
    len: usize,
}

#[callgate::foreign_call(async)]
unsafe extern "C" {
    fn readv_one(fd: c_int, to: Buffer) -> isize;
    fn readv(fd: c_int, to: *const Buffer, n: c_int) -> isize;
    fn buffer_new(len: usize) -> Buffer;
}

fn main() {}
