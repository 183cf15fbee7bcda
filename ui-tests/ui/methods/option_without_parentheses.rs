use core::ffi::c_int;

struct Engine;

#[callgate::export_callback]
impl Engine {
    #[export_callback = "skip"]
    fn step(&self) -> c_int {
        0
    }
}

fn main() {}
