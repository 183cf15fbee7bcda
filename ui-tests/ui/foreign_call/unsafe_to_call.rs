use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
unsafe extern "C" {
    fn atoi(text: *const c_char) -> c_int;
    unsafe fn puts(text: *const c_char) -> c_int;
    static environ: *const *const c_char;
}

fn main() {
    atoi(c"1".as_ptr());
    puts(c"1".as_ptr());
    let _ = environ;
}
