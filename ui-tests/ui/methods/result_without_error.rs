use core::ffi::c_int;

struct Engine;

#[callgate::export_callback]
impl Engine {
    fn step(&self) -> Result<c_int, String> {
        Ok(0)
    }
}

fn main() {}
