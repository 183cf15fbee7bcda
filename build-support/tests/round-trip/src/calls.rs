//! The way back: C that calls all of this.

use std::ffi::c_int;

use callgate::foreign_call;

#[foreign_call]
unsafe extern "C" {
    /// Calls every callback; 0, or the line that went wrong.
    pub safe fn rt_call_all() -> c_int;
}
