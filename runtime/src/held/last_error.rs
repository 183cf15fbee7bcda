//! The last error of a callback, as text that C can read on its own thread.

use core::cell::Cell;
use core::ffi::{CStr, c_char};
use core::fmt::{Display, Write};
use core::ptr;
use std::ffi::CString;
use std::sync::Arc;

thread_local! {
    /// Counted, so that a reader can have it without allocating here; atomically, because a G that
    /// reads may go on on another thread.
    static LAST_ERROR: Cell<Option<Arc<CStr>>> = const { Cell::new(None) };
}

/// Exchanges the calling thread's message. A thread that is past its own thread-locals has none.
#[inline(never)]
fn replace(error: Option<Arc<CStr>>) -> Option<Arc<CStr>> {
    let error = Cell::new(error);
    // The message before, or the one that can't be kept, is dropped by the caller: freeing it may
    // call into C.
    let old = LAST_ERROR.try_with(|last| last.replace(error.take()));
    old.unwrap_or_else(|_| error.take())
}

/// The calling thread's message, once more.
#[inline(never)]
fn share() -> Option<Arc<CStr>> {
    LAST_ERROR
        .try_with(|last| {
            let error = last.take();
            last.set(error.clone());
            error
        })
        .ok()
        .flatten()
}

#[inline(never)]
fn as_ptr() -> *const c_char {
    let pointer = LAST_ERROR.try_with(|last| {
        let error = last.take();
        let pointer = error.as_deref().map_or(ptr::null(), CStr::as_ptr);
        last.set(error);
        pointer
    });
    pointer.unwrap_or(ptr::null())
}

/// See [`__private::set_last_error`](crate::private::set_last_error).
pub(crate) fn set(error: &dyn Display) {
    // A `Display` may do anything, even park: nothing of the thread is held here.
    let mut text = String::new();
    if write!(text, "{error}").is_err() {
        text.push_str(" (and its text could not be written)");
    }
    let text = text.replace('\0', "\u{fffd}");
    // There is no NUL left.
    let text = CString::new(text).unwrap_or_default();
    drop(replace(Some(text.into())));
}

/// What the last failing callback on the calling thread said: what `callgate_last_error()` gives to
/// C, which sees only the thread, too.
///
/// `None` if none failed since the thread began or `callgate_clear_last_error()` was called. A G
/// that may migrate can come back from C on another thread than the one whose callback failed:
/// take a [`lock_os_thread`](crate::lock_os_thread) around the call and this. C itself needs no such
/// thing.
///
/// ```
/// assert_eq!(callgate::last_error(), None);
/// callgate::__private::set_last_error(&"no such row");
/// assert_eq!(callgate::last_error().as_deref(), Some("no such row"));
/// ```
#[must_use]
pub fn last_error() -> Option<String> {
    share().map(|error| error.to_string_lossy().into_owned())
}

/// The last error of a callback on this thread, in UTF-8, or null. For C:
///
/// ```c
/// const char *callgate_last_error(void);
/// ```
///
/// Valid until the next failing callback on this thread, `callgate_clear_last_error` or the thread's
/// end. From any thread.
// SAFETY: no other symbol begins with the crate's name.
#[unsafe(no_mangle)]
pub extern "C" fn callgate_last_error() -> *const c_char {
    as_ptr()
}

/// Forgets the last error of this thread. For C:
///
/// ```c
/// void callgate_clear_last_error(void);
/// ```
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn callgate_clear_last_error() {
    drop(replace(None));
}
