#[callgate::foreign_call(io)]
unsafe extern "C" {
    fn close(fd: i32) -> i32;
    fn strlen(text: *const core::ffi::c_char) -> usize;
}

fn main() {}
