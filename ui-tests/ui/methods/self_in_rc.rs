use core::ffi::c_int;

struct Engine;

#[callgate::export_callback]
impl Engine {
    fn end(self: std::rc::Rc<Self>) -> c_int {
        0
    }
}

fn main() {}
