//! Bytes choose what the generator of the unit tests makes: tokens that text can't give, and items
//! that are nearly right.

#![no_main]

use callgate_macros_fuzz::{promise, shallow, tokens};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((options, item)) = tokens::options_and_item(bytes)
        && shallow(&options)
        && shallow(&item)
    {
        promise::hold(&options, &item);
    }
});
