//! Every shape under the lints of a strict user: `cargo clippy` on this file shows that what the
//! macros write costs no warning. What the calls return is checked where C's answer is known.

#![cfg(unix)]
#![deny(
    warnings,
    unused,
    missing_docs,
    unsafe_op_in_unsafe_fn,
    rust_2018_idioms,
    unreachable_pub,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]

/// C functions of many shapes.
pub mod declared {
    use core::ffi::{CStr, c_char, c_double, c_int, c_long, c_uint, c_void};
    use core::ptr::NonNull;

    /// What `div` returns.
    #[repr(C)]
    #[derive(Debug, PartialEq, Eq)]
    pub struct Div {
        /// The quotient.
        pub quot: c_int,
        /// The remainder.
        pub rem: c_int,
    }

    /// A comparator.
    pub type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

    #[callgate::foreign_call]
    unsafe extern "C" {
        /// Zero arguments, safe.
        pub safe fn getpid() -> c_int;
        /// A safe function.
        #[must_use]
        pub safe fn abs(x: c_int) -> c_int;
        /// Plain, so unsafe to call.
        pub fn strlen(s: *const c_char) -> usize;
        /// Explicitly unsafe; an argument without a name.
        pub unsafe fn puts(_: *const c_char) -> c_int;
        /// Nothing goes in and nothing comes out.
        pub safe fn sync();
        /// An argument called as the function is.
        pub fn time(time: *mut c_long) -> c_long;
        /// Arguments called as the macro's own things are.
        #[link_name = "memcmp"]
        pub fn frame(frame: *const c_void, r#type: *const c_void, r: usize) -> c_int;
        /// Never returns.
        pub safe fn exit(status: c_int) -> !;
        /// A struct by value.
        pub safe fn div(numer: c_int, denom: c_int) -> Div;
        /// Floating point.
        pub safe fn sqrt(x: c_double) -> c_double;
        /// A function pointer.
        pub fn qsort(base: *mut c_void, n: usize, size: usize, compare: Option<Compare>);
        /// References, elided.
        #[link_name = "strchr"]
        pub fn first(s: &c_char, c: c_int) -> Option<&c_char>;
        /// References, named, and an `'_`.
        #[link_name = "memcpy"]
        pub fn copy<'a, 'b: 'a>(
            to: &'a mut c_int,
            from: &'b c_int,
            n: usize,
        ) -> Option<NonNull<c_int>>;
        /// Many arguments, an odd name.
        #[allow(improper_ctypes)]
        #[deprecated = "it is not there"]
        #[link_name = "getppid"]
        pub fn Very_Odd(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: *const String);
        /// Conditional things.
        #[cfg_attr(unix, link_name = "labs", must_use)]
        #[cfg_attr(not(unix), link_name = "nonsense")]
        pub safe fn conditional(#[cfg(unix)] x: c_long, #[cfg(not(unix))] y: Nothing) -> c_long;
        #[cfg(not(unix))]
        fn absent(x: Nothing);
        /// A raw name.
        #[link_name = "toupper"]
        pub safe fn r#match(x: c_int) -> c_int;
        /// Passes through.
        pub static environ: *const *const c_char;
    }

    /// Options on the block and on functions.
    #[allow(dead_code)]
    mod options {
        use super::*;
        #[callgate::foreign_call(errno)]
        #[link(name = "m")]
        unsafe extern "C" {
            pub(super) fn close(fd: c_int) -> c_int;
            #[foreign_call(io)]
            #[must_use]
            pub(super) fn dup(fd: c_int) -> c_int;
            #[foreign_call(io, blocking)]
            #[link_name = "dup"]
            pub(super) fn slow_dup(fd: c_int) -> c_int;
            #[callgate::foreign_call(io)]
            pub(super) fn malloc(size: usize) -> *mut c_void;
            #[foreign_call(leaf)]
            pub(super) safe fn cos(x: c_double) -> c_double;
            #[foreign_call(blocking)]
            pub(super) safe fn usleep(us: c_uint) -> c_int;
            #[foreign_call]
            pub(super) fn free(p: *mut c_void);
            pub(super) fn perror(s: *const c_char);
            #[foreign_call()]
            #[inline(never)]
            pub(super) safe fn abort() -> !;
            #[foreign_call(leaf)]
            pub(super) safe fn sched_yield();
        }
    }

    #[test]
    fn calls_return_what_c_returns() {
        assert_eq!(getpid() as u32, std::process::id());
        assert_eq!(abs(-3), 3);
        assert_eq!(div(17, 5), Div { quot: 3, rem: 2 });
        assert_eq!(sqrt(9.0), 3.0);
        assert_eq!(conditional(-4), 4);
        assert_eq!(r#match(0x61), 0x41);
        sync();
        let _: fn(c_int) -> ! = exit;
        let (a, b) = (1_u32, 1_u32);
        // SAFETY: the pointers and lengths are right.
        unsafe {
            assert_eq!(strlen(c"four".as_ptr()), 4);
            assert!(time(core::ptr::null_mut()) > 0);
            assert_eq!(frame((&raw const a).cast(), (&raw const b).cast(), 4), 0);
            let text: &'static CStr = c"abc";
            let found = first(&*text.as_ptr(), c_int::from(b'b')).unwrap();
            assert_eq!(*found as u8, b'b');
            let mut to = 1;
            assert!(copy(&mut to, &7, 4).is_some());
            assert_eq!(to, 7);
            assert!(!environ.is_null());
        }
    }

    #[test]
    fn options_shape_the_result() {
        // SAFETY: none of these descriptors is anyone's, and the memory is freed once.
        unsafe {
            let (result, _errno): (c_int, callgate::Errno) = options::close(-1);
            assert_eq!(result, -1);
            let copied: std::io::Result<c_int> = options::dup(-1);
            assert!(copied.is_err());
            assert!(options::slow_dup(-1).is_err());
            let memory: std::io::Result<*mut c_void> = options::malloc(8);
            options::free(memory.unwrap());
            let ((), _errno) = options::perror(c"".as_ptr());
        }
        let (cosine, _errno) = options::cos(0.0);
        assert_eq!(cosine, 1.0);
        let (slept, _errno) = options::usleep(1);
        assert_eq!(slept, 0);
        let ((), _errno) = options::sched_yield();
        let _: fn() -> ! = options::abort;
    }
}

/// Callbacks of many shapes.
pub mod exported {
    use core::ffi::{c_int, c_void};

    /// A pair.
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Pair(pub c_int, pub c_int);

    /// The plainest.
    #[callgate::export_callback]
    pub fn shapes_add(x: c_int, y: c_int) -> c_int {
        if x == 0 {
            return y;
        }
        x + y
    }

    /// Nothing in, nothing out.
    #[callgate::export_callback(name = "shapes_nothing")]
    pub extern "C" fn nothing() {}

    /// Patterns.
    #[callgate::export_callback(private)]
    pub fn patterns(Pair(a, b): Pair, mut x: c_int, _: c_int, frame: c_int) -> c_int {
        x += a + b;
        x + frame
    }

    /// Unsafe.
    ///
    /// # Safety
    /// `p` points to a `c_int`.
    #[callgate::export_callback(private, panic = unwind)]
    #[must_use]
    pub unsafe fn read(p: *const c_int) -> c_int {
        // SAFETY: the caller promises it.
        unsafe { *p }
    }

    /// Another ABI, a value for C.
    #[callgate::export_callback(private, panic = return(-1))]
    pub extern "system" fn fails(p: *mut c_void) -> c_int {
        assert!(p.is_null());
        CALLBACK
    }

    /// References.
    #[callgate::export_callback(private, panic = return(&0))]
    pub fn longest<'a, 'b: 'a>(x: &'a c_int, y: &'b c_int, _z: &c_int) -> &'a c_int {
        if x > y { x } else { y }
    }

    /// References, elided.
    #[callgate::export_callback(private)]
    pub fn same(x: &c_int) -> &c_int {
        x
    }

    /// Nothing for C after a panic.
    #[callgate::export_callback(private, panic = return)]
    pub fn quiet(_x: c_int) {}

    /// The same, said.
    #[callgate::export_callback(private, panic = return(()))]
    pub fn said() {}

    /// Never returns.
    #[callgate::export_callback(private)]
    pub fn dies(_x: c_int) -> ! {
        std::process::abort()
    }

    /// Many arguments, one of them conditional, an odd name.
    #[callgate::export_callback(private, panic = abort)]
    #[expect(non_snake_case)]
    pub fn Odd(
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        #[cfg(not(unix))] h: Nothing,
        #[allow(unused)] i: u8,
    ) -> u8 {
        a + b + c + d + e + f + g
    }

    const CALLBACK: c_int = 7;

    #[test]
    fn exports_can_be_called_from_rust() {
        assert_eq!(shapes_add(0, 4), 4);
        assert_eq!(shapes_add(3, 4), 7);
        nothing();
        assert_eq!(patterns(Pair(1, 2), 3, 4, 5), 11);
        // SAFETY: it points to a `c_int`.
        assert_eq!(unsafe { read(&9) }, 9);
        assert_eq!(fails(core::ptr::null_mut()), 7);
        assert_eq!(*longest(&1, &2, &3), 2);
        assert_eq!(*same(&5), 5);
        quiet(1);
        said();
        assert_eq!(Odd(1, 1, 1, 1, 1, 1, 1, 1), 7);
        let _: extern "C" fn(c_int) -> ! = dies;
        let _: extern "C" fn(c_int, c_int) -> c_int = shapes_add;
        let _: unsafe extern "C" fn(*const c_int) -> c_int = read;
        let _: extern "system" fn(*mut c_void) -> c_int = fails;
    }
}

/// Where nothing is in scope.
pub mod bare {
    #![no_implicit_prelude]

    #[::callgate::foreign_call]
    unsafe extern "C" {
        /// Plain.
        pub safe fn labs(x: ::core::ffi::c_long) -> ::core::ffi::c_long;
        /// With a result.
        #[foreign_call(io, leaf)]
        pub fn isatty(fd: ::core::ffi::c_int) -> ::core::ffi::c_int;
        /// With errno.
        #[foreign_call(errno, blocking)]
        pub safe fn alarm(seconds: ::core::ffi::c_uint) -> ::core::ffi::c_uint;
    }

    /// Exported.
    #[::callgate::export_callback(private, panic = return(0))]
    pub fn twice(x: ::core::ffi::c_int) -> ::core::ffi::c_int {
        x * 2
    }
}

macro_rules! declare {
    ($(#[$meta:meta])* $name:ident, $arg:ident: $ty:ty, $ret:ty) => {
        /// Declared by a macro.
        pub mod $name {
            #[callgate::foreign_call]
            unsafe extern "C" {
                $(#[$meta])*
                pub safe fn $name($arg: $ty) -> $ret;
            }

            /// Exported by a macro.
            #[callgate::export_callback(private)]
            pub fn callback($arg: $ty) -> $ret {
                $name($arg)
            }
        }
    };
}
declare!(
    /// The absolute value.
    llabs, x: core::ffi::c_longlong, core::ffi::c_longlong
);

#[test]
fn items_of_a_macro_work() {
    assert_eq!(llabs::callback(-1), 1);
}
