//! The C functions that the integration tests of `callgate` call, and are called back by. Nothing
//! here is Rust code: a test links them by `use callgate_test_c as _;` and declares what it needs.
//! Only the table of shapes is given on to Rust, as the macro [`each_shape!`], and the C compiler.
#![no_std]

include!(concat!(env!("OUT_DIR"), "/each_shape.rs"));

/// The C compiler.
pub const CC: &str = env!("CALLGATE_TEST_CC");

/// Items that need what was compiled from C++.
#[cfg(not(no_cpp))]
#[macro_export]
macro_rules! with_cpp {
    ($($item:item)*) => { $($item)* };
}

/// Items that need what was compiled from C++: there is no compiler for it here.
#[cfg(no_cpp)]
#[macro_export]
macro_rules! with_cpp {
    ($($item:item)*) => {};
}
