//! Blocks that a macro writes, with every fragment that a macro may put in.

use core::ffi::{c_int, c_long};

macro_rules! declare {
    (
        $(#[$block:meta])* $abi:literal [$($options:tt)*]
        $($(#[$meta:meta])* $vis:vis $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*
    ) => {
        #[callgate::foreign_call($($options)*)]
        $(#[$block])*
        unsafe extern $abi {
            $($(#[$meta])* $vis safe fn $name($($arg: $ty),*) -> $ret;)*
        }
    };
}

macro_rules! whole {
    ($item:item) => {
        #[callgate::foreign_call(leaf)]
        $item
    };
}

macro_rules! symbol {
    ($symbol:literal, $name:ident) => {
        #[callgate::foreign_call]
        unsafe extern "C" {
            #[link_name = $symbol]
            safe fn $name(x: c_int) -> c_int;
        }
    };
}

declare! {
    #[allow(dead_code)] "C" [io]
    #[link_name = "abs"] pub first(x: c_int) -> c_int;
    labs(labs: c_long) -> c_long;
    #[foreign_call(errno)] pub(crate) getpid() -> c_int;
}
whole!(
    unsafe extern "C" {
        safe fn abs(x: c_int) -> c_int;
    }
);
symbol!("toupper", upper);

fn main() {
    assert_eq!(first(-1).unwrap(), 1);
    assert_eq!(labs(-2).unwrap(), 2);
    assert!(getpid().0 > 0);
    assert_eq!(abs(-3), 3);
    assert_eq!(upper(0x61), 0x41);
}
