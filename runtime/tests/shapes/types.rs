//! The types of `c/shapes/table.h`: what `c/shapes/types.h` and the first half of `by_value.c` are in C.
#![allow(non_camel_case_types, dead_code, unused_imports)] // these are C's names

pub use level::{High, Low};
pub use libc::{intptr_t, ptrdiff_t, size_t, ssize_t, uintptr_t, wchar_t};
pub use std::ffi::{
    c_char, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong, c_ulonglong,
    c_ushort, c_void,
};
pub use {colour::*, sign::*};

pub type address = *mut c_void;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum colour {
    Red,
    Green,
    Blue,
}

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum level {
    Low = 1,
    High = 255,
}

#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum sign {
    Minus = -1,
    Nought,
    Plus,
}

pub fn at(address: usize) -> address {
    std::ptr::without_provenance_mut(address)
}

pub fn i128_of(high: u64, low: u64) -> i128 {
    u128_of(high, low) as i128
}

pub fn u128_of(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

pub fn f32_of(bits: u32) -> f32 {
    f32::from_bits(bits)
}

pub fn f64_of(bits: u64) -> f64 {
    f64::from_bits(bits)
}

/// What can be compared bit by bit: nothing in it is padding.
///
/// # Safety
/// Every byte of a value is initialized.
pub unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($ty:ty)*) => { $(
        // SAFETY: a scalar has no padding.
        unsafe impl Plain for $ty {}
    )* };
}
plain!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize i128 u128 f32 f64 bool address colour level sign);

// SAFETY: an array has no padding but its elements'.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Whether two values are the same bits: also for NaNs and zeros with a sign.
pub fn same<T: Plain>(a: T, b: T) -> bool {
    fn bytes<T: Plain>(x: &T) -> &[u8] {
        // SAFETY: these are the bytes of `x`, and all are initialized.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(x).cast(), size_of::<T>()) }
    }
    bytes(&a) == bytes(&b)
}

/// A field's type.
macro_rules! ty {
    (F $ty:ident $($rest:tt)*) => {
        $ty
    };
    (A $ty:ident, $n:literal $($rest:tt)*) => {
        [$ty; $n]
    };
    (AA $ty:ident, $n:literal, $m:literal $($rest:tt)*) => {
        [[$ty; $m]; $n]
    };
    (S $shape:ident) => {
        super::$shape::T
    };
}

/// A field's first or second value.
macro_rules! field_value {
    ($which:ident F $ty:ident, $one:expr, $two:expr) => { if $which == 1 { $one } else { $two } };
    ($which:ident A $ty:ident, $n:literal, ($($one:expr),*), ($($two:expr),*)) => {
        if $which == 1 { [$($one),*] } else { [$($two),*] }
    };
    ($which:ident AA $ty:ident, $n:literal, $m:literal, ($($one:expr),*), ($($two:expr),*)) => {{
        let all: [$ty; $n * $m] = if $which == 1 { [$($one),*] } else { [$($two),*] };
        std::array::from_fn(|row| std::array::from_fn(|column| all[row * $m + column]))
    }};
    ($which:ident S $shape:ident) => { super::$shape::value($which) };
}

/// Whether a field is not as in the value `which`.
macro_rules! field_wrong {
    ($which:ident, $got:expr, $want:expr, S $shape:ident) => {
        super::$shape::wrong($got, $which) != 0
    };
    ($which:ident, $got:expr, $want:expr, $($scalars:tt)*) => {
        !same($got, $want)
    };
}

/// `value` and `wrong` of a shape, as in C.
macro_rules! struct_of {
    ([$($repr:tt)*] $($kind:ident($ty:ident, $field:ident $($rest:tt)*))*) => {
        #[repr($($repr)*)]
        #[derive(Clone, Copy)]
        pub struct T {
            $(pub $field: ty!($kind $ty $($rest)*),)*
        }
        pub fn value(which: c_int) -> T {
            T { $($field: field_value!(which $kind $ty $($rest)*),)* }
        }
        pub fn wrong(x: T, which: c_int) -> c_int {
            let want = value(which);
            let _ = want; // a struct of shapes compares no field here
            let wrong =
                [$(field_wrong!(which, { x.$field }, { want.$field }, $kind $ty $($rest)*)),*];
            wrong.iter().position(|wrong| *wrong).map_or(0, |at| at as c_int + 1)
        }
    };
}

macro_rules! union_of {
    (
        $first:ident($ty:ident, $counts:ident $($values:tt)*)
        $($kind:ident($other_ty:ident, $field:ident $($rest:tt)*))*
    ) => {
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub union T {
            pub $counts: ty!($first $ty $($values)*),
            $(pub $field: ty!($kind $other_ty $($rest)*),)*
        }
        pub fn value(which: c_int) -> T {
            T { $counts: field_value!(which $first $ty $($values)*) }
        }
        pub fn wrong(x: T, which: c_int) -> c_int {
            // SAFETY: the first field is the one that was written, here and in C.
            let (x, want) = unsafe { (x.$counts, value(which).$counts) };
            let _ = want;
            field_wrong!(which, x, want, $first $ty $($values)*).into()
        }
    };
}

macro_rules! shape {
    (SCALAR $ty:ident, $one:expr, $two:expr) => {
        pub type T = $ty;
        pub fn value(which: c_int) -> T {
            if which == 1 { $one } else { $two }
        }
        pub fn wrong(x: T, which: c_int) -> c_int {
            (!same(x, value(which))).into()
        }
    };
    (STRUCT $($fields:tt)*) => { struct_of! { [C] $($fields)* } };
    (PACKED $($fields:tt)*) => { struct_of! { [C, packed] $($fields)* } };
    (ALIGNED $n:literal, $($fields:tt)*) => { struct_of! { [C, align($n)] $($fields)* } };
    (UNION $($fields:tt)*) => { union_of! { $($fields)* } };
}

macro_rules! shapes {
    ($($kind:ident($name:ident, $($rest:tt)*))*) => {
        $(pub mod $name {
            use super::*;
            shape! { $kind $($rest)* }
        })*
    };
}
callgate_test_c::each_shape!(shapes);
