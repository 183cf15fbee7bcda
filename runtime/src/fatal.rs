//! The end of the process, with a message that names the reason.

use crate::line::Line;
use crate::private::ForeignFn;
use core::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Prints `callgate: fatal: …` and aborts. Async-signal-safe.
#[cold]
#[inline(never)]
pub(crate) fn die(message: fmt::Arguments<'_>) -> ! {
    let mut line = Line::new();
    // `Line` never fails.
    let _ = write!(line, "callgate: fatal: {message}");
    line.print();
    std::process::abort()
}

/// [`die`] with `format!`'s arguments.
macro_rules! fatal {
    ($($arg:tt)*) => { $crate::fatal::die(::core::format_args!($($arg)*)) };
}
pub(crate) use fatal;

/// Calls `f`, and ends the process if it is left by unwinding that is no panic: glibc's `pthread_exit`
/// and `pthread_cancel` unwind by force, and what catches that must not go on.
pub(crate) fn no_forced_unwinding<T>(f: impl FnOnce() -> T) -> T {
    struct Left;
    impl Drop for Left {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                ended_inside();
            }
        }
    }
    let left = Left;
    let value = f();
    core::mem::forget(left);
    value
}

/// The end of the process for [`no_forced_unwinding`].
#[cold]
pub(crate) fn ended_inside() -> ! {
    fatal!(
        "a thread ended inside a callback or a G: pthread_exit and pthread_cancel must not cross \
         Rust frames of callgate's, which would never end"
    )
}

/// Calls `call`, which calls the foreign function `f`, and ends the process if it is left by a C++
/// exception or a Rust panic: neither may go on in the frames of a switch of stacks.
#[inline]
pub(crate) fn no_unwinding<T>(f: &'static ForeignFn, call: impl FnOnce() -> T) -> T {
    struct Left {
        f: &'static ForeignFn,
        was_panicking: bool,
    }
    impl Drop for Left {
        fn drop(&mut self) {
            unwound(self.f, self.was_panicking)
        }
    }
    // Unwinding begins only if a handler is in sight: else C++ calls `std::terminate` first. This is
    // one. The edge of the shim, which is not to be unwound, is one too, but pthread_exit passes it by.
    let called = catch_unwind(AssertUnwindSafe(|| {
        let left = Left { f, was_panicking: std::thread::panicking() };
        let value = call();
        core::mem::forget(left);
        value
    }));
    called.unwrap_or_else(|_| std::process::abort())
}

/// The end of a process in which `f` was left by unwinding.
#[cold]
#[inline(never)]
fn unwound(f: &ForeignFn, was_panicking: bool) -> ! {
    // In a destructor that a panic runs, this tells nothing: what leaves C there is hardly a second
    // panic, which Rust itself refuses in most places.
    if std::thread::panicking() && !was_panicking {
        fatal!(
            "a Rust panic left {f}: it can't go on unwinding through C. Let C call a function with \
             #[export_callback(panic = unwind)] instead of a plain one that panics"
        );
    }
    fatal!(
        "a C++ exception left {f}, or pthread_exit ended the thread in it: neither can go on in \
         Rust. Catch exceptions in C++, and return what tells Rust of them"
    )
}
