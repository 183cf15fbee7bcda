//! The first line is the options, the rest is the item.

#![no_main]

use callgate_macros_fuzz::{promise, shallow};
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| {
    let (options, item) = text.split_once('\n').unwrap_or(("", text));
    if let (Ok(options), Ok(item)) = (options.parse::<TokenStream>(), item.parse::<TokenStream>())
        && shallow(&options)
        && shallow(&item)
    {
        promise::hold(&options, &item);
    }
});
