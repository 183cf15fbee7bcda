//! By the C ABI alone: a function type for each number of arguments.

use super::MAX_ARGS;
use core::ffi::c_void;

/// What a call leaves in the first two registers for results. A result of two words is passed in them
/// by the C ABI of each target that this file is for.
#[cfg(target_pointer_width = "64")]
#[repr(C)]
struct Pair(usize, usize);

#[cfg(target_pointer_width = "64")]
impl Pair {
    fn words(self) -> (usize, usize) {
        (self.0, self.1)
    }
}

/// Where a struct of two words goes to memory, a number of two words doesn't.
#[cfg(target_pointer_width = "32")]
#[repr(transparent)]
struct Pair(u64);

#[cfg(target_pointer_width = "32")]
impl Pair {
    fn words(self) -> (usize, usize) {
        (self.0 as usize, (self.0 >> 32) as usize)
    }
}

/// `match` on the number of arguments, with an arm for each.
macro_rules! call {
    ($f:ident $args:ident: $($arms:tt)*) => { call!(@ $f $args [] [] $($arms)*) };
    (@ $f:ident $args:ident [$($arm:tt)*] [$($i:literal)*]) => {
        match $args.len() {
            $($arm)*
            _ => panic!("more than {MAX_ARGS} arguments"),
        }
    };
    (@ $f:ident $args:ident [$($arm:tt)*] [$($i:literal)*] $n:literal $($rest:literal)*) => {
        call!(@ $f $args [
            $($arm)*
            $n => {
                // SAFETY: the caller's promise, of the function's type and of the call.
                unsafe {
                    let f: unsafe extern "C-unwind" fn($(call!(usize $i)),*) -> Pair =
                        core::mem::transmute($f);
                    f($($args[$i]),*)
                }
            }
        ] [$($i)* $n] $($rest)*)
    };
    (usize $i:literal) => { usize };
}

/// Calls the C function `f` with words for arguments; returns what is in the first two registers for
/// results. The second is the function's only if its result is of two words.
///
/// # Panics
/// With more than [`MAX_ARGS`] arguments.
///
/// # Safety
/// `f` is a function of the C ABI with so many arguments, each an integer or a pointer, and is sound to
/// call with these on the stack in use.
#[inline(never)]
pub unsafe fn call_n(f: *const c_void, args: &[usize]) -> (usize, usize) {
    #[rustfmt::skip]
    let pair = call!(f args: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26
        27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42);
    pair.words()
}
