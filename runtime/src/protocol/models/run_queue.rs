//! An owner and its thieves. The items are cells written before they go in, so that taking one
//! without what its maker did, or twice, is a failure.

use super::explore;
use crate::primitives::atomic::{AtomicU32, Ordering::*};
use crate::protocol::run_queue::*;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

const ITEMS: usize = 6;

type Item = UnsafeCell<u32>;

struct World {
    items: [Item; ITEMS],
    queue: RunQueue<Item>,
}

// SAFETY: an item belongs to whoever took it out of a queue, and loom checks it.
unsafe impl Sync for World {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for World {}

impl World {
    fn new() -> Arc<Self> {
        let items = core::array::from_fn(|_| UnsafeCell::new(0));
        Arc::new(World { items, queue: RunQueue::new() })
    }

    /// Item `i`, made ready by the caller.
    fn item(&self, i: usize) -> *mut Item {
        // SAFETY: loom checks that nobody else uses it now.
        self.items[i].with_mut(|v| unsafe { *v = 1 });
        (&raw const self.items[i]).cast_mut()
    }

    /// Owner: puts items 0 to `n - 1` at the end.
    fn fill(&self, n: usize) {
        for i in 0..n {
            assert!(self.queue.put_or_spill(self.item(i)).is_ok());
        }
    }

    /// Takes all that is left; the caller is the owner, and alone.
    fn drain(&self) {
        drain(&self.queue);
        assert!(self.queue.is_empty());
    }

    /// The first `n` items came out once each, the others never.
    fn check(&self, n: usize) {
        for (i, item) in self.items.iter().enumerate() {
            // SAFETY: all threads have been joined.
            assert_eq!(item.with(|v| unsafe { *v }), if i < n { 2 } else { 0 }, "item {i}");
        }
    }
}

/// Runs an item that the caller took.
fn run(item: *mut Item) {
    // SAFETY: the items outlive the queue, and loom checks that nobody else uses this one.
    unsafe { (*item).with_mut(|v| *v += 1) };
}

fn drain(queue: &RunQueue<Item>) {
    while let Some((item, _)) = queue.get() {
        run(item);
    }
}

/// Steals once into a queue of its own, and runs the haul.
fn thief(w: &Arc<World>, take_next: bool) -> thread::JoinHandle<()> {
    let w = w.clone();
    thread::spawn(move || {
        let mine = RunQueue::new();
        if let Some(item) = mine.steal_from(&w.queue, take_next) {
            run(item);
        }
        drain(&mine);
    })
}

/// One thief against every operation of the owner.
#[test]
fn owner_and_thief() {
    explore(3, || {
        let w = World::new();
        w.fill(2);
        let thief = thief(&w, true);
        assert!(w.queue.put_next_or_spill(w.item(2)).is_ok());
        assert!(w.queue.put_next_or_spill(w.item(3)).is_ok());
        if let Some((item, _)) = w.queue.get() {
            run(item);
        }
        assert!(w.queue.put_or_spill(w.item(4)).is_ok());
        w.drain();
        thief.join().unwrap();
        w.check(5);
    });
}

/// Both thieves may copy the same items, but only one of them gets any.
#[test]
fn two_thieves() {
    explore(3, || {
        let w = World::new();
        w.fill(3);
        let thieves = [thief(&w, false), thief(&w, false)];
        if let Some(item) = w.queue.get_ring() {
            run(item);
        }
        assert!(w.queue.put_or_spill(w.item(3)).is_ok());
        w.drain();
        thieves.into_iter().for_each(|t| t.join().unwrap());
        w.check(4);
    });
}

/// A slot is used again while a thief still reads it for the lap before.
#[test]
fn reused_slots() {
    explore(3, || {
        let w = World::new();
        w.fill(CAPACITY as usize);
        let thief = thief(&w, false);
        for i in [4, 5] {
            // The owner makes room first, so nothing spills.
            if let Some(item) = w.queue.get_ring() {
                run(item);
            }
            assert!(w.queue.put_or_spill(w.item(i)).is_ok());
        }
        w.drain();
        thief.join().unwrap();
        w.check(6);
    });
}

/// The ring is full, and its older half goes both ways: to the thief, or over the edge.
#[test]
fn overflow() {
    explore(3, || {
        let w = World::new();
        w.fill(CAPACITY as usize);
        let thief = thief(&w, false);
        for i in [4, 5] {
            if let Err(overflow) = w.queue.put_or_spill(w.item(i)) {
                overflow.into_iter().for_each(run);
            }
        }
        w.drain();
        thief.join().unwrap();
        w.check(6);
    });
}

/// Owner and two thieves for one `runnext`, which is replaced meanwhile.
#[test]
fn run_next() {
    explore(3, || {
        let w = World::new();
        assert!(w.queue.put_next_or_spill(w.item(0)).is_ok());
        let thief = thief(&w, true);
        let other = thread::spawn({
            let w = w.clone();
            move || {
                let item = w.queue.take_next();
                if !item.is_null() {
                    run(item);
                }
            }
        });
        assert!(w.queue.put_next_or_spill(w.item(1)).is_ok());
        w.drain();
        thief.join().unwrap();
        other.join().unwrap();
        w.check(2);
    });
}

/// An item that `put_next` moves from `runnext` into the ring is not missed on the way.
#[test]
fn never_looks_empty() {
    explore(4, || {
        let w = World::new();
        assert!(w.queue.put_next_or_spill(w.item(0)).is_ok());
        let watch = thread::spawn({
            let w = w.clone();
            move || assert!(!w.queue.is_empty(), "item 0 was there all the time")
        });
        assert!(w.queue.put_next_or_spill(w.item(1)).is_ok());
        let (item, next) = w.queue.get().unwrap();
        assert!(next);
        run(item);
        watch.join().unwrap();
        w.drain();
        w.check(2);
    });
}

/// What an item's maker counts before it puts the item, whoever takes the item finds counted.
#[test]
fn publication() {
    explore(4, || {
        let w = World::new();
        let made = Arc::new(AtomicU32::new(0));
        let thief = thread::spawn({
            let (w, made) = (w.clone(), made.clone());
            move || {
                let mine = RunQueue::new();
                if let Some(item) = mine.steal_from(&w.queue, true) {
                    assert!(made.load(Relaxed) >= 1);
                    run(item);
                }
                drain(&mine);
            }
        });
        made.store(1, Relaxed);
        assert!(w.queue.put_next_or_spill(w.item(0)).is_ok());
        made.store(2, Relaxed);
        assert!(w.queue.put_or_spill(w.item(1)).is_ok());
        thief.join().unwrap();
        w.drain();
        w.check(2);
    });
}
