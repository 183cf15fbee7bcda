//! A type's lifetime may be left out, as in any signature.

use core::ffi::c_int;

/// A view of a number.
#[repr(C)]
pub struct View<'a>(&'a c_int);

#[callgate::foreign_call]
unsafe extern "C" {
    fn use_it(view: View) -> c_int;
}

fn main() {}
