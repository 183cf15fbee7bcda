//! The front end of callgate's attributes: parse → model → check → expand, from tokens to tokens.
//!
//! A library of its own, because two things are made of one model: `callgate-macros` expands it, and
//! `callgate-build` makes C headers of it. Depend on neither part of this: its API follows them
//! alone, and changes with any version.
//!
//! ```
//! let item = "#[doc = \"Adds.\"] pub fn add(x: i32) -> i32 { x + 1 }".parse().unwrap();
//! let options = "name = \"lib_add\"".parse().unwrap();
//! let (callbacks, errors) = callgate_syntax::callbacks(options, item);
//! assert!(errors.is_empty());
//! assert_eq!(callbacks[0].symbol.as_ref().unwrap().value(), "lib_add");
//! assert_eq!(callbacks[0].signature.args.len(), 1);
//! ```

mod attributes;
mod diagnostics;
mod export;
mod foreign;
mod frame;
mod item_fn;
mod item_kind;
mod lifetimes;
mod main_attr;
mod options;
mod recover;
mod signature;
#[cfg(test)]
mod tests;
mod types;

pub use export::model::{Body, Callback, OnError, Panic, Receiver};
pub use export::{callbacks, export_callback};
pub use foreign::foreign_call;
pub use main_attr::main;
pub use signature::{Arg, Ret, Signature, Verdict};
