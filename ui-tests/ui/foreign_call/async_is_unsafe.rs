use core::ffi::c_int;

#[callgate::foreign_call(async)]
unsafe extern "C" {
    fn close(fd: c_int) -> c_int;
}

fn main() {
    let _future = close(1);
}
