//! The concurrent protocols of the runtime, each alone in a file, without a G, an M or a system
//! call in it: small enough for `loom` to try every interleaving of (`cargo test --cfg loom`; the
//! models stand beside the code, in [`models`]).

pub(crate) mod extra_list;
pub(crate) mod lease;
pub(crate) mod run_queue;
pub(crate) mod slot;
pub(crate) mod wait;

#[cfg(all(test, loom))]
mod models;
