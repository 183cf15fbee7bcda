//! Bytes choose a program of operations.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    callgate_fuzz::sequence(bytes);
});
