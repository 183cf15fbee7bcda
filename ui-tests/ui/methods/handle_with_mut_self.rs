use core::ffi::c_int;

struct Engine;

#[callgate::export_callback(handle)]
impl Engine {
    fn step(&mut self) -> c_int {
        0
    }
}

fn main() {}
