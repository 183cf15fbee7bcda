use core::ffi::c_void;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(io)]
    fn free(p: *mut c_void);
}

fn main() {}
