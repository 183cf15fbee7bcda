//! The end of the process, with a message that names the reason.

use crate::os;
use core::fmt::{self, Write};

/// Formats into a fixed buffer, for use in a signal handler: never allocates, cuts what is too long.
struct Line {
    bytes: [u8; 1024],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

/// Prints `callgate: fatal: …` and aborts. Async-signal-safe.
#[cold]
#[inline(never)]
pub(crate) fn die(message: fmt::Arguments<'_>) -> ! {
    let mut line = Line { bytes: [0; 1024], len: 0 };
    // `Line` never fails.
    let _ = write!(line, "callgate: fatal: {message}");
    os::write_stderr(&line.bytes[..line.len]);
    os::write_stderr(b"\n");
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
                fatal!(
                    "a thread ended inside a callback or a G: pthread_exit and pthread_cancel must \
                     not cross Rust frames of callgate's, which would never end"
                );
            }
        }
    }
    let left = Left;
    let value = f();
    core::mem::forget(left);
    value
}
