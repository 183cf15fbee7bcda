//! The front end for a fuzzer. Its modules are private in their own crate, so this one has the same
//! as `src/lib.rs`, from the same files, and what the unit tests there use to make tokens and to judge
//! what becomes of them.

// What only code generators use.
#![allow(dead_code)]

#[path = "../src/attributes.rs"]
mod attributes;
#[path = "../src/diagnostics.rs"]
mod diagnostics;
#[path = "../src/export/mod.rs"]
mod export;
#[path = "../src/foreign/mod.rs"]
mod foreign;
#[path = "../src/frame.rs"]
mod frame;
#[path = "../src/item_fn.rs"]
mod item_fn;
#[path = "../src/item_kind.rs"]
mod item_kind;
#[path = "../src/lifetimes.rs"]
mod lifetimes;
#[path = "../src/main_attr.rs"]
mod main_attr;
#[path = "../src/options.rs"]
mod options;
#[path = "../src/recover.rs"]
mod recover;
#[path = "../src/signature.rs"]
mod signature;
#[path = "../src/types.rs"]
mod types;

#[path = "../src/tests/items.rs"]
mod items;
#[path = "../src/tests/promise.rs"]
pub mod promise;
#[path = "../src/tests/tokens.rs"]
pub mod tokens;

use proc_macro2::{TokenStream, TokenTree};

/// Whether `tokens` are few enough for `syn`, which descends into them with a frame for each level
/// and, out of stack, would end the run.
#[must_use]
pub fn shallow(tokens: &TokenStream) -> bool {
    fn count(tokens: TokenStream, left: &mut usize) {
        for token in tokens {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return;
            }
            if let TokenTree::Group(group) = token {
                count(group.stream(), left);
            }
        }
    }
    let mut left = 600;
    count(tokens.clone(), &mut left);
    left > 0
}
