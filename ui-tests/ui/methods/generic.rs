use core::ffi::c_int;

struct Engine;

#[callgate::export_callback]
impl Engine {
    fn add<T: Into<c_int>>(&self, x: T) -> c_int {
        x.into()
    }
}

fn main() {}
