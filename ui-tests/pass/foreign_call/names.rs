//! Names that the expansion uses as well, and names that Rust keeps for itself.

use core::ffi::{c_int, c_long, c_void};

#[callgate::foreign_call]
unsafe extern "C" {
    fn time(time: *mut c_long) -> c_long;
    #[link_name = "memcmp"]
    fn frame(frame: *const c_void, result: *const c_void, r#type: usize) -> c_int;
    #[link_name = "memcpy"]
    fn r(p1: *mut c_void, _: *const c_void, p0: usize) -> *mut c_void;
    #[link_name = "toupper"]
    safe fn r#fn(r#fn: c_int) -> c_int;
}

fn main() {
    let (mut a, b) = (1_u32, 2_u32);
    // SAFETY: the pointers and lengths are right.
    unsafe {
        assert!(time(core::ptr::null_mut()) > 0);
        r((&raw mut a).cast(), (&raw const b).cast(), 4);
        assert_eq!(frame((&raw const a).cast(), (&raw const b).cast(), 4), 0);
    }
    assert_eq!(a, 2);
    assert_eq!(r#fn(0x61), 0x41);
}
