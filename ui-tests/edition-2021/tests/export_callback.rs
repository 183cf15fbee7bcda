//! `#[export_callback]` in edition 2021, with each option.

use callgate::{export_callback, foreign_call};
use std::ffi::{c_int, c_void};
use std::panic::catch_unwind;

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
}

/// # Safety
/// Both point to a `c_int`.
unsafe fn order(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: the caller promises it.
    let (a, b) = unsafe { (*a.cast::<c_int>(), *b.cast::<c_int>()) };
    assert!(a != 13 && b != 13, "unlucky");
    a.cmp(&b) as c_int
}

/// By its own name, and seen by all.
#[export_callback]
pub fn edition_2021_compare(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: `qsort` passes its elements.
    unsafe { order(a, b) }
}

#[export_callback(name = "edition_2021_named")]
extern "C" fn named(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: as above.
    unsafe { order(a, b) }
}

#[export_callback(private, panic = abort)]
fn aborts(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: as above.
    unsafe { order(a, b) }
}

#[export_callback(private, panic = unwind)]
fn unwinds(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: as above.
    unsafe { order(a, b) }
}

#[export_callback(private, panic = return(0))]
fn returns(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: as above.
    unsafe { order(a, b) }
}

#[export_callback(private)]
unsafe fn reads(p: &c_int, mut n: c_int, _: c_int, gen: c_int) -> c_int {
    n += gen;
    *p + n
}

#[export_callback(private, panic = return)]
extern "C-unwind" fn nothing() {}

#[export_callback(private, panic = return(&0))]
fn larger<'a>(x: &'a c_int, y: &'a c_int) -> &'a c_int {
    if x > y {
        x
    } else {
        y
    }
}

#[export_callback(private)]
extern "system" fn never(_: c_int) -> ! {
    std::process::abort()
}

mod by_symbol {
    use super::{c_int, c_void};
    #[callgate::foreign_call]
    unsafe extern "C" {
        pub fn edition_2021_compare(a: *const c_void, b: *const c_void) -> c_int;
        pub fn edition_2021_named(a: *const c_void, b: *const c_void) -> c_int;
    }
}

fn sorted(mut numbers: [c_int; 3], compare: Compare) -> [c_int; 3] {
    // SAFETY: the length and the element's size are right.
    unsafe { qsort(numbers.as_mut_ptr().cast(), 3, 4, compare) };
    numbers
}

#[test]
fn c_calls_each() {
    callgate::run(|| {
        for compare in [edition_2021_compare, named, aborts, unwinds, returns] as [Compare; 5] {
            assert_eq!(sorted([3, 1, 2], compare), [1, 2, 3]);
        }
        for compare in [unwinds, returns] as [Compare; 2] {
            assert!(catch_unwind(|| sorted([3, 13, 2], compare)).is_err());
        }
    });
}

#[test]
fn rust_calls_each() {
    let (a, b) = (1, 2);
    let (a, b): (*const c_int, *const c_int) = (&a, &b);
    // SAFETY: both point to a `c_int`.
    unsafe {
        assert_eq!(by_symbol::edition_2021_compare(a.cast(), b.cast()), -1);
        assert_eq!(by_symbol::edition_2021_named(b.cast(), a.cast()), 1);
        assert_eq!(reads(&1, 2, 3, 4), 7);
    }
    nothing();
    assert_eq!(*larger(&1, &2), 2);
    let _: extern "system" fn(c_int) -> ! = never;
}
