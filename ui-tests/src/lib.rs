//! The tests of what the macros accept and refuse.
//!
//! - `ui/` holds what must not compile, one small file for each mistake, in folders by subject; the
//!   `.stderr` beside it is what the user is told.
//! - `pass/` holds what must compile, and run, with a file for each shape.
//! - [`strict`] holds shapes in a crate that forbids nearly every lint: this one.
//! - `tests/shapes.rs` holds the shapes under strict lints: what the macros write must not cost a
//!   user a warning.
//!
//! After a deliberate change of a message, `TRYBUILD=overwrite cargo test -p callgate-ui-tests`
//! writes the `.stderr` files anew; read the difference before committing it.

#![forbid(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    unused,
    unused_qualifications,
    nonstandard_style,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::multiple_unsafe_ops_per_block,
    clippy::undocumented_unsafe_blocks
)]

#[cfg(unix)]
pub mod strict;
