//! What a declaration may have beside its type: libraries, names, conditions, visibility, variables.

use crate::common::begin;
use crate::panicking::everywhere;
use callgate::foreign_call;
use std::ffi::{CStr, c_char, c_double, c_int, c_long};

mod libraries {
    use super::*;

    #[foreign_call]
    #[link(name = "callgate_test_linked", kind = "static", modifiers = "+whole-archive,-bundle")]
    unsafe extern "C" {
        pub safe fn test_linked(x: c_int) -> c_int;
    }

    #[link(name = "m", kind = "dylib")]
    #[foreign_call(leaf)]
    unsafe extern "C" {
        pub safe fn ceil(x: c_double) -> c_double;
    }

    #[foreign_call]
    #[cfg_attr(any(unix, windows), link(name = "m"))]
    #[cfg_attr(not(any(unix, windows)), link(name = "no_such_library"))]
    unsafe extern "C" {
        pub safe fn floor(x: c_double) -> c_double;
    }

    // For the sake of the library alone.
    #[foreign_call]
    #[link(name = "m")]
    unsafe extern "C" {}
}

#[test]
fn libraries_are_linked() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(libraries::test_linked(1), 1001);
        assert_eq!((libraries::ceil(1.5), libraries::floor(-1.5)), (2.0, -2.0));
    });
}

#[foreign_call]
unsafe extern "C" {
    safe fn test_tenfold(x: c_int) -> c_int;
    /// The same symbol by another name, and with options.
    #[link_name = "test_tenfold"]
    #[foreign_call(errno)]
    safe fn tenfold_and_errno(x: c_int) -> c_int;
    #[cfg_attr(any(unix, windows), link_name = "test_tenfold")]
    #[cfg_attr(not(any(unix, windows)), link_name = "no_such_function")]
    safe fn tenfold_by_condition(
        #[cfg(any(unix, windows))] x: c_int,
        #[cfg(not(any(unix, windows)))] y: Absent,
    ) -> c_int;
    #[link_name = concat!("test_", "tenfold")]
    safe fn r#type(r#type: c_int) -> c_int;
    safe fn r#match(r#fn: c_int) -> c_int;
    #[link_name = "test_tenfold"]
    safe fn r#fn(_: c_int) -> c_int;
    /// An argument has the function's name, or one that the expansion uses.
    #[link_name = "labs"]
    safe fn frame(frame: c_long) -> c_long;
    #[link_name = "labs"]
    unsafe fn expressly_unsafe(cgo_frame: c_long) -> c_long;
    #[cfg(not(any(unix, windows)))]
    fn absent(x: Absent) -> Absent;
}

#[cfg(not(any(unix, windows)))]
#[foreign_call]
unsafe extern "C" {
    fn absent_too(x: Absent);
}

#[test]
fn names_and_conditions() {
    let _test = begin();
    everywhere(|| {
        assert_eq!(test_tenfold(1), 10);
        assert_eq!(tenfold_and_errno(2).0, 20);
        assert_eq!((tenfold_by_condition(3), r#type(4), r#fn(5)), (30, 40, 50));
        assert_eq!(r#match(1), 8);
        assert_eq!(frame(-6), 6);
        // SAFETY: it has no preconditions.
        assert_eq!(unsafe { expressly_unsafe(-7) }, 7);
    });
}

mod visible {
    use super::*;

    pub mod inside {
        use super::*;
        #[foreign_call]
        #[allow(dead_code)]
        unsafe extern "C" {
            #[link_name = "test_tenfold"]
            pub(crate) safe fn of_the_crate(x: c_int) -> c_int;
            #[link_name = "test_tenfold"]
            pub(super) safe fn of_the_parent(x: c_int) -> c_int;
            #[link_name = "test_tenfold"]
            pub(in crate::linkage) safe fn of_a_path(x: c_int) -> c_int;
            #[link_name = "test_tenfold"]
            safe fn private(x: c_int) -> c_int;
            #[deprecated = "for the sake of the test"]
            #[link_name = "test_tenfold"]
            pub safe fn deprecated(x: c_int) -> c_int;
        }
        pub fn by_the_private_one(x: c_int) -> c_int {
            private(x)
        }
    }

    pub fn by_the_parent(x: c_int) -> c_int {
        inside::of_the_parent(x)
    }
}

#[test]
fn visibility() {
    let _test = begin();
    callgate::run(|| {
        assert_eq!(visible::inside::of_the_crate(1), 10);
        assert_eq!(visible::inside::of_a_path(2), 20);
        assert_eq!(visible::by_the_parent(3), 30);
        assert_eq!(visible::inside::by_the_private_one(4), 40);
        #[expect(deprecated)]
        let result = visible::inside::deprecated(5);
        assert_eq!(result, 50);
    });
}

#[foreign_call(errno)]
unsafe extern "C" {
    static mut test_variable: c_int;
    #[link_name = "test_variable"]
    static mut by_another_name: c_int;
    safe static test_constant: c_int;
    static test_names: [Option<&'static c_char>; 3];
    #[foreign_call]
    safe fn test_set_variable(x: c_int);
}

#[test]
fn variables() {
    let _test = begin();
    callgate::run(|| {
        assert_eq!(test_constant, 6);
        // SAFETY: this test alone uses them, on one thread; the names are texts of C.
        unsafe {
            test_variable += 2;
            let by_one = test_variable;
            let by_the_other = by_another_name;
            assert_eq!((by_one, by_the_other), (7, 7));
            test_set_variable(8);
            assert_eq!((&raw const test_variable).read(), 8);
            assert_eq!(CStr::from_ptr(test_names[1].unwrap()), c"one");
            assert!(test_names[2].is_none());
        }
    });
}
