//! Names, ABIs, patterns, safety.

use core::ffi::{c_int, c_void};

#[repr(C)]
pub struct Pair(c_int, c_int);

#[callgate::export_callback]
pub fn exported_add(x: c_int, y: c_int) -> c_int {
    x + y
}

#[callgate::export_callback(name = "on_row")]
extern "C" fn row(_: *mut c_void, mut n: c_int) -> c_int {
    n += 1;
    n
}

#[callgate::export_callback(private)]
extern "system" fn sum(Pair(a, b): Pair) -> c_int {
    a + b
}

#[callgate::export_callback(private)]
unsafe fn read(p: *const c_int) -> c_int {
    // SAFETY: the caller promises that it points to a number.
    unsafe { *p }
}

#[callgate::export_callback(private)]
fn early(p: Option<&c_int>) -> c_int {
    let Some(p) = p else { return -1 };
    *p
}

unsafe extern "C" {
    #[link_name = "exported_add"]
    safe fn by_name(x: c_int, y: c_int) -> c_int;
    safe fn on_row(p: *mut c_void, n: c_int) -> c_int;
}

fn main() {
    assert_eq!(by_name(1, 2), 3);
    assert_eq!(on_row(core::ptr::null_mut(), 1), 2);
    assert_eq!(row(core::ptr::null_mut(), 1), 2);
    assert_eq!(sum(Pair(1, 2)), 3);
    // SAFETY: it points to a number.
    assert_eq!(unsafe { read(&4) }, 4);
    assert_eq!(early(None), -1);
}
