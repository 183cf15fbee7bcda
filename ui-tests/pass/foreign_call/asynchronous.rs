//! What `async` makes of each shape: a future that any executor may move from thread to thread.

use core::ffi::{c_char, c_double, c_int, c_uint, c_void};
use std::future::Future;

#[callgate::foreign_call(async)]
unsafe extern "C" {
    pub safe fn usleep(us: c_uint) -> c_int;
    #[foreign_call(errno, blocking)]
    fn close(fd: c_int) -> c_int;
    #[foreign_call(io)]
    fn malloc(size: usize) -> *mut c_void;
    fn free(p: *mut c_void);
    #[foreign_call(leaf)]
    safe fn cos(x: c_double) -> c_double;
    #[foreign_call]
    safe fn abs(x: c_int) -> c_int;
    fn strlen(text: &'static c_char) -> usize;
    #[link_name = "abs"]
    safe fn conditional(#[cfg(any())] y: *mut c_int, #[cfg(all())] x: c_int) -> c_int;
    #[foreign_call(variadic(c_int))]
    fn snprintf(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
}

#[callgate::foreign_call(leaf, io)]
unsafe extern "C" {
    #[foreign_call(async)]
    #[must_use = "it may fail"]
    fn dup(fd: c_int) -> c_int;
}

fn sent<T>(future: impl Future<Output = T> + Send + 'static) -> T {
    callgate::block_on(future)
}

fn main() {
    assert_eq!(sent(usleep(1)), 0);
    // SAFETY: the descriptor is no one's; the memory is freed once, and as large as it must be.
    unsafe {
        let (result, _errno): (c_int, callgate::Errno) = sent(close(-1));
        assert_eq!(result, -1);
        let memory: std::io::Result<*mut c_void> = sent(malloc(8));
        let memory = memory.unwrap();
        assert_eq!(sent(snprintf(memory.cast(), 8, c"%d".as_ptr(), 7)), 1);
        assert_eq!(*memory.cast::<u8>(), b'7');
        sent(free(memory));
        assert_eq!(sent(strlen(&*c"four".as_ptr())), 4);
        assert!(sent(dup(-1)).is_err());
    }
    assert_eq!((cos(0.0), abs(-1), sent(conditional(-2))), (1.0, 1, 2));
}
