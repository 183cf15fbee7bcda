//! What Rust exports besides plain functions: methods, `async fn`s, and functions that fail. The
//! prototypes and the calls are in `c/exports.c`.

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Handle, blocking, export_callback, foreign_call, run, sleep, yield_now};
use callgate_test_c as _;
use common::child;
use panicking::everywhere;
use std::ffi::{CStr, c_char, c_int};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

#[foreign_call]
unsafe extern "C" {
    safe fn test_counter(start: c_int) -> c_int;
    safe fn test_counter_of_null() -> c_int;
    safe fn test_wait_and_add(x: c_int, y: c_int) -> c_int;
    fn test_parse_digit(text: *const c_char, message: *mut c_char, size: usize) -> c_int;
    fn test_parse_digit_elsewhere(text: *const c_char, message: *mut c_char, size: usize) -> c_int;
    fn test_must_be_even(x: c_int, message: *mut c_char, size: usize) -> c_int;
    fn test_stock(message: *mut c_char, size: usize) -> c_int;
    safe fn test_stock_left_of(stock: usize) -> c_int;
}

struct Counter {
    value: c_int,
    label: &'static CStr,
}

static FREED: AtomicU32 = AtomicU32::new(0);

impl Drop for Counter {
    fn drop(&mut self) {
        FREED.fetch_add(1, SeqCst);
    }
}

#[export_callback]
impl Counter {
    const LABEL: &'static CStr = c"a counter";

    pub fn new(start: c_int) -> Box<Self> {
        Box::new(Counter { value: start, label: Self::LABEL })
    }

    pub fn add(&mut self, x: c_int) -> c_int {
        yield_now();
        self.value += x;
        self.half(2 * self.value)
    }

    #[must_use]
    pub fn value(&self) -> c_int {
        self.value
    }

    fn label(&self) -> *const c_char {
        self.label.as_ptr()
    }

    /// Runs to its end before C goes on.
    async fn add_later(&mut self, x: c_int) -> c_int {
        sleep(Duration::from_millis(1));
        self.add(x)
    }

    #[export_callback(name = "cnt_twice")]
    fn twice(&self) -> c_int {
        2 * self.value
    }

    #[export_callback(skip)]
    fn half<T: std::ops::Div<Output = T> + From<u8>>(&self, x: T) -> T {
        x / T::from(2)
    }

    fn free(self: Box<Self>) {
        drop(self);
    }
}

#[test]
fn methods() {
    everywhere(|| {
        let before = FREED.load(SeqCst);
        assert_eq!(test_counter(40), 0, "the line in exports.c");
        assert_eq!(FREED.load(SeqCst), before + 1);
    });
    // They are ordinary methods to Rust.
    let mut counter = Counter::new(1);
    assert_eq!(run(|| counter.add(1)), 2);
    assert_eq!(counter.value(), 2);
}

#[test]
fn a_method_of_null() {
    let end = child("a_method_of_null", || {
        run(test_counter_of_null);
    });
    end.aborted_with(&["callgate: fatal", "`counter_value`", "exports.rs:", "null"]);
}

#[export_callback]
async fn wait_and_add(x: c_int, y: c_int) -> c_int {
    let sum = async { x + y };
    yield_now();
    sum.await
}

#[test]
fn an_async_function() {
    everywhere(|| assert_eq!(test_wait_and_add(2, 3), 5));
    assert_eq!(wait_and_add(4, 5), 9);
}

#[derive(Debug)]
struct NoDigit(String);

impl fmt::Display for NoDigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no digit", self.0)
    }
}

/// # Safety
/// `text` is a C string.
#[export_callback(error = -1)]
unsafe fn parse_digit(text: *const c_char) -> Result<c_int, NoDigit> {
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    match text.parse() {
        Ok(digit @ 0..=9) => Ok(digit),
        _ => Err(NoDigit(text.into_owned())),
    }
}

#[export_callback(error)]
fn must_be_even(x: c_int) -> Result<(), Box<dyn std::error::Error>> {
    if x % 2 == 0 { Ok(()) } else { Err(format!("{x} is\0odd").into()) }
}

/// Calls with a buffer, and returns the result and what is in it.
fn with_message(f: impl FnOnce(*mut c_char, usize) -> c_int) -> (c_int, String) {
    let mut message = [0_u8; 100];
    let result = f(message.as_mut_ptr().cast(), message.len());
    (result, CStr::from_bytes_until_nul(&message).unwrap().to_str().unwrap().to_owned())
}

#[test]
fn errors_are_the_last_error_of_the_thread() {
    everywhere(|| {
        let parse = |text: &CStr| {
            // SAFETY: a C string, and a buffer of that size.
            with_message(|message, size| unsafe { test_parse_digit(text.as_ptr(), message, size) })
        };
        assert_eq!(parse(c"7"), (7, String::new()));
        assert_eq!(parse(c"x"), (-1, "`x` is no digit".into()));
        assert_eq!(parse(c"12"), (-1, "`12` is no digit".into()));
        // As C's `errno`: success leaves what was there.
        assert_eq!(parse(c"8").0, 8);
        let elsewhere = with_message(|message, size| {
            // SAFETY: as above.
            unsafe { test_parse_digit_elsewhere(c"y".as_ptr(), message, size) }
        });
        assert_eq!(elsewhere, (-1, "`y` is no digit".into()));
    });
}

#[test]
fn an_error_of_a_function_that_returns_nothing() {
    everywhere(|| {
        let check = |x| {
            // SAFETY: a buffer of that size.
            with_message(|message, size| unsafe { test_must_be_even(x, message, size) })
        };
        assert_eq!(check(2), (-1, String::new()));
        let (length, message) = check(3);
        assert!(message.starts_with("3 is") && message.ends_with("odd"), "{message:?}");
        assert_eq!(length as usize, message.len(), "a NUL would cut it");
    });
}

/// C holds it by a handle, so it may be used by any thread, and after its end.
struct Stock(Mutex<c_int>);

#[export_callback(handle)]
impl Stock {
    fn open(units: c_int) -> usize {
        Handle::new(Stock(Mutex::new(units))).into_raw()
    }

    #[export_callback(error = -1)]
    fn take(&self, units: c_int) -> Result<c_int, String> {
        // A lock of std's blocks the thread, and no other G.
        let mut left = blocking(|| self.0.lock().unwrap());
        if units > *left {
            return Err(format!("{left} units are left"));
        }
        *left -= units;
        Ok(*left)
    }

    fn left(&self) -> c_int {
        *self.0.lock().unwrap()
    }

    #[export_callback(error = -1)]
    fn close(this: Handle<Self>) -> Result<c_int, callgate::HandleError> {
        this.delete().map(|()| 0)
    }
}

#[test]
fn methods_on_a_handle() {
    everywhere(|| {
        // SAFETY: a buffer of that size.
        let (line, message) = with_message(|message, size| unsafe { test_stock(message, size) });
        assert_eq!(line, 0, "the line in exports.c");
        assert!(!message.is_empty());
    });
}

#[test]
fn a_method_of_no_handle() {
    let end = child("a_method_of_no_handle", || {
        run(|| test_stock_left_of(12345));
    });
    end.aborted_with(&["callgate: fatal", "`stock_left`", "exports.rs:", "handle"]);
}
