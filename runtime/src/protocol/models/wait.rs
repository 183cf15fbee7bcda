//! Waiters that sleep (in loom's `park`, for the scheduler's) exactly if they are told to,
//! so that a lost wake is a deadlock, and a doubled one a count that is wrong.

use super::explore;
use crate::primitives::atomic::{AtomicU32, Ordering::*};
use crate::protocol::wait::*;
use core::ptr;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use std::task::Wake;

struct World {
    cell: WaitCell<Waiter>,
    waiter: Waiter,
    /// Written before the event.
    result: UnsafeCell<u32>,
    wakes: AtomicU32,
}

struct Waiter {
    /// Written before the waiter commits, as a G's saved registers are.
    context: UnsafeCell<u32>,
    thread: thread::Thread,
}

// SAFETY: the cells are what the protocol orders, and loom checks them.
unsafe impl Sync for World {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for World {}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(World {
            cell: WaitCell::new(),
            waiter: Waiter { context: UnsafeCell::new(0), thread: thread::current() },
            result: UnsafeCell::new(0),
            wakes: AtomicU32::new(0),
        })
    }

    /// Registers the waiter, and sleeps if it must. True if it slept.
    fn wait(&self) -> bool {
        // SAFETY: nobody else touches it before the commit; loom checks that.
        self.waiter.context.with_mut(|c| unsafe { *c += 1 });
        let sleeps = self.cell.commit(ptr::from_ref(&self.waiter).cast_mut());
        if sleeps {
            thread::park();
        }
        sleeps
    }

    fn notify(&self) {
        if let Some(waiter) = self.cell.notify() {
            self.wakes.fetch_add(1, Relaxed);
            // SAFETY: the waiter lies in `self`; whoever wakes it may resume it.
            let waiter = unsafe { &*waiter };
            // SAFETY: loom checks that the waiter's own accesses are over.
            waiter.context.with_mut(|c| unsafe { *c += 10 });
            waiter.thread.unpark();
        }
    }

    fn read_result(&self) -> u32 {
        // SAFETY: loom checks that the writer is done.
        self.result.with(|r| unsafe { *r })
    }

    /// Notifies, on a thread of its own, after the result was written.
    fn finish(w: &Arc<Self>) -> thread::JoinHandle<()> {
        let w = w.clone();
        thread::spawn(move || {
            // SAFETY: loom checks that nobody reads before the event.
            w.result.with_mut(|r| unsafe { *r = 7 });
            w.notify();
        })
    }
}

/// The end of a G, and the one that joins it.
#[test]
fn event_and_waiter() {
    explore(5, || {
        let w = World::new();
        let notifier = World::finish(&w);
        let slept = w.wait();
        assert_eq!(w.read_result(), 7);
        assert!(w.cell.is_notified());
        assert!(!w.wait(), "it has happened already");
        notifier.join().unwrap();
        assert_eq!(w.wakes.load(Relaxed), u32::from(slept));
    });
}

impl World {
    /// What the last owner does.
    fn free(&self) {
        assert_eq!(self.wakes.fetch_add(100, Relaxed) / 100, 0, "freed twice");
        // SAFETY: loom checks that the other owner is done with it.
        self.result.with_mut(|r| unsafe { *r = 0 });
    }

    /// A G with a share ends, on a thread of its own.
    fn end(w: &Arc<Self>) -> thread::JoinHandle<()> {
        let w = w.clone();
        thread::spawn(move || {
            // SAFETY: loom checks that nobody reads before the event.
            w.result.with_mut(|r| unsafe { *r = 7 });
            match w.cell.end() {
                Ended::Unheard => {}
                // SAFETY: the waiter lies in `w`.
                Ended::Awaited(waiter) => unsafe { (*waiter).thread.unpark() },
                Ended::Watched(waker) => waker.wake(),
                Ended::Alone => w.free(),
            }
        })
    }
}

/// A G that ends, and its handle: waits, and then owns what they shared.
#[test]
fn the_one_who_joins_frees() {
    explore(5, || {
        let w = World::new();
        let g = World::end(&w);
        if !w.cell.is_notified() {
            w.wait();
            assert!(w.cell.is_notified());
        }
        assert_eq!(w.read_result(), 7);
        w.free();
        g.join().unwrap();
    });
}

/// A G that ends, and its handle: dropped. Exactly one of them frees.
#[test]
fn the_last_to_go_frees() {
    explore(5, || {
        let w = World::new();
        let g = World::end(&w);
        if w.cell.leave() {
            assert_eq!(w.read_result(), 7);
            w.free();
        }
        g.join().unwrap();
        assert_eq!(w.wakes.load(Relaxed), 100);
    });
}

/// A future's waker: wakes who waits for `handle`.
struct Wakes(thread::Thread, std::sync::atomic::AtomicU32);

impl Wake for Wakes {
    fn wake(self: std::sync::Arc<Self>) {
        self.1.fetch_add(1, Relaxed);
        self.0.unpark();
    }
}

fn wakes() -> std::sync::Arc<Wakes> {
    std::sync::Arc::new(Wakes(thread::current(), 0.into()))
}

/// A G that ends, and its handle, polled: it sleeps only if it is woken, by its last waker.
#[test]
fn the_one_who_watches_frees() {
    explore(5, || {
        let w = World::new();
        let g = World::end(&w);
        let (first, last) = (wakes(), wakes());
        if w.cell.watch(&first.clone().into()) && w.cell.watch(&last.clone().into()) {
            thread::park();
            assert!(!w.cell.watch(&last.clone().into()), "woken before the end");
        }
        assert_eq!(w.read_result(), 7);
        w.free();
        g.join().unwrap();
        assert!(first.1.load(Relaxed) + last.1.load(Relaxed) <= 1);
        assert_eq!(std::sync::Arc::strong_count(&first), 1);
        assert_eq!(std::sync::Arc::strong_count(&last), 1);
    });
}

/// A G that ends, and its handle: polled, then joined.
#[test]
fn the_one_who_watched_may_join() {
    explore(5, || {
        let w = World::new();
        let g = World::end(&w);
        let waker = wakes();
        let ended = !w.cell.watch(&waker.clone().into()) || !w.cell.unwatch();
        if !ended && !w.cell.is_notified() {
            w.wait();
        }
        assert!(w.cell.is_notified());
        assert_eq!(w.read_result(), 7);
        w.free();
        g.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&waker), 1);
    });
}

/// A G that ends, and its handle: polled, then dropped. Exactly one of them frees.
#[test]
fn the_last_to_go_frees_what_was_watched() {
    explore(5, || {
        let w = World::new();
        let g = World::end(&w);
        let waker = wakes();
        let watched = w.cell.watch(&waker.clone().into());
        if w.cell.leave() {
            assert_eq!(w.read_result(), 7);
            w.free();
        }
        g.join().unwrap();
        assert_eq!(w.wakes.load(Relaxed), 100);
        assert!(watched || waker.1.load(Relaxed) == 0, "woken without having waited");
        assert_eq!(std::sync::Arc::strong_count(&waker), 1);
    });
}

/// A G that could not be started, and its handle.
#[test]
fn both_leave() {
    explore(5, || {
        let w = World::new();
        let other = w.clone();
        let g = thread::spawn(move || {
            if other.cell.leave() {
                other.free();
            }
        });
        if w.cell.leave() {
            w.free();
        }
        g.join().unwrap();
        assert_eq!(w.wakes.load(Relaxed), 100);
    });
}

/// A glance instead of a wait.
#[test]
fn event_seen_without_waiting() {
    explore(5, || {
        let w = World::new();
        let notifier = World::finish(&w);
        if w.cell.is_notified() {
            assert_eq!(w.read_result(), 7);
        }
        notifier.join().unwrap();
        assert!(w.cell.consume());
        assert!(!w.cell.consume());
        assert_eq!(w.read_result(), 7);
    });
}

/// Of two events at once, one wakes.
#[test]
fn two_notifiers() {
    explore(4, || {
        let w = World::new();
        let notifiers = [w.clone(), w.clone()].map(|w| thread::spawn(move || w.notify()));
        let slept = w.wait();
        notifiers.into_iter().for_each(|n| n.join().unwrap());
        assert_eq!(w.wakes.load(Relaxed), u32::from(slept));
        assert!(w.cell.is_notified());
    });
}

/// A future with two sources of wakes: polled until both are there.
#[test]
fn block_on() {
    explore(3, || {
        let w = World::new();
        let ready = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let wakers = [0, 1].map(|i| {
            let (w, ready) = (w.clone(), ready.clone());
            thread::spawn(move || {
                ready[i].store(1, Relaxed);
                w.notify();
            })
        });
        let mut sleeps = 0;
        loop {
            // Consumed before the poll: a wake that comes during it counts for the next one.
            w.cell.consume();
            if ready.iter().all(|r| r.load(Relaxed) == 1) {
                break;
            }
            sleeps += u32::from(w.wait());
        }
        wakers.into_iter().for_each(|n| n.join().unwrap());
        assert_eq!(w.wakes.load(Relaxed), sleeps);
    });
}

const ID: u64 = 5;

struct Parking {
    word: ParkWord,
    thread: thread::Thread,
    wakes: AtomicU32,
    /// Written by its unparker, then read by the G.
    notes: [AtomicU32; 2],
    context: UnsafeCell<u32>,
}

// SAFETY: `context` is what the protocol orders, and loom checks it.
unsafe impl Sync for Parking {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for Parking {}

impl Parking {
    fn new() -> Arc<Self> {
        let p = Parking {
            word: ParkWord::new(),
            thread: thread::current(),
            wakes: AtomicU32::new(0),
            notes: [AtomicU32::new(0), AtomicU32::new(0)],
            context: UnsafeCell::new(0),
        };
        p.word.reset(ID);
        Arc::new(p)
    }

    /// True if it slept.
    fn park(&self) -> bool {
        // SAFETY: a running G's context is its own; loom checks that.
        self.context.with_mut(|c| unsafe { *c += 1 });
        let sleeps = self.word.commit(ID);
        if sleeps {
            thread::park();
        }
        sleeps
    }

    fn unpark(&self, id: u64) {
        if self.word.unpark(id) {
            assert_eq!(id, ID);
            self.wakes.fetch_add(1, Relaxed);
            // SAFETY: whoever makes a G ready may resume it; loom checks that it left.
            self.context.with_mut(|c| unsafe { *c += 10 });
            self.thread.unpark();
        }
    }

    /// An unparker that leaves note `i` first.
    fn unparker(p: &Arc<Self>, i: usize) -> thread::JoinHandle<()> {
        let p = p.clone();
        thread::spawn(move || {
            p.notes[i].store(1, Relaxed);
            p.unpark(ID);
        })
    }
}

/// One token, taken once, and what was written before it is visible.
#[test]
fn park_and_unpark() {
    explore(5, || {
        let p = Parking::new();
        let unparker = Parking::unparker(&p, 0);
        let slept = p.park();
        assert_eq!(p.notes[0].load(Relaxed), 1);
        assert!(!p.word.consume(ID), "a token was left over");
        unparker.join().unwrap();
        assert_eq!(p.wakes.load(Relaxed), u32::from(slept));
    });
}

/// Two unparkers and a G that waits for both notes: no wake is lost, and a token that was there
/// already carries the second note too.
#[test]
fn two_unparkers() {
    explore(4, || {
        let p = Parking::new();
        let unparkers = [Parking::unparker(&p, 0), Parking::unparker(&p, 1)];
        let mut sleeps = 0;
        while !p.notes.iter().all(|n| n.load(Relaxed) == 1) {
            sleeps += u32::from(p.park());
        }
        unparkers.into_iter().for_each(|u| u.join().unwrap());
        assert_eq!(p.wakes.load(Relaxed), sleeps);
        // Two wakes are one sleep each, or a token; a token and a token are one.
        let token = p.word.consume(ID);
        assert!(!(token && sleeps == 2));
        assert!(!p.word.consume(ID));
    });
}

/// Handles of a G that has ended, while its successor in the same record begins and parks. (The
/// one that comes in time for a token of the G before is left to a test: loom doesn't know that a
/// store can't fall between the two halves of an exchange.)
#[test]
fn stale_handles() {
    explore(4, || {
        let p = Parking::new();
        p.word.reset(0);
        let stale = thread::spawn({
            let p = p.clone();
            move || p.unpark(ID - 1)
        });
        p.word.reset(ID);
        let unparker = Parking::unparker(&p, 0);
        let slept = p.park();
        assert_eq!(p.notes[0].load(Relaxed), 1, "woken by the stale handle");
        stale.join().unwrap();
        unparker.join().unwrap();
        assert!(!p.word.consume(ID), "the stale handle left a token");
        assert_eq!(p.wakes.load(Relaxed), u32::from(slept));
    });
}
