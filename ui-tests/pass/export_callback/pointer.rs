//! A callback is an `extern "C" fn`, in its own body too.

use core::ffi::{c_int, c_void};

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

#[callgate::foreign_call]
unsafe extern "C" {
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Option<Compare>);
}

#[callgate::export_callback(private)]
fn compare(a: *const c_void, b: *const c_void) -> c_int {
    let _itself: Compare = compare;
    // SAFETY: `qsort` passes pointers to elements.
    let (a, b) = unsafe { (*a.cast::<u32>(), *b.cast::<u32>()) };
    a.cmp(&b) as c_int
}

fn main() {
    let mut numbers = [3_u32, 1, 2];
    // SAFETY: the length and the element's size are right.
    unsafe { qsort(numbers.as_mut_ptr().cast(), 3, 4, Some(compare)) };
    assert_eq!(numbers, [1, 2, 3]);
}
