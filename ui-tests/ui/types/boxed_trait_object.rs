use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: Box<dyn Fn(c_int)>);
}

fn main() {}
