//! The whole way: Rust, its header, what is imported of that, and by it the same Rust.

#![cfg(feature = "import")]

use callgate_round_trip::imported::{
    Block, Kind_Dot, Kind_None, Point, engine_faster, engine_free, engine_new, mirrored, visit,
};
use std::ffi::c_void;

extern "C" fn until_three(number: i32, _: *mut c_void) -> bool {
    number < 3
}

#[test]
fn what_rust_exports_comes_back() {
    let block = Block { numbers: [1, 2, 3, 4], kind: Kind_None, next: std::ptr::null_mut() };
    // SAFETY: each gets what its Rust asks for.
    unsafe {
        assert_eq!(mirrored(Point { x: 1.5, y: 2.0 }, Kind_Dot).x, -1.5);
        assert_eq!(visit(&block, Some(until_three), std::ptr::null_mut()), 6);
        let engine = engine_new();
        assert_eq!(engine_faster(engine, 3), 3);
        engine_free(engine);
    }
}
