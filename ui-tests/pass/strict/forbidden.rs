//! Every lint of `rustc` that expansions could meet, forbidden. `src/lib.rs` does so for clippy's.

#![forbid(
    unsafe_op_in_unsafe_fn,
    unused_unsafe,
    unused_qualifications,
    unused_variables,
    unused_lifetimes,
    unused_results,
    unused_parens,
    unused_braces,
    unused_mut,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    missing_docs,
    non_snake_case,
    non_camel_case_types,
    non_upper_case_globals,
    unreachable_pub,
    unreachable_code,
    improper_ctypes,
    improper_ctypes_definitions,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    redundant_lifetimes,
    unit_bindings,
    variant_size_differences,
    dead_code,
    keyword_idents,
    rust_2018_idioms,
    rust_2024_compatibility,
    nonstandard_style,
    warnings
)]

#[path = "../../src/strict.rs"]
pub mod strict;

use strict::{declared, exported};

/// More arguments than clippy bears.
pub mod many {
    use core::ffi::c_int;

    #[callgate::foreign_call]
    unsafe extern "C" {
        /// To C.
        #[link_name = "getpid"]
        pub safe fn call(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> c_int;
    }

    /// From C.
    #[callgate::export_callback(private)]
    pub fn callback(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
        a + b + c + d + e + f + g + h
    }
}

#[callgate::main]
fn main() {
    assert_eq!(declared::abs(-1), 1);
    assert_eq!(declared::LongAbs(-1), 1);
    assert_eq!(exported::add(1, 2), 3);
    assert!(many::call(1, 1, 1, 1, 1, 1, 1, 1) > 0);
    assert_eq!(many::callback(1, 1, 1, 1, 1, 1, 1, 1), 8);
}
