//! Programs that bytes choose, run by callgate and compared with the model of `runtime/tests/model`, from
//! the same files.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/model/compare.rs"]
mod compare;
#[path = "../tests/model/model.rs"]
mod model;
#[path = "../tests/model/program.rs"]
mod program;
#[path = "../tests/model/running.rs"]
mod running;

use callgate_test_c as _;
use program::{Body, Op};
use std::slice::Iter;

/// Operations of one program, so that none takes long.
const MAX_OPERATIONS: u32 = 40;
/// How deep they lie in one another.
const MAX_DEPTH: u32 = 6;

/// Runs the program that `bytes` choose, on the only thread that uses callgate. Whether it panicked, and
/// how many threads called back in it.
///
/// # Panics
/// If it does something else than the model.
pub fn sequence(bytes: &[u8]) -> (bool, u64) {
    compare::start();
    let program = body(&mut bytes.iter(), 0, &mut MAX_OPERATIONS.clone());
    match compare::compare(&program) {
        Ok(seen) => (seen.panicked, seen.threads),
        Err(difference) => panic!("{difference}\nThe program: {program:#?}"),
    }
}

/// A byte for each operation, one for its number if it has one, and one for the end of what lies in it.
fn body(bytes: &mut Iter<'_, u8>, depth: u32, left: &mut u32) -> Body {
    let mut operations = Vec::new();
    while *left > 0
        && let Some(byte) = bytes.next()
    {
        *left -= 1;
        let simple = if depth < MAX_DEPTH { 19 } else { 12 };
        let number = |bytes: &mut Iter<'_, u8>| bytes.next().map_or(1, |n| i32::from(n % 99) + 1);
        operations.push(match byte % simple {
            0 => break,
            1 => Op::Yield,
            2 => Op::Sleep,
            3 => Op::Call(-number(bytes)),
            4 => Op::Leaf(-number(bytes)),
            5 => Op::Errno,
            6 => Op::Blocking(-number(bytes)),
            7 => Op::Token,
            8 => Op::Park,
            9 => Op::SetLocal(number(bytes).into()),
            10 => Op::GetLocal,
            11 => Op::StayLocked,
            12 => Op::Catch(body(bytes, depth + 1, left)),
            13 => Op::Lock(body(bytes, depth + 1, left)),
            14 => Op::Callback(byte / 19 % 2 == 0, body(bytes, depth + 1, left)),
            15 => Op::Spawn(body(bytes, depth + 1, left)),
            16 => Op::Pinned(body(bytes, depth + 1, left)),
            17 => Op::Thread(body(bytes, depth + 1, left), body(bytes, depth + 1, left)),
            _ => Op::Panic(number(bytes).into()),
        });
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::common::alone;
    use super::sequence;
    use std::fs;

    /// One test, on one thread: the counts are those of all threads.
    #[test]
    fn what_the_corpus_and_other_bytes_choose() {
        let _test = alone();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/sequences");
        let corpus =
            fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
        let mut x = 0x9e37_79b9_u32;
        let mut random = || {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            x.to_le_bytes()[1]
        };
        let others = (0..300).map(|_| {
            let len = random() % 100;
            (0..len).map(|_| random()).collect::<Vec<_>>()
        });
        let (mut panics, mut threads) = (0, 0);
        for bytes in corpus.chain(others) {
            let (panicked, its) = sequence(&bytes);
            panics += u32::from(panicked);
            threads += its;
        }
        assert!(panics > 20 && threads > 50, "{panics} panics, {threads} threads");
    }
}
