//! Two real libraries in full: every function of SQLite and of zlib, each library one block under
//! `#[foreign_call]`.
//!
//! `src/*/functions.rs` are generated, by
//!
//! ```sh
//! cargo run -p callgate-headers --bin declare
//! ```
//!
//! from the header that the bundled library ships and from `src/*/functions.txt`, which says how
//! the functions are grouped and with which options each is declared. What the tests check:
//! - the files are what the command would write, so each type is the header's;
//! - every function of the header is declared;
//! - every declared function links, but those that the build of the library leaves out, which are
//!   listed with the compile option that would put them in;
//! - a good part of them does what its documentation says, from many Gs, and calls back.

pub mod generate;
pub mod header;
pub mod sqlite;
pub mod table;
pub mod zlib;

/// What a generated file is made of.
pub struct Library {
    /// Its name, for messages.
    pub name: &'static str,
    /// The path of its header.
    pub header: &'static str,
    /// What the header writes before each public function.
    pub mark: &'static str,
    /// The table of options.
    pub table: &'static str,
    /// The path of the generated file.
    pub output: &'static str,
    /// The text of the generated file when this crate was built.
    pub generated: &'static str,
}

macro_rules! library {
    ($name:literal, $header:literal, $mark:literal) => {
        Library {
            name: $name,
            header: env!($header),
            mark: $mark,
            table: include_str!(concat!($name, "/functions.txt")),
            output: concat!(env!("CARGO_MANIFEST_DIR"), "/src/", $name, "/functions.rs"),
            generated: include_str!(concat!($name, "/functions.rs")),
        }
    };
}

/// SQLite.
pub const SQLITE: Library = library!("sqlite", "HEADER_SQLITE3", "SQLITE_API");

/// zlib.
pub const ZLIB: Library = library!("zlib", "HEADER_Z", "ZEXTERN");
