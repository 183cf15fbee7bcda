//! Each shape of the table as arguments and results, wherever registers run out, to C and back.

use crate::common::begin;
use crate::panicking::everywhere;
use crate::types;
use std::ffi::c_int;

/// The functions of one shape, foreign and exported; `by_value.c` has the same.
macro_rules! functions {
    ($name:ident, $abi:tt, $prefix:literal) => {
        mod $name {
            use super::*;
            use types::$name::{T, value, wrong};

            #[callgate::foreign_call]
            unsafe extern $abi {
                #[link_name = concat!($prefix, stringify!($name), "_size")]
                safe fn size() -> usize;
                #[link_name = concat!($prefix, stringify!($name), "_trade")]
                safe fn c_trade(x: T, wrong: &mut c_int) -> T;
                #[link_name = concat!($prefix, stringify!($name), "_after5")]
                safe fn c_after5(a: i32, b: i64, c: i32, d: i64, e: i32, x: T, f: i32) -> c_int;
                #[link_name = concat!($prefix, stringify!($name), "_after6")]
                safe fn c_after6(
                    a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, x: T, g: i32,
                ) -> c_int;
                #[link_name = concat!($prefix, stringify!($name), "_after7")]
                safe fn c_after7(
                    a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, g: i8, x: T, h: i32,
                ) -> c_int;
                #[link_name = concat!($prefix, stringify!($name), "_after_floats")]
                safe fn c_after_floats(
                    a: f64, b: f64, c: f64, d: f32, e: f64, f: f64, g: f64, x: T, y: T, h: f32,
                ) -> c_int;
                #[link_name = concat!($prefix, stringify!($name), "_among")]
                safe fn c_among(
                    a: f32, x: T, b: i8, y: T, c: f64, d: u64, z: T, wrong: &mut c_int,
                ) -> T;
                #[link_name = concat!($prefix, stringify!($name), "_calls")]
                safe fn c_calls(
                    trade: extern $abi fn(T, &mut c_int) -> T,
                    after5: extern $abi fn(i32, i64, i32, i64, i32, T, i32) -> c_int,
                    after6: extern $abi fn(i32, i64, i32, i64, i32, i64, T, i32) -> c_int,
                    after7: extern $abi fn(i32, i64, i32, i64, i32, i64, i8, T, i32) -> c_int,
                    after_floats: extern $abi fn(
                        f64, f64, f64, f32, f64, f64, f64, T, T, f32,
                    ) -> c_int,
                    among: extern $abi fn(f32, T, i8, T, f64, u64, T, &mut c_int) -> T,
                ) -> c_int;
            }

            #[callgate::export_callback(private)]
            extern $abi fn trade(x: T, is_wrong: &mut c_int) -> T {
                *is_wrong = wrong(x, 1);
                value(2)
            }

            #[callgate::export_callback(private)]
            extern $abi fn after5(a: i32, b: i64, c: i32, d: i64, e: i32, x: T, f: i32) -> c_int {
                check(&[
                    c_int::from((a, b, c, d, e) != (1, 2, 3, 4, 5)), 0, 0, 0, 0,
                    wrong(x, 1), c_int::from(f != -1),
                ])
            }

            #[callgate::export_callback(private)]
            extern $abi fn after6(
                a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, x: T, g: i32,
            ) -> c_int {
                check(&[
                    c_int::from((a, b, c, d, e, f) != (1, 2, 3, 4, 5, 6)), 0, 0, 0, 0, 0,
                    wrong(x, 1), c_int::from(g != -1),
                ])
            }

            #[callgate::export_callback(private)]
            extern $abi fn after7(
                a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, g: i8, x: T, h: i32,
            ) -> c_int {
                check(&[
                    c_int::from((a, b, c, d, e, f, g) != (1, 2, 3, 4, 5, 6, 7)), 0, 0, 0, 0, 0, 0,
                    wrong(x, 1), c_int::from(h != -1),
                ])
            }

            #[callgate::export_callback(private)]
            extern $abi fn after_floats(
                a: f64, b: f64, c: f64, d: f32, e: f64, f: f64, g: f64, x: T, y: T, h: f32,
            ) -> c_int {
                check(&[
                    c_int::from((a, b, c, d, e, f, g) != (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)),
                    0, 0, 0, 0, 0, 0, wrong(x, 1), wrong(y, 2), c_int::from(h != -0.5),
                ])
            }

            #[callgate::export_callback(private)]
            extern $abi fn among(
                a: f32, x: T, b: i8, y: T, c: f64, d: u64, z: T, is_wrong: &mut c_int,
            ) -> T {
                *is_wrong = check(&[
                    c_int::from(a != 0.5), wrong(x, 1), c_int::from(b != -7), wrong(y, 2),
                    c_int::from(c != -1.5), c_int::from(d != 0xfedcba9876543210), wrong(z, 1),
                ]);
                value(2)
            }

            fn both_ways() {
                assert_eq!(size(), size_of::<T>() * 1000 + align_of::<T>(), "size and alignment");
                let (x, y) = (value(1), value(2));
                let mut c_says = -1;
                let result = c_trade(x, &mut c_says);
                assert_eq!((c_says, wrong(result, 2)), (0, 0), "trade");
                assert_eq!(c_after5(1, 2, 3, 4, 5, x, -1), 0, "after5");
                assert_eq!(c_after6(1, 2, 3, 4, 5, 6, x, -1), 0, "after6");
                assert_eq!(c_after7(1, 2, 3, 4, 5, 6, 7, x, -1), 0, "after7");
                let c_says_of_floats = c_after_floats(1., 2., 3., 4., 5., 6., 7., x, y, -0.5);
                assert_eq!(c_says_of_floats, 0, "after_floats");
                c_says = -1;
                let d = 0xfedcba9876543210;
                let result = c_among(0.5, x, -7, y, -1.5, d, x, &mut c_says);
                assert_eq!((c_says, wrong(result, 2)), (0, 0), "among");
                assert_eq!(c_calls(trade, after5, after6, after7, after_floats, among), 0, "calls");
            }

            #[test]
            fn $name() {
                let _test = begin();
                both_ways();
                everywhere(both_ways);
            }
        }
    };
}

pub(crate) use functions;

/// 0 if nothing is wrong, else a number that tells what: as `CHECK` in C.
pub fn check(wrong: &[c_int]) -> c_int {
    let found = wrong.iter().zip(1..).find(|(wrong, _)| **wrong != 0);
    found.map_or(0, |(wrong, argument)| 100 * argument + wrong)
}

mod c {
    use super::*;
    macro_rules! shapes {
        ($($kind:ident($name:ident, $($rest:tt)*))*) => {
            $(functions! { $name, "C", "c_" })*
        };
    }
    callgate_test_c::each_shape!(shapes);
}

/// Windows' convention on any x86-64, as GCC's and clang's `ms_abi`.
#[cfg(target_arch = "x86_64")]
mod win64 {
    use super::*;
    macro_rules! shapes {
        ($($kind:ident($name:ident, $($rest:tt)*))*) => {
            $(functions! { $name, "win64", "win64_" })*
        };
    }
    callgate_test_c::each_shape!(shapes);
}
