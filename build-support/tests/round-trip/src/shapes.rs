//! Types that C sees, by value and by pointer.

use std::ffi::{c_int, c_void};

use callgate::export_callback;

/// How many numbers [`Block`] has.
pub const NUMBERS: usize = HALF * 2;
const HALF: usize = 2;

/// Where something is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Up.
    pub y: f64,
    #[cfg(windows)]
    handle: usize,
}

/// What it is.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum Kind {
    /// Nothing to see.
    None,
    /// One.
    Dot = 4,
}

/// Numbers.
#[repr(C)]
pub struct Block {
    numbers: [i32; NUMBERS],
    kind: Kind,
    next: Option<Box<Block>>,
}

/// No type of C's signatures: it is in no header.
#[repr(C)]
pub struct Unused {
    x: i32,
}

/// Is called for each number.
pub type Visit = extern "C" fn(number: i32, user: *mut c_void) -> bool;

#[export_callback]
fn mirrored(point: Point, kind: Kind) -> Point {
    match kind {
        Kind::None => point,
        Kind::Dot => Point { x: -point.x, ..point },
    }
}

/// Visits each number until one is enough; the sum of those visited.
#[export_callback]
fn visit(block: &Block, visit: Option<Visit>, user: *mut c_void) -> c_int {
    let Some(visit) = visit else { return 0 };
    let mut sum = 0;
    for number in block.numbers {
        sum += number;
        if !visit(number, user) {
            break;
        }
    }
    sum
}
