//! `#[foreign_call]` in edition 2021, with each option and each kind of item.

use callgate::{foreign_call, Errno};
use std::ffi::{c_char, c_double, c_int, c_long, c_uint, c_void, CStr};
use std::io;

#[foreign_call]
unsafe extern "C" {
    /// Safe to call.
    safe fn abs(x: c_int) -> c_int;
    fn strlen(text: *const c_char) -> usize;
    unsafe fn atoi(text: *const c_char) -> c_int;
    safe fn exit(status: c_int) -> !;
    safe fn sync();
    #[foreign_call(errno)]
    fn close(fd: c_int) -> c_int;
    #[foreign_call(errno)]
    safe fn sched_yield();
    #[foreign_call(io)]
    fn malloc(size: usize) -> *mut c_void;
    #[foreign_call(leaf)]
    safe fn cos(x: c_double) -> c_double;
    #[foreign_call(blocking)]
    safe fn usleep(us: c_uint) -> c_int;
    #[foreign_call(io, leaf)]
    fn dup(fd: c_int) -> c_int;
    #[foreign_call(errno, blocking)]
    #[link_name = "dup"]
    fn slow_dup(fd: c_int) -> c_int;
    fn free(p: *mut c_void);
    // `gen` is a name in this edition.
    #[link_name = "labs"]
    safe fn gen(gen: c_long) -> c_long;
    #[link_name = "toupper"]
    safe fn r#match(r#type: c_int) -> c_int;
    #[cfg_attr(unix, link_name = "labs", must_use)]
    safe fn conditional(#[cfg(unix)] x: c_long, #[cfg(not(unix))] y: Absent) -> c_long;
    #[link_name = "strchr"]
    fn first(text: &c_char, c: c_int) -> Option<&c_char>;
    static environ: *const *const c_char;
}

#[foreign_call(errno, leaf)]
#[link(name = "m")]
unsafe extern "C-unwind" {
    safe fn sqrt(x: c_double) -> c_double;
    #[foreign_call]
    safe fn floor(x: c_double) -> c_double;
    #[foreign_call(io, blocking)]
    fn isatty(fd: c_int) -> c_int;
    #[foreign_call]
    safe fn _exit(status: c_int) -> !;
}

#[foreign_call]
unsafe extern "system" {
    safe fn labs(x: c_long) -> c_long;
}

fn calls() {
    assert_eq!((abs(-1), labs(-2), gen(-3), conditional(-4)), (1, 2, 3, 4));
    assert_eq!((cos(0.0), usleep(1), r#match(0x61)), (1.0, 0, 0x41));
    let (root, errno): (c_double, Errno) = sqrt(9.0);
    assert_eq!((root, errno.raw(), floor(1.5)), (3.0, 0, 1.0));
    sync();
    let ((), _errno) = sched_yield();
    let _: [fn(c_int) -> !; 2] = [exit, _exit];
    // SAFETY: the texts end with NUL, the descriptors are no one's, the memory is freed once.
    unsafe {
        assert_eq!((strlen(c"four".as_ptr()), atoi(c"5".as_ptr())), (4, 5));
        assert_eq!((close(-1).0, slow_dup(-1).0), (-1, -1));
        let memory: io::Result<*mut c_void> = malloc(8);
        free(memory.unwrap());
        assert!(dup(-1).is_err());
        assert_eq!(isatty(-1).unwrap(), 0);
        let text: &CStr = c"abc";
        assert_eq!(*first(&*text.as_ptr(), 0x62).unwrap(), 0x62);
        assert!(!environ.is_null());
    }
}

#[test]
fn with_and_without_a_g() {
    calls();
    callgate::run(calls);
}

macro_rules! declare {
    ($name:ident, $arg:ident: $ty:ty) => {
        #[callgate::foreign_call(leaf)]
        unsafe extern "C" {
            safe fn $name($arg: $ty) -> $ty;
        }
    };
}

#[test]
fn in_a_macro_of_this_edition() {
    declare!(llabs, x: i64);
    assert_eq!(callgate::run(|| llabs(-5)), 5);
}
