//! Was the machine left to us while we measured?
//!
//! A fixed piece of work is timed before and after each measurement. When it takes much longer than
//! the fastest of the whole run, something else had the processor, or the processor's other thread,
//! and the measurement is marked as disturbed.

use std::hint::black_box;
use std::time::Instant;

/// Steps of the work: about 5 ms.
const STEPS: u64 = 4_000_000;
/// How much longer than the fastest is still undisturbed.
const SLACK: f64 = 1.15;

/// Times the work, in nanoseconds.
pub fn probe() -> f64 {
    let start = Instant::now();
    let mut x = black_box(1_u64);
    for _ in 0..STEPS {
        x = (x ^ (x >> 29)).wrapping_mul(6_364_136_223_846_793_005);
    }
    black_box(x);
    start.elapsed().as_nanos() as f64
}

/// Whether a measurement between two probes that took `probes` was disturbed, with the fastest of all.
pub fn disturbed(probes: [f64; 2], fastest: f64) -> bool {
    probes.iter().any(|took| *took > fastest * SLACK)
}

#[cfg(test)]
mod tests {
    use super::disturbed;

    #[test]
    fn one_slow_probe_disturbs() {
        assert!(!disturbed([1.0, 1.1], 1.0));
        assert!(disturbed([1.0, 1.5], 1.0));
        assert!(disturbed([2.0, 1.0], 1.0));
    }
}
