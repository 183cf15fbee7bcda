//! What can go wrong.

use std::path::{Path, PathBuf};

/// Why a header, an import or a check could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something in a Rust file is wrong.
    #[error("{}:{line}: {message}", path.display())]
    Source {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A tool or a library failed.
    #[error("{tool}: {message}")]
    Tool {
        /// Which one.
        tool: &'static str,
        /// What it says.
        message: String,
    },
    /// It runs outside of a build script, or what Cargo tells those is not there.
    #[error("{0} is not set: this is for build scripts")]
    NotABuildScript(&'static str),
}

impl Error {
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Error {
        move |source| Error::Io { path: path.as_ref().to_owned(), source }
    }

    pub(crate) fn source(path: &Path, error: &syn::Error) -> Error {
        let line = error.span().start().line;
        Error::Source { path: path.to_owned(), line, message: error.to_string() }
    }

    pub(crate) fn tool(tool: &'static str) -> impl Fn(String) -> Error {
        move |message| Error::Tool { tool, message }
    }
}
