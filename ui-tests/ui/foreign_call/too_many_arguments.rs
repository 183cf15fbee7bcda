use core::ffi::c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    #[rustfmt::skip]
    fn sum(a0: c_int, a1: c_int, a2: c_int, a3: c_int, a4: c_int, a5: c_int, a6: c_int, a7: c_int, a8: c_int, a9: c_int, a10: c_int, a11: c_int, a12: c_int, a13: c_int, a14: c_int, a15: c_int, a16: c_int, a17: c_int, a18: c_int, a19: c_int, a20: c_int, a21: c_int, a22: c_int, a23: c_int, a24: c_int, a25: c_int, a26: c_int, a27: c_int, a28: c_int, a29: c_int, a30: c_int, a31: c_int, a32: c_int);
}

fn main() {}
