use core::ffi::c_int;

struct Secret;

#[callgate::export_callback(error = -1)]
fn check(x: c_int) -> Result<c_int, Secret> {
    if x > 0 { Ok(x) } else { Err(Secret) }
}

fn main() {}
