//! The shapes in a crate that forbids what it can: an `allow` in an expansion would be an error
//! there, and a lint that reports an expansion leaves its user nothing to mend.
//!
//! Public, because clippy looks at what a crate exports.

/// Called from here.
pub mod declared {
    use core::ffi::{c_char, c_int, c_long};

    #[callgate::foreign_call]
    unsafe extern "C" {
        /// A plain one.
        pub fn strlen(text: *const c_char) -> usize;
        /// A safe one.
        pub safe fn abs(x: c_int) -> c_int;
        /// Nothing in or out.
        pub safe fn sync();
        /// Nothing in or out, unsafe.
        pub fn endpwent();
        /// Never returns.
        pub safe fn exit(status: c_int) -> !;
        /// Fails.
        #[foreign_call(errno, leaf)]
        pub fn close(fd: c_int) -> c_int;
        /// Fails with nothing.
        #[foreign_call(errno)]
        pub safe fn tzset();
        /// Fails, and says so.
        #[foreign_call(io, blocking)]
        #[must_use]
        pub fn dup(fd: c_int) -> c_int;
        /// Lifetimes.
        #[link_name = "strchr"]
        pub fn first(text: &c_char, c: c_int) -> Option<&c_char>;
        /// More of them.
        #[link_name = "strpbrk"]
        pub fn any<'a>(text: &'a c_char, any: &c_char) -> Option<&'a c_char>;
        /// As C has it.
        #[link_name = "labs"]
        pub safe fn LongAbs(lValue: c_long) -> c_long;
        /// Awaited.
        #[foreign_call(async, io)]
        #[link_name = "read"]
        pub fn read_later(fd: c_int, to: *mut c_char, n: usize) -> isize;
        /// Awaited, and safe.
        #[foreign_call(async)]
        #[link_name = "sync"]
        pub safe fn sync_later();
        /// Conditional arguments.
        #[link_name = "getppid"]
        pub safe fn conditional(#[cfg(any())] x: c_int) -> c_int;
    }
}

/// Called from C.
pub mod exported {
    use core::ffi::{c_int, c_void};

    /// A pair.
    #[repr(C)]
    pub struct Pair(pub c_int, pub c_int);

    /// A plain one.
    #[callgate::export_callback(name = "strict_add")]
    pub fn add(x: c_int, y: c_int) -> c_int {
        x + y
    }

    /// Nothing in or out.
    #[callgate::export_callback(private, panic = return)]
    pub fn nothing() {}

    /// Unsafe.
    ///
    /// # Safety
    /// `p` points to a number.
    #[callgate::export_callback(private, panic = unwind)]
    pub unsafe fn read(p: *const c_int) -> c_int {
        // SAFETY: the caller promises it.
        unsafe { *p }
    }

    /// Unsafe without arguments.
    ///
    /// # Safety
    /// None.
    #[callgate::export_callback(private)]
    pub unsafe fn tick() {}

    /// Patterns.
    #[callgate::export_callback(private, panic = return(0))]
    pub fn patterns(Pair(a, b): Pair, mut x: c_int, _: c_int) -> c_int {
        x += a + b;
        x
    }

    /// Lifetimes.
    #[callgate::export_callback(private, panic = return(x_of_none()))]
    pub fn same(x: &c_int) -> &c_int {
        x
    }

    const fn x_of_none() -> &'static c_int {
        &0
    }

    /// Never returns.
    #[callgate::export_callback(private)]
    pub fn dies(x: *mut c_void) -> ! {
        assert!(x.is_null());
        std::process::abort()
    }
}
