//! One round: Gs, foreign threads and a storm of short Gs, all of which end with it.

use super::check::{Random, same};
use super::operations::{entered, operate, spawner};
use super::{abort, operations};
use std::thread;

const GS: u64 = 48;
const OPERATIONS: u32 = 100;
const FOREIGN_THREADS: u64 = 4;
const STORM: u64 = 2_000;

pub fn run(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    // Threads that the runtime has never seen come before, and go after, the Gs.
    let foreign: Vec<_> = (0..FOREIGN_THREADS)
        .map(|_| {
            let seed = random.seed();
            thread::spawn(move || (0..8).for_each(|i| entered(seed + i)))
        })
        .collect();
    callgate::run(|| {
        let gs: Vec<_> = (0..GS)
            .map(|_| {
                let mut random = Random(random.seed());
                spawner().go(move || {
                    operations::begin_g();
                    (0..OPERATIONS).for_each(|_| operate(&mut random, 0));
                })
            })
            .collect();
        let storm: Vec<_> = (0..STORM)
            .map(|i| {
                spawner().go(move || {
                    if i % 3 == 0 {
                        callgate::yield_now();
                    }
                    i
                })
            })
            .collect();
        abort::try_it();
        let sum: u64 = storm.into_iter().filter_map(|g| g.join().ok()).sum();
        same("the sum of a storm of Gs", sum, STORM * (STORM - 1) / 2);
        let ended = gs.into_iter().map(|g| g.join().is_ok());
        same("Gs that ended well", ended.filter(|ok| *ok).count() as u64, GS);
    });
    for thread in foreign {
        same("a foreign thread ended well", thread.join().is_ok(), true);
    }
}
