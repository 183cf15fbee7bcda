use core::ffi::{c_char, c_int};

#[callgate::export_callback]
fn open(path: *const c_char) -> Result<c_int, c_int> {
    let _ = path;
    Ok(0)
}

fn main() {}
