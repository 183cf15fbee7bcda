use core::ffi::c_int;

#[callgate::export_callback(panic = return(1))]
fn note(x: c_int) {
    let _ = x;
}

fn main() {}
