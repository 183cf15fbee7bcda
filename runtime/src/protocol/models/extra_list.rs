//! Threads that borrow an item and give it back. An item's body is a cell that only its borrower
//! may touch.

use super::explore;
use crate::primitives::atomic::AtomicPtr;
use crate::protocol::extra_list::*;
use core::ptr;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

struct Item {
    link: AtomicPtr<Item>,
    body: UnsafeCell<u32>,
}

// SAFETY: `link` is used for nothing else.
unsafe impl Linked for Item {
    fn link(&self) -> &AtomicPtr<Self> {
        &self.link
    }
}

const ITEMS: usize = 4;

struct World {
    list: ExtraList<Item>,
    items: [Item; ITEMS],
}

// SAFETY: a body belongs to whoever popped the item, and loom checks it.
unsafe impl Sync for World {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for World {}

impl World {
    /// A list of items 0 to `n - 1`; the others are spares.
    fn new(n: usize) -> Arc<Self> {
        let items = core::array::from_fn(|_| Item {
            link: AtomicPtr::new(ptr::null_mut()),
            body: UnsafeCell::new(0),
        });
        let w = Arc::new(World { list: ExtraList::new(), items });
        (0..n).for_each(|i| w.push(&w.items[i]));
        w
    }

    /// `item` belongs to the caller.
    fn push(&self, item: *const Item) {
        // SAFETY: the items outlive the list, and the caller popped this one, or made it.
        unsafe { self.list.push(item.cast_mut()) };
    }

    /// `needm`, with item `spare` for the list if this took the last; a callback; `dropm`. True
    /// if the spare was needed.
    fn borrow(&self, spare: usize) -> bool {
        let (item, last) = self.list.pop(|| ());
        if last {
            self.push(&self.items[spare]);
        }
        // SAFETY: a popped item is alive; loom checks that its body is ours.
        unsafe { (*item).body.with_mut(|b| *b += 1) };
        self.push(item);
        last
    }

    /// Alone: there are `n` items in the list, all different, used `uses` times together.
    fn check(&self, n: u32, uses: u32) {
        assert_eq!(self.list.len(), n);
        let (mut seen, mut used) = (Vec::new(), 0);
        loop {
            let (item, last) = self.list.pop(|| ());
            assert!(!seen.contains(&item));
            seen.push(item);
            // SAFETY: as in `borrow`.
            used += unsafe { (*item).body.with(|b| *b) };
            if last {
                break;
            }
        }
        assert_eq!(seen.len(), n as usize);
        assert_eq!(used, uses);
        assert_eq!(self.list.len(), 0);
    }
}

/// `threads` threads besides the first borrow once each, from a list of `n`.
fn borrowers(n: usize, threads: usize) {
    let w = World::new(n);
    let others: Vec<_> = (0..threads)
        .map(|i| {
            let w = w.clone();
            thread::spawn(move || u32::from(w.borrow(ITEMS - 1 - i)))
        })
        .collect();
    let spares = u32::from(w.borrow(ITEMS - 1 - threads));
    let spares = spares + others.into_iter().map(|t| t.join().unwrap()).sum::<u32>();
    w.check(n as u32 + spares, threads as u32 + 1);
}

/// The one that finds one item leaves a spare, and the other, which may have to wait for it, too.
#[test]
fn two_threads_one_item() {
    explore(4, || borrowers(1, 1));
}

#[test]
fn two_threads_two_items() {
    explore(4, || borrowers(2, 1));
}

/// Each waits for the lock and on the empty list, and a switch at a wait is free, so with a second
/// preemption this would take minutes. The models of two threads have more.
#[test]
fn three_threads_one_item() {
    explore(1, || borrowers(1, 2));
}

/// The race that the lock is there for: an item is popped, used and pushed again while another
/// thread is about to pop it.
#[test]
fn popped_and_pushed_again() {
    explore(3, || {
        let w = World::new(2);
        let other = thread::spawn({
            let w = w.clone();
            move || u32::from(w.borrow(3)) + u32::from(w.borrow(2))
        });
        let (item, last) = w.list.pop(|| ());
        assert!(!last || w.list.len() == 0);
        // SAFETY: as in `borrow`.
        unsafe { (*item).body.with_mut(|b| *b += 1) };
        w.push(item);
        let spares = other.join().unwrap();
        w.check(2 + spares, 3);
    });
}
