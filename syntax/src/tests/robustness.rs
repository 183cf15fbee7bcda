//! Whatever tokens they get, the macros don't panic, and what they write parses.

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use super::promise;
use super::tokens::{SAMPLES, options_and_item};

#[test]
fn any_tokens_keep_the_promise() {
    // The seed is fixed, so a change of the macros is all that can make this fail. What has failed
    // once is in `proptest-regressions` and runs first.
    let mut runner = TestRunner::new(Config {
        cases: 3_000,
        rng_seed: RngSeed::Fixed(0x9e37_79b9_7f4a_7c15),
        source_file: Some(file!()),
        test_name: Some("any_tokens_keep_the_promise"),
        ..Config::default()
    });
    let accepted = Cell::new(0);
    let tested = runner.run(&vec(any::<u8>(), 0..600), |bytes| {
        let (options, item) = options_and_item(&bytes).unwrap();
        accepted.set(accepted.get() + promise::hold(&options, &item));
        Ok(())
    });
    if let Err(TestError::Fail(reason, bytes)) = &tested {
        let (options, item) = options_and_item(bytes).unwrap();
        panic!("{reason}\nwith the options\n{options}\non\n{item}");
    }
    tested.unwrap();
    // Else the second half of the promise would go untested.
    assert!(accepted.get() > 200, "only {} accepted", accepted.get());
}

#[test]
fn every_sample_keeps_the_promise_with_every_options() {
    for (options, _) in SAMPLES {
        for (_, item) in SAMPLES {
            promise::hold(&options.parse().unwrap(), &item.parse().unwrap());
        }
    }
}

/// How each kind of type goes on inside itself.
const NESTINGS: [(&str, &str); 9] = [
    ("&", ""),
    ("*const ", ""),
    ("(", ")"),
    ("[", "; 1]"),
    ("Option<", ">"),
    ("Box<", ">"),
    ("for<'a> extern \"C\" fn(&'a u8, ", ")"),
    ("extern \"C\" fn() -> ", ""),
    ("Text<'_, ", ">"),
];

#[test]
fn deep_types_are_no_deeper_for_us_than_for_syn() {
    const DEPTH: usize = 400;
    let deep = || {
        for (open, close) in NESTINGS {
            let ty = format!("{}u8{}", open.repeat(DEPTH), close.repeat(DEPTH));
            let foreign = format!("unsafe extern \"C\" {{ fn f(x: {ty}) -> {ty}; }}");
            let export = format!("fn f(x: {ty}) -> {ty} {{ x }}");
            for item in [foreign, export] {
                promise::hold(&TokenStream::new(), &item.parse().unwrap());
            }
        }
    };
    // `syn` descends as deep; its frames are what the stack is for.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(deep).unwrap();
    thread.join().unwrap();
}

#[test]
fn invisible_groups_pass_through() {
    fn in_groups(tokens: TokenStream) -> TokenStream {
        let grouped = |token| {
            let token = match token {
                TokenTree::Group(group) => {
                    Group::new(group.delimiter(), in_groups(group.stream())).into()
                }
                other => other,
            };
            match token {
                // What `macro_rules!` puts into such groups: types, expressions, literals.
                TokenTree::Ident(ref ident) if ident == "c_int" || ident == "x" => {
                    Group::new(Delimiter::None, token.into()).into()
                }
                TokenTree::Literal(_) => Group::new(Delimiter::None, token.into()).into(),
                other => other,
            }
        };
        tokens.into_iter().map(grouped).collect()
    }
    let foreign = "unsafe extern \"C\" { fn f(y: c_int, z: *const c_int) -> c_int; }";
    let export = "fn f(y: c_int) -> c_int { y + 1 }";
    for (options, item) in [("", foreign), ("io", foreign), ("panic = return(x)", export)] {
        let (options, item) = (options.parse().unwrap(), item.parse().unwrap());
        assert_eq!(promise::hold(&in_groups(options), &in_groups(item)), 1);
    }
}
