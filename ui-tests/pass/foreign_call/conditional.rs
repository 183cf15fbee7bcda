//! `cfg` on the block, on functions and on arguments, and `link_name` by configuration.

use core::ffi::{c_int, c_long};

#[cfg(any())]
#[callgate::foreign_call]
unsafe extern "C" {
    fn absent(x: Nothing);
}

#[callgate::foreign_call]
#[cfg(all())]
unsafe extern "C" {
    #[cfg(any())]
    fn absent(x: Nothing) -> Nothing;
    #[cfg_attr(all(), link_name = "labs")]
    #[cfg_attr(any(), link_name = "nonsense", must_use)]
    safe fn absolute(#[cfg(all())] x: c_long, #[cfg(any())] y: Nothing) -> c_long;
    #[cfg(all())]
    safe fn abs(x: c_int) -> c_int;
}

fn main() {
    assert_eq!(absolute(-3), 3);
    assert_eq!(abs(-3), 3);
}
