//! What C can hold of Rust's: handles of values, closures as a pair of pointers, the last error.

mod block;
pub(crate) mod closure;
pub(crate) mod handle;
pub(crate) mod last_error;
pub(crate) mod signature;
pub(crate) mod slots;
