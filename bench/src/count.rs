//! A fixed number of each operation, for callgrind to count the instructions of.
pub fn count() {}
