//! Names that the expansion uses as well, and names that Rust keeps for itself.

#![allow(non_upper_case_globals)]

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

// Statics and constants in scope that an expansion's own variables must not meet: a pattern of the
// same name would mean the constant.
mod in_scope {
    use core::ffi::{c_int, c_void};

    pub static frame: c_int = 1;
    pub static r: c_int = 2;
    pub const p0: c_int = 3;
    pub const result: c_int = 4;

    #[repr(C)]
    pub struct Pair(pub c_int, pub c_int);

    #[callgate::foreign_call]
    unsafe extern "C" {
        pub safe fn toupper(_: c_int) -> c_int;
        #[foreign_call(errno)]
        pub safe fn labs(n: isize) -> isize;
        #[foreign_call(io)]
        pub fn dup(fd: c_int) -> c_int;
        #[foreign_call(errno)]
        pub fn free(_: *mut c_void);
    }

    #[callgate::export_callback(private, panic = return(frame + r + p0 + result))]
    pub fn callback(Pair(_, _): Pair, _: c_int) -> c_int {
        frame + r + p0 + result
    }
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
    assert_eq!(in_scope::toupper(0x61), 0x41);
    assert_eq!(in_scope::labs(-1).0, 1);
    assert_eq!(in_scope::callback(in_scope::Pair(0, 0), 0), 10);
    // SAFETY: the descriptor is no one's; null may be freed.
    unsafe {
        assert!(in_scope::dup(-1).is_err());
        let ((), _) = in_scope::free(core::ptr::null_mut());
    }
}
