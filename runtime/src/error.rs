//! Errors of the runtime itself.

use std::io;
use std::ops::RangeInclusive;

/// Why the runtime could not be set up, or a G not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value given to [`Builder`](crate::Builder) is outside its range.
    #[error("callgate: {what} must be from {} to {}, not {given}", range.start(), range.end())]
    OutOfRange {
        /// The option, by the name of its method.
        what: &'static str,
        /// What was given.
        given: usize,
        /// What may be given.
        range: RangeInclusive<usize>,
    },
    /// The runtime is running already, with the options it was started with.
    #[error(
        "callgate: the runtime is running already; `Builder::install` must come before anything \
         else that uses it"
    )]
    AlreadyRunning,
    /// There is no memory for a G's stack.
    #[error("callgate: no memory for a stack of {size} bytes: {source}")]
    Stack {
        /// The size that was asked for, in bytes.
        size: usize,
        /// What the system said.
        source: io::Error,
    },
    /// An OS thread could not be made.
    #[error("callgate: can't start an OS thread: {0}")]
    Thread(#[source] io::Error),
}
