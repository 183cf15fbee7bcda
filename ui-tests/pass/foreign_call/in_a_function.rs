//! A block inside a function, and one that is written by a macro.

use core::ffi::c_int;

macro_rules! declare {
    ($name:ident, $arg:ident: $ty:ty) => {
        #[callgate::foreign_call(leaf)]
        unsafe extern "C" {
            safe fn $name($arg: $ty) -> $ty;
        }
    };
}

declare!(abs, x: c_int);

fn absolute(x: isize) -> isize {
    #[callgate::foreign_call]
    unsafe extern "C" {
        safe fn labs(labs: isize) -> isize;
    }
    labs(x)
}

fn main() {
    assert_eq!(absolute(-2), 2);
    assert_eq!(abs(-2), 2);
}
