//! The C side (`c/bench.c`), as plain functions and through callgate.

// The macro declares what it calls as unsafe, and `plain` the same functions as safe.
#![allow(clashing_extern_declarations)]

use std::ffi::{c_double, c_int, c_long, c_uint};

pub type Callback = extern "C" fn();
pub type CallbackInt = extern "C" fn() -> c_int;
/// Plain functions by pointer: `plain` calls indirectly, as the shims of a runtime do.
pub type Two = extern "C" fn(c_long, c_long) -> c_long;
pub type Six = extern "C" fn(c_long, c_long, c_long, c_long, c_long, c_long) -> c_long;
pub type Loop = extern "C" fn(Callback, c_long);

/// C as it is.
pub mod plain {
    use super::*;

    unsafe extern "C" {
        pub safe fn bench_empty();
        pub safe fn bench_two(a: c_long, b: c_long) -> c_long;
        pub safe fn bench_six(
            a: c_long,
            b: c_long,
            c: c_long,
            d: c_long,
            e: c_long,
            f: c_long,
        ) -> c_long;
        pub safe fn bench_errno(x: c_int) -> c_int;
        pub safe fn bench_loop(f: Callback, n: c_long);
        pub safe fn bench_once(f: CallbackInt) -> c_int;
        pub safe fn bench_foreign(f: Callback, warm: c_long, n: c_long) -> c_double;
        pub fn bench_first(f: Callback, n: c_long, out: *mut c_double) -> c_double;
        pub safe fn bench_sleep(us: c_uint) -> c_double;
        pub safe fn bench_now() -> c_double;
        pub safe fn bench_cpu() -> c_double;
        pub safe fn bench_thread() -> c_long;
        pub safe fn bench_late() -> c_double;
    }
}

/// C through callgate.
pub mod gate {
    use super::*;
    use callgate::foreign_call;

    #[foreign_call]
    unsafe extern "C" {
        pub safe fn bench_empty();
        pub safe fn bench_two(a: c_long, b: c_long) -> c_long;
        pub safe fn bench_six(
            a: c_long,
            b: c_long,
            c: c_long,
            d: c_long,
            e: c_long,
            f: c_long,
        ) -> c_long;
        #[foreign_call(errno)]
        pub safe fn bench_errno(x: c_int) -> c_int;
        pub safe fn bench_loop(f: Callback, n: c_long);
        pub safe fn bench_once(f: CallbackInt) -> c_int;
        #[foreign_call(blocking)]
        pub safe fn bench_foreign(f: Callback, warm: c_long, n: c_long) -> c_double;
        #[foreign_call(blocking)]
        pub fn bench_first(f: Callback, n: c_long, out: *mut c_double) -> c_double;
        pub safe fn bench_sleep(us: c_uint) -> c_double;
        #[foreign_call(blocking)]
        pub safe fn bench_at_times(f: Callback, n: c_long) -> c_int;
    }
}

/// C through callgate, with a promise about how long it takes.
pub mod promised {
    use super::*;
    use callgate::foreign_call;

    #[foreign_call]
    unsafe extern "C" {
        #[foreign_call(leaf)]
        #[link_name = "bench_empty"]
        pub safe fn leaf();
        #[foreign_call(blocking)]
        #[link_name = "bench_empty"]
        pub safe fn blocking();
        #[foreign_call(blocking)]
        #[link_name = "bench_sleep"]
        pub safe fn blocking_sleep(us: c_uint) -> c_double;
    }
}

/// C through callgate, awaited.
pub mod awaited {
    use super::*;
    use callgate::foreign_call;

    #[foreign_call(async)]
    unsafe extern "C" {
        pub safe fn bench_empty();
        pub safe fn bench_sleep(us: c_uint) -> c_double;
    }
}
