use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[callgate::export_callback]
    fn close(fd: c_int) -> c_int;
}

fn main() {}
