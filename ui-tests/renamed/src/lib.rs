//! A crate that knows callgate by another name. Expansions begin their paths with `::callgate`, so
//! its root says what that is.

extern crate cg as callgate;

use core::ffi::c_int;

#[cg::foreign_call]
unsafe extern "C" {
    /// The absolute value, by C.
    pub safe fn abs(x: c_int) -> c_int;
    /// Closes a file.
    #[foreign_call(io)]
    pub fn close(fd: c_int) -> c_int;
}

/// For C.
#[cg::export_callback(private, panic = return(-1))]
pub fn twice(x: c_int) -> c_int {
    x * 2
}

#[test]
fn expansions_find_the_runtime() {
    assert_eq!(abs(-1), 1);
    assert_eq!(twice(2), 4);
    // SAFETY: the descriptor is no one's.
    assert!(unsafe { close(-1) }.is_err());
}
