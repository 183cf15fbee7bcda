//! A line of text for standard error, made without the allocator.

use crate::os;
use core::fmt::{self, Write};

/// Formats into a fixed buffer, for use in a signal handler: never allocates, cuts what is too long.
pub(crate) struct Line {
    bytes: [u8; 1024],
    len: usize,
}

impl Line {
    pub(crate) fn new() -> Self {
        Line { bytes: [0; 1024], len: 0 }
    }

    /// Writes it to standard error, and a line end.
    pub(crate) fn print(&self) {
        os::write_stderr(&self.bytes[..self.len]);
        os::write_stderr(b"\n");
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}
