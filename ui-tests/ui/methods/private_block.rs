use core::ffi::c_int;

struct Engine;

#[callgate::export_callback(private)]
impl Engine {
    fn step(&self) -> c_int {
        0
    }
}

fn main() {}
