//! Functions of 0 to 32 arguments, integers and floats by turns.

use crate::common::begin;
use crate::panicking::everywhere;
use std::ffi::c_int;

/// The functions of one number of arguments, and their test.
macro_rules! functions {
    ($name:ident $(($arg:ident $ty:ident $i:literal))*) => {
        mod $name {
            use super::*;

            #[callgate::foreign_call]
            unsafe extern "C" {
                #[link_name = concat!("test_", stringify!($name))]
                safe fn out($($arg: $ty),*) -> c_int;
                #[link_name = concat!("test_call_", stringify!($name))]
                safe fn call(f: extern "C" fn($($ty),*) -> c_int) -> c_int;
            }

            #[callgate::export_callback(private)]
            fn back($($arg: $ty),*) -> c_int {
                $(if $arg != (3 * $i + 1) as $ty {
                    return $i + 1;
                })*
                0
            }

            #[test]
            fn $name() {
                let _test = begin();
                let both_ways = || {
                    assert_eq!(out($((3 * $i + 1) as $ty),*), 0, "out to C");
                    assert_eq!(call(back), 0, "back from C");
                };
                both_ways();
                everywhere(both_ways);
            }
        }
    };
}

/// One function for each beginning of the list.
macro_rules! each_count {
    ([$($before:tt)*]) => {};
    ([$($before:tt)*] $name:ident $arg:tt $($rest:tt)*) => {
        functions! { $name $($before)* $arg }
        each_count! { [$($before)* $arg] $($rest)* }
    };
}

functions! { args_0 }
each_count! { []
    args_1 (a0 i32 0)
    args_2 (a1 f64 1)
    args_3 (a2 i64 2)
    args_4 (a3 f32 3)
    args_5 (a4 u8 4)
    args_6 (a5 f64 5)
    args_7 (a6 i16 6)
    args_8 (a7 u64 7)
    args_9 (a8 f32 8)
    args_10 (a9 i8 9)
    args_11 (a10 f64 10)
    args_12 (a11 u32 11)
    args_13 (a12 f32 12)
    args_14 (a13 i128 13)
    args_15 (a14 f64 14)
    args_16 (a15 f32 15)
    args_17 (a16 i32 16)
    args_18 (a17 f64 17)
    args_19 (a18 f32 18)
    args_20 (a19 i64 19)
    args_21 (a20 u16 20)
    args_22 (a21 f64 21)
    args_23 (a22 i8 22)
    args_24 (a23 u128 23)
    args_25 (a24 f32 24)
    args_26 (a25 i16 25)
    args_27 (a26 f64 26)
    args_28 (a27 i32 27)
    args_29 (a28 u8 28)
    args_30 (a29 f32 29)
    args_31 (a30 u64 30)
    args_32 (a31 f64 31)
}
