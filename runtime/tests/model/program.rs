//! Random programs, and what they see.

use proptest::prelude::*;
use std::ffi::c_int;

pub type Body = Vec<Op>;

#[derive(Clone, Debug)]
pub enum Op {
    Yield,
    Sleep,
    Call(c_int),
    Leaf(c_int),
    Errno,
    Blocking(c_int),
    /// Unparks itself: the next `Park` doesn't wait.
    Token,
    Park,
    SetLocal(i64),
    GetLocal,
    Panic(i64),
    Catch(Body),
    Lock(Body),
    /// A call of C that calls back; the panic policy is `unwind` or `return`.
    Callback(bool, Body),
    /// Runs beside the rest of the body that it is in, and is joined at its end.
    Spawn(Body),
    Pinned(Body),
    /// A thread that calls back twice.
    Thread(Body, Body),
}

/// What a body saw, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Saw(i64),
    /// The end of something within it: its panic if it had one, and what it saw.
    Ended(Option<i64>, Vec<Event>),
}

pub fn program() -> impl Strategy<Value = Body> {
    let leaf = prop_oneof![
        3 => Just(Op::Yield),
        1 => Just(Op::Sleep),
        3 => (-9..9).prop_map(Op::Call),
        1 => (-9..9).prop_map(Op::Leaf),
        1 => Just(Op::Errno),
        1 => (-9..9).prop_map(Op::Blocking),
        2 => Just(Op::Token),
        3 => Just(Op::Park),
        2 => (1..100_i64).prop_map(Op::SetLocal),
        3 => Just(Op::GetLocal),
        1 => (1..100_i64).prop_map(Op::Panic),
    ];
    let op = leaf.prop_recursive(5, 48, 6, |op| {
        let body = || prop::collection::vec(op.clone(), 0..6);
        prop_oneof![
            2 => body().prop_map(Op::Catch),
            2 => body().prop_map(Op::Lock),
            4 => (any::<bool>(), body()).prop_map(|(unwinds, body)| Op::Callback(unwinds, body)),
            3 => body().prop_map(Op::Spawn),
            1 => body().prop_map(Op::Pinned),
            2 => (body(), body()).prop_map(|(first, second)| Op::Thread(first, second)),
        ]
    });
    prop::collection::vec(op, 0..8)
}
