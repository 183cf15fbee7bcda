//! The header, back in Rust.
#![allow(missing_docs, non_upper_case_globals)]

include!(concat!(env!("OUT_DIR"), "/imported.rs"));
