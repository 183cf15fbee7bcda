//! A callback of every kind that a header can show, and some that none may.

pub mod calls;
pub mod engine;
#[cfg(feature = "import")]
pub mod imported;
#[path = "elsewhere/moved.rs"]
pub mod moved;
pub mod shapes;

use std::ffi::{CStr, c_char, c_int, c_void};

use callgate::export_callback;

/// Adds two numbers. The end of a comment, */, is not the end of this one.
///
/// More than a line.
#[export_callback]
pub fn add(x: c_int, y: c_int) -> c_int {
    x + y
}

/// The text's number.
///
/// # Safety
/// `text` is a C string.
#[export_callback(name = "rt_parse", error = -1)]
pub unsafe fn parse(text: *const c_char) -> Result<c_int, Box<dyn std::error::Error>> {
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    Ok(text.to_str()?.parse()?)
}

#[export_callback(panic = return(false))]
fn is_even(x: i64) -> bool {
    x % 2 == 0
}

#[export_callback(panic = unwind)]
fn thrown(_: *mut c_void) {}

/// Not a function of C's.
#[export_callback(private)]
pub fn unseen(x: c_int) -> c_int {
    x
}

/// Runs to its end before C goes on.
#[export_callback]
async fn later(x: u32) -> u32 {
    std::future::ready(x).await + 1
}

#[export_callback]
fn give_up() -> ! {
    std::process::exit(3)
}

/// Of keywords.
#[export_callback]
fn names(int: c_int, r#match: u8) -> c_int {
    int + c_int::from(r#match)
}

#[cfg(feature = "extra")]
#[export_callback]
fn with_the_feature() {}

#[cfg_attr(unix, export_callback)]
fn on_unix(#[cfg(unix)] x: c_int, #[cfg(windows)] x: i64) -> c_int {
    x
}

#[cfg(windows)]
#[export_callback]
fn on_windows() {}
