//! Each option and what it makes of the result.

use core::ffi::{c_int, c_uint, c_void};

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(errno)]
    fn close(fd: c_int) -> c_int;
    #[foreign_call(io)]
    fn malloc(size: usize) -> *mut c_void;
    #[foreign_call(leaf)]
    safe fn abs(x: c_int) -> c_int;
    #[foreign_call(blocking, errno)]
    safe fn usleep(us: c_uint) -> c_int;
    fn free(p: *mut c_void);
}

fn main() {
    // SAFETY: the descriptor is no one's; the memory is freed once.
    unsafe {
        let (result, _errno): (c_int, callgate::Errno) = close(-1);
        assert_eq!(result, -1);
        let memory: std::io::Result<*mut c_void> = malloc(8);
        free(memory.unwrap());
    }
    assert_eq!(abs(-1), 1);
    let (slept, _errno) = usleep(1);
    assert_eq!(slept, 0);
}
