//! Options on the block are the default; a function's own replace them, by kind.

use core::ffi::{c_int, c_void};

#[callgate::foreign_call(io, leaf)]
unsafe extern "C" {
    fn dup(fd: c_int) -> c_int;
    #[foreign_call(errno)]
    fn close(fd: c_int) -> c_int;
    #[foreign_call(blocking)]
    fn isatty(fd: c_int) -> c_int;
    #[foreign_call]
    fn free(p: *mut c_void);
}

fn main() {
    // SAFETY: the descriptors are no one's; null may be freed.
    unsafe {
        assert!(dup(-1).is_err());
        assert_eq!(close(-1).0, -1);
        assert_eq!(isatty(-1).unwrap(), 0);
        free(core::ptr::null_mut());
    }
}
