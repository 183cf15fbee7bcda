//! Programs that always have somebody to wake whoever waits, though it is often a thread that doesn't
//! exist yet, or is about to end: none may be taken for a deadlock.

use crate::common::{begin, child, spawner};
use crate::{forked, status_of};
use callgate::{Builder, blocking, current, go_pinned, park, run, sleep, yield_now};
use std::thread;
use std::time::Duration;

/// A small generator (Knuth's MMIX constants): the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Waits for something in one of many ways, up to `long`.
fn wait(random: &mut Random) {
    let long = Duration::from_millis(random.below(250));
    let short = Duration::from_micros(random.below(3000));
    let me = current();
    match random.below(9) {
        0 => {
            thread::spawn(move || {
                thread::sleep(long);
                thread::spawn(move || {
                    thread::sleep(short);
                    me.unpark();
                });
            });
            park();
        }
        1 => {
            spawner().go(move || {
                sleep(long);
                me.unpark();
            });
            park();
        }
        2 => go_pinned(move || blocking(|| thread::sleep(long))).join().unwrap(),
        3 => {
            // The first thread binds an M, and waits outside of callbacks afterwards.
            let thread = thread::spawn(move || {
                run(|| spawner().go(move || sleep(short)).join().unwrap());
                spawner().go(move || blocking(|| thread::sleep(short))).join().unwrap();
            });
            blocking(|| thread.join().unwrap());
        }
        4 => {
            let pins = move || go_pinned(move || sleep(short)).join().unwrap();
            let gs: Vec<_> = (0..5).map(|_| spawner().go(pins)).collect();
            gs.into_iter().for_each(|g| g.join().unwrap());
        }
        5 => {
            thread::spawn(move || {
                thread::spawn(move || {
                    spawner().go(move || blocking(|| thread::sleep(long))).join().unwrap();
                    me.unpark();
                });
            });
            park();
        }
        6 => {
            go_pinned(move || {
                sleep(short);
                me.unpark();
            });
            park();
        }
        7 => {
            thread::spawn(move || {
                let thread = current();
                let other = thread::spawn(move || {
                    thread::sleep(long);
                    thread.unpark();
                });
                park();
                other.join().unwrap();
                me.unpark();
            });
            park();
        }
        _ => {
            for _ in 0..20 {
                spawner().go(move || {
                    yield_now();
                    me.unpark();
                });
                park();
            }
        }
    }
}

fn program(seed: u64) {
    let mut random = Random(seed);
    Builder::new()
        .procs(1 + (seed % 3) as usize)
        .max_threads(3 + (seed % 4) as usize)
        .idle_timeout(Duration::from_millis(7))
        .install()
        .unwrap();
    run(|| (0..40).for_each(|_| wait(&mut random)));
}

#[test]
fn whoever_waits_is_woken() {
    let _turn = begin();
    let end = child("random::whoever_waits_is_woken", || {
        let children: Vec<_> = (1..=8).map(|seed| (seed, forked(|| program(seed)))).collect();
        let bad: Vec<_> = children
            .into_iter()
            .map(|(seed, child)| (seed, status_of(child)))
            .filter(|(_, status)| *status != 0)
            .collect();
        assert!(bad.is_empty(), "seeds and statuses: {bad:?}");
    });
    end.succeeded();
}
