//! What C++ throws. Where there is no compiler for C++, nothing of this is there, and the build says so.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/panicking.rs"]
mod panicking;

callgate_test_c::with_cpp! {
    mod cpp;
}
