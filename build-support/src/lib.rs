//! What Go's cgo does with its preamble and `_cgo_export.h`, for the build scripts of crates on
//! [callgate](https://docs.rs/callgate): compiles your C, makes the C header of your callbacks, and
//! imports C headers as `#[foreign_call]` modules.
//!
//! ```toml
//! [build-dependencies]
//! callgate-build = "0.1"
//! ```
//! ```no_run
//! // build.rs
//! callgate_build::Build::new().header("my_lib.h").c("src/native.c").run();
//! ```
//!
//! - [`Build`]: all of it, by the rules of build scripts;
//! - [`Header`]: the header alone, anywhere;
//! - [`Check`]: whether prototypes that C wrote by itself are those of the callbacks;
//! - `Import` (with the feature `import`, which needs libclang): C headers in.
//!
//! `cargo callgate` does the same outside of a build.

mod build;
mod cfg;
mod check;
mod error;
mod exports;
mod header;
#[cfg(feature = "import")]
mod import;
mod source;
mod types;

pub use build::Build;
pub use cfg::Configuration;
pub use check::{Check, Mismatch, Place};
pub use error::Error;
pub use header::{Generated, Header};
#[cfg(feature = "import")]
pub use import::{Import, Imported};
