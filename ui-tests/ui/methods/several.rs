use core::ffi::c_int;

struct Engine;

#[callgate::export_callback(prefix = "e")]
impl Engine {
    fn add(&self, x: &str) {
        let _ = x;
    }

    #[export_callback(error = -1)]
    fn step(&self) -> c_int {
        0
    }

    #[export_callback(nam = "x")]
    fn last(self) {}
}

fn main() {}
