//! Channels, locks and groups to wait for, for Gs, callbacks and plain threads alike (feature `sync`).
//!
//! They are `async-channel`, `async-lock` and `event-listener`, waited for by
//! [`block_on`](crate::block_on): a G parks, a thread without a G waits. So one G or thread may wait for
//! what another sends, locks or does, and async code may take part, by the methods that end in
//! `_async`.
//!
//! No guard here belongs to a thread: unlike a `std::sync::MutexGuard`, that of a [`Mutex`] may be held
//! across a scheduling point by a G that migrates.
//!
//! ```
//! use callgate::sync::channel;
//!
//! let (sender, receiver) = channel::bounded(1);
//! let g = callgate::go_pinned(move || (1..=3).for_each(|n| sender.send(n).unwrap()));
//! assert_eq!(receiver.iter().sum::<i32>(), 6);
//! g.join().unwrap();
//! ```

pub mod channel;
mod condvar;
mod mutex;
mod wait_group;

pub use condvar::Condvar;
pub use mutex::{Mutex, MutexGuard};
pub use wait_group::WaitGroup;
