//! Every shape of C function, out to C and back in: by value, by reference, by each ABI.
// One symbol may be declared with two types that C can't tell apart: that is tested here.
#![allow(clashing_extern_declarations)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/panicking.rs"]
mod panicking;

mod abis;
mod args;
mod by_value;
mod linkage;
mod never;
mod pointers;
mod types;
