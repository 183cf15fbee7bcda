//! The macros as functions from tokens to tokens: what they write, and what they do with whatever
//! they get. What `rustc` makes of the result is tested in `ui-tests`.

mod expansions;
mod items;
mod promise;
mod robustness;
mod tokens;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;

#[test]
fn every_mistake_is_reported() {
    let item = "extern \"C\" { fn a(x: String, y: &str); fn b(x: u8, ...); fn c() { } fn d(u8); fn e<T>(); }";
    let output: TokenStream =
        crate::foreign::foreign_call("erno".parse().unwrap(), item.parse().unwrap());
    assert_eq!(output.to_string().matches("compile_error").count(), 8, "{output}");
}

#[test]
fn fuzzing_has_every_module() {
    let modules = |text: &'static str| -> BTreeSet<&str> {
        let declared = |line: &'static str| line.strip_prefix("mod ")?.strip_suffix(';');
        text.lines().filter_map(declared).collect()
    };
    let (ours, fuzzed) =
        (modules(include_str!("../lib.rs")), modules(include_str!("../../fuzz/macros.rs")));
    let missing: Vec<_> = ours.difference(&fuzzed).filter(|name| **name != "tests").collect();
    assert!(missing.is_empty(), "syntax/fuzz/macros.rs lacks {missing:?}");
}
