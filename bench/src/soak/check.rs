//! What is counted and what is wrong.

use std::fmt::Debug;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

/// Operations that have ended.
pub static OPERATIONS: AtomicU64 = AtomicU64::new(0);

pub static VIOLATIONS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The payload of a panic that an operation asks for.
#[derive(Debug, PartialEq)]
pub struct Expected(pub u64);

/// So many violations are kept; more tell nothing new.
const KEPT: usize = 100;

/// Notes that something is wrong, and prints it.
pub fn violation(text: String) {
    eprintln!("violation: {text}");
    let mut all = VIOLATIONS.lock().unwrap_or_else(|e| e.into_inner());
    if all.len() < KEPT {
        all.push(text);
    }
}

/// Notes a violation if the two differ.
#[track_caller]
pub fn same<T: PartialEq + Debug>(what: &str, is: T, should_be: T) {
    if is != should_be {
        let at = std::panic::Location::caller();
        violation(format!("{what} is {is:?} and should be {should_be:?} ({at})"));
    }
}

/// A small generator (Knuth's MMIX constants): the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// A seed for another generator.
    pub fn seed(&mut self) -> u64 {
        self.below(1 << 31)
    }
}
