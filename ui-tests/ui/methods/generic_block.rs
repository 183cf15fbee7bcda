use core::ffi::c_int;

struct Engine;

struct Pool<T>(T);

#[callgate::export_callback]
impl<T> Pool<T> {
    fn size(&self) -> c_int {
        0
    }
}

fn main() {}
