use core::ffi::c_char;

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(leaf)]
    static environ: *const *const c_char;
}

fn main() {}
