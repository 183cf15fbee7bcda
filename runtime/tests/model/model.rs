//! What a program must do, by plain code.

use crate::program::{
    Event::{self, Ended, Saw},
    Op,
};
use callgate::Metrics;

/// Numbers of the whole program that `metrics` must agree with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub foreign_calls: u64,
    pub callbacks: u64,
    pub threads: u64,
}

impl Counts {
    pub fn between(before: &Metrics, after: &Metrics) -> Self {
        Counts {
            foreign_calls: after.foreign_calls - before.foreign_calls,
            callbacks: after.callbacks - before.callbacks,
            threads: after.needm - before.needm,
        }
    }
}

/// A G as the model knows it.
#[derive(Default)]
pub struct G {
    local: i64,
    pub saw: Vec<Event>,
}

/// What `body` does in `g`: its panic, if it has one.
pub fn model(body: &[Op], g: &mut G, counts: &mut Counts) -> Option<i64> {
    let mut spawned = Vec::new();
    for op in body {
        let panic = match op {
            Op::Yield | Op::Sleep | Op::Token | Op::StayLocked => None,
            Op::Park => {
                g.saw.push(Saw(1));
                None
            }
            Op::Call(x) | Op::Blocking(x) => {
                counts.foreign_calls += 1;
                g.saw.push(Saw(i64::from(x.abs())));
                None
            }
            Op::Leaf(x) => {
                g.saw.push(Saw(i64::from(x.abs())));
                None
            }
            Op::Errno => {
                counts.foreign_calls += 1;
                g.saw.push(Saw(i64::from(libc::EBADF)));
                None
            }
            Op::SetLocal(x) => {
                g.local = *x;
                None
            }
            Op::GetLocal => {
                g.saw.push(Saw(g.local));
                None
            }
            Op::Panic(x) => Some(*x),
            Op::Catch(body) => {
                let panic = model(body, g, counts);
                g.saw.push(Ended(panic, vec![]));
                None
            }
            Op::Lock(body) => model(body, g, counts),
            Op::Callback(_, body) => {
                counts.foreign_calls += 1;
                counts.callbacks += 1;
                model(body, g, counts)
            }
            Op::Spawn(body) => {
                let mut other = G::default();
                let panic = model(body, &mut other, counts);
                spawned.push(Ended(panic, other.saw));
                None
            }
            Op::Pinned(body) => {
                let mut other = G::default();
                let panic = model(body, &mut other, counts);
                g.saw.push(Ended(panic, other.saw));
                None
            }
            Op::Thread(first, second) => {
                // The G of a foreign thread is the same in each of its callbacks.
                let mut other = G::default();
                for body in [first, second] {
                    counts.callbacks += 1;
                    let panic = model(body, &mut other, counts);
                    other.saw.push(Ended(panic, vec![]));
                }
                counts.threads += 1;
                counts.foreign_calls += 1; // waits for it in `blocking`
                g.saw.push(Ended(None, other.saw));
                None
            }
        };
        if panic.is_some() {
            return panic;
        }
    }
    g.saw.extend(spawned);
    None
}
