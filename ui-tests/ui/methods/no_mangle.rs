use core::ffi::c_int;

struct Engine;

#[callgate::export_callback]
impl Engine {
    #[unsafe(no_mangle)]
    fn step(&self) -> c_int {
        0
    }
}

fn main() {}
