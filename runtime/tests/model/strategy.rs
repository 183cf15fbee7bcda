//! Random programs.

use crate::program::{Body, Op};
use proptest::prelude::*;

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
        1 => Just(Op::StayLocked),
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
