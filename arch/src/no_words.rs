//! For targets whose [`asmcgocall`](crate::asmcgocall) is as good a way to call a function that doesn't call
//! back: they have no other.

use crate::Context;
use core::ffi::c_void;
use core::mem::MaybeUninit;

/// Whether [`call_words`] is to be had.
pub const CALLS_WORDS: bool = false;

/// How many arguments [`call_words`] takes.
pub const WORD_ARGS: usize = 6;

/// Never called: [`CALLS_WORDS`] says so.
///
/// # Safety
/// None.
pub unsafe fn call_words(
    _: *mut Context,
    _: *const c_void,
    _: [MaybeUninit<u64>; WORD_ARGS],
) -> u64 {
    unreachable!("CALLS_WORDS is false")
}
