//! Shapes of C functions that take `...`.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Errno, foreign_call};
use callgate_test_c as _;
use panicking::everywhere;
use std::ffi::{CStr, CString, c_char, c_double, c_int, c_long, c_longlong, c_void};
#[cfg(unix)]
use std::{
    io,
    os::fd::{FromRawFd, OwnedFd},
};

#[foreign_call]
unsafe extern "C" {
    #[foreign_call(variadic())]
    fn snprintf(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    #[link_name = "snprintf"]
    #[foreign_call(variadic(c_int))]
    fn snprintf_int(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    #[link_name = "snprintf"]
    #[foreign_call(variadic(*const c_char, c_double, c_longlong), leaf)]
    fn snprintf_text(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    /// The types `sum` says: `i`, `l`, `d`, `p`, and a callback by `f`.
    #[link_name = "test_variadic"]
    #[foreign_call(variadic(
        c_int, c_long, c_double, c_double, *const c_int, c_int, c_int, c_double,
        c_double, c_double, c_double, c_double, c_double, c_double, c_long
    ))]
    fn many(types: *const c_char, ...) -> c_double;
    #[link_name = "test_variadic"]
    #[foreign_call(variadic(extern "C" fn(c_int) -> c_int, c_int))]
    fn calling(types: *const c_char, ...) -> c_double;
}

#[cfg(unix)]
#[foreign_call(io)]
unsafe extern "C" {
    #[foreign_call(variadic())]
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    #[link_name = "open"]
    #[foreign_call(variadic(libc::mode_t), blocking)]
    fn open_with_mode(path: *const c_char, flags: c_int, ...) -> c_int;
    #[foreign_call(variadic(*mut c_void), errno)]
    fn ioctl(fd: c_int, request: libc::Ioctl, ...) -> c_int;
}

/// What a function like `snprintf` writes.
fn text(f: impl FnOnce(*mut c_char, usize) -> c_int) -> String {
    let mut buffer = [0_u8; 100];
    let length = f(buffer.as_mut_ptr().cast(), buffer.len());
    let text = CStr::from_bytes_until_nul(&buffer).unwrap().to_str().unwrap();
    assert_eq!(length as usize, text.len());
    text.to_owned()
}

#[test]
fn two_shapes_of_one_function() {
    everywhere(|| {
        // SAFETY: each format takes what its shape passes, and each buffer has that size.
        unsafe {
            assert_eq!(text(|to, size| snprintf(to, size, c"%%".as_ptr())), "%");
            assert_eq!(text(|to, size| snprintf_int(to, size, c"<%d>".as_ptr(), -7)), "<-7>");
            let format = c"%s %.2f %lld".as_ptr();
            let all = |to, size| {
                snprintf_text(to, size, format, c"half".as_ptr(), 0.499, c_longlong::MIN)
            };
            assert_eq!(text(all), "half 0.50 -9223372036854775808");
        }
    });
}

#[test]
fn more_arguments_than_registers() {
    everywhere(|| {
        let seven = 7;
        // SAFETY: the types are as the text says.
        let sum = unsafe {
            many(
                c"ilddpiidddddddl".as_ptr(),
                1,
                2,
                0.5,
                0.25,
                &raw const seven,
                -3,
                4,
                1.0,
                2.0,
                3.0,
                4.0,
                5.0,
                6.0,
                7.0,
                1 << 30,
            )
        };
        assert_eq!(sum, 1.0 + 2.0 + 0.75 + 7.0 + 1.0 + 28.0 + (1_i64 << 30) as c_double);
    });
}

#[callgate::export_callback(private)]
fn square(x: c_int) -> c_int {
    callgate::yield_now();
    x * x
}

#[test]
fn a_callback_through_the_dots() {
    // SAFETY: the types are as the text says.
    everywhere(|| unsafe { assert_eq!(calling(c"fi".as_ptr(), square, 9), 81.0 + 9.0) });
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_new_file() {
    let path = std::env::temp_dir().join(format!("callgate-variadic-{}", std::process::id()));
    let name = CString::new(path.to_str().unwrap()).unwrap();
    let flags = libc::O_CREAT | libc::O_RDWR | libc::O_EXCL;
    // SAFETY: C strings, and file descriptors that are ours.
    unsafe {
        let file = open_with_mode(name.as_ptr(), flags, 0o600).unwrap();
        drop(OwnedFd::from_raw_fd(file));
        let again = open_with_mode(name.as_ptr(), flags, 0o600).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        drop(OwnedFd::from_raw_fd(open(name.as_ptr(), libc::O_RDONLY).unwrap()));
        let missing = open(c"/no/such/file".as_ptr(), libc::O_RDONLY).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let mut unread: c_int = 0;
        let to = (&raw mut unread).cast();
        assert_eq!(ioctl(-1, libc::FIONREAD, to), (-1, Errno(libc::EBADF)));
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    std::fs::remove_file(path).unwrap();
    assert_eq!(mode & 0o177, 0, "only its owner's: {mode:o}");
}
