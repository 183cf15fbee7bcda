use core::ffi::c_int;

type Result = core::result::Result<c_int, String>;

#[callgate::export_callback(error = -1)]
fn check(x: c_int) -> Result {
    Ok(x)
}

fn main() {}
