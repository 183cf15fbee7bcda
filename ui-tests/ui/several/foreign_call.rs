use core::ffi::{c_char, c_int};

#[callgate::foreign_call]
extern "C" {
    #[foreign_call(erno)]
    fn close(fd: c_int) -> c_int;
    fn open(path: &str, flags: c_int) -> c_int;
    fn printf(format: *const c_char, ...) -> c_int;
    #[foreign_call(leaf, blocking)]
    fn pause() -> c_int;
    fn getenv(name: String) -> Option<*const c_char>;
    fn nothing() {}
    #[foreign_call(leaf = 1)]
    async fn both<T>(x: &[T], y: char);
    #[foreign_call(io)]
    safe fn abort() -> !;
}

fn main() {}
