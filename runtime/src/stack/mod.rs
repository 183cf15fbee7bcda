//! The stacks of Gs: [`arena`] maps and guards them, [`pool`] hands them out and takes them back.

pub(crate) mod arena;
pub(crate) mod pool;

/// A G's stack: the usable bytes, without the guards at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) low: *mut u8,
    pub(crate) size: usize,
}

impl Stack {
    /// One past the last usable byte.
    pub(crate) fn high(self) -> *mut u8 {
        self.low.wrapping_add(self.size)
    }
}
