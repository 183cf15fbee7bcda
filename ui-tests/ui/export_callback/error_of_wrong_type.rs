use core::ffi::c_int;

#[callgate::export_callback(error = "none")]
fn check(x: c_int) -> Result<c_int, String> {
    Ok(x)
}

fn main() {}
