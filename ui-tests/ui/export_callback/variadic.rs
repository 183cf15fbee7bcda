use core::ffi::c_char;

#[callgate::export_callback]
unsafe extern "C" fn log(format: *const c_char, _: ...) {
    let _ = format;
}

fn main() {}
