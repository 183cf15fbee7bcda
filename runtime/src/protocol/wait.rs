//! Waiting for an event and being woken, without a lost or a doubled wake.
//!
//! Both types only *decide* who sleeps and who is to be woken; the sleeping is the scheduler's. A
//! waiter commits when it is off its stack (`mcall`), so whoever is told to wake it may resume it
//! at once.

use crate::sync::atomic::{AtomicPtr, AtomicU64, Ordering::*};
use core::ptr;

/// One event with at most one waiter: the end of a G, the wake of a future.
///
/// A cell may also decide who of two owners frees what it lies in: the one who makes the event happen
/// [ends](Self::end) it, the one who may wait hears of it or [leaves](Self::leave). No count is
/// needed, for a waiter that has heard of the end knows that it is alone.
pub(crate) struct WaitCell<T> {
    /// Null: nothing yet. [`notified`](Self::notified): happened. [`left`](Self::left): nobody will
    /// ask. Else: who waits.
    state: AtomicPtr<T>,
}

/// What an event was to the other owner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended<T> {
    /// It waits, and is to be woken. The cell is its.
    Awaited(*mut T),
    /// It will ask, or leave. The cell is its.
    Unheard,
    /// It has left: the cell is the caller's alone.
    Alone,
}

impl<T> WaitCell<T> {
    pub(crate) fn new() -> Self {
        WaitCell { state: AtomicPtr::new(ptr::null_mut()) }
    }

    fn notified() -> *mut T {
        ptr::without_provenance_mut(1)
    }

    fn left() -> *mut T {
        ptr::without_provenance_mut(2)
    }

    /// The event happens, once, and its owner is done with the cell, unless it is alone now.
    #[must_use]
    pub(crate) fn end(&self) -> Ended<T> {
        let old = self.state.swap(Self::notified(), AcqRel);
        if old.is_null() {
            Ended::Unheard
        } else if old == Self::left() {
            Ended::Alone
        } else {
            Ended::Awaited(old)
        }
    }

    /// An owner goes, without waiting. True: the other is done or has left, and the cell is the
    /// caller's alone.
    #[must_use]
    pub(crate) fn leave(&self) -> bool {
        let old = self.state.swap(Self::left(), AcqRel);
        old == Self::notified() || old == Self::left()
    }

    /// Whether the event has happened and was not consumed.
    pub(crate) fn is_notified(&self) -> bool {
        self.state.load(Acquire) == Self::notified()
    }

    /// Consumes a notification, if there is one.
    pub(crate) fn consume(&self) -> bool {
        self.state.compare_exchange(Self::notified(), ptr::null_mut(), Acquire, Relaxed).is_ok()
    }

    /// Registers `waiter`. True: it must sleep until [`notify`](Self::notify) hands it out. False:
    /// the event has happened already.
    #[must_use]
    pub(crate) fn commit(&self, waiter: *mut T) -> bool {
        self.state.compare_exchange(ptr::null_mut(), waiter, AcqRel, Acquire).is_ok()
    }

    /// The event happens; returns whom to wake. After that, a second waiter finds it happened.
    #[must_use]
    pub(crate) fn notify(&self) -> Option<*mut T> {
        let old = self.state.swap(Self::notified(), AcqRel);
        (!old.is_null() && old != Self::notified()).then_some(old)
    }
}

/// The token of `park` and `unpark`, with the id of the G it belongs to, so that a handle of a G
/// that has ended finds another id (or zero) and does nothing.
pub(crate) struct ParkWord(AtomicU64);

const EMPTY: u64 = 0;
const TOKEN: u64 = 1;
const PARKED: u64 = 2;

impl ParkWord {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        ParkWord(AtomicU64::new(0))
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        ParkWord(AtomicU64::new(0))
    }

    /// Makes the word that of G `id`, with no token. 0 is nobody.
    pub(crate) fn reset(&self, id: u64) {
        self.0.store(id << 2 | EMPTY, Release);
    }

    /// Whose word it is; 0 is nobody.
    #[cfg(not(loom))]
    pub(crate) fn id(&self) -> u64 {
        self.0.load(Acquire) >> 2
    }

    /// Takes the token, if it is there.
    pub(crate) fn consume(&self, id: u64) -> bool {
        self.0.compare_exchange(id << 2 | TOKEN, id << 2 | EMPTY, Acquire, Relaxed).is_ok()
    }

    /// G `id` parks. True: it must sleep until [`unpark`](Self::unpark) returns true. False: it had
    /// a token, which is consumed.
    #[must_use]
    pub(crate) fn commit(&self, id: u64) -> bool {
        match self.0.compare_exchange(id << 2 | EMPTY, id << 2 | PARKED, AcqRel, Acquire) {
            Ok(_) => true,
            Err(_) => {
                let had = self.consume(id);
                debug_assert!(had, "only the G itself takes its token");
                false
            }
        }
    }

    /// True: the G was parked, and the caller, alone, must make it ready. False: it has a token
    /// now, or has ended.
    #[must_use]
    pub(crate) fn unpark(&self, id: u64) -> bool {
        let mut now = self.0.load(Relaxed);
        loop {
            if now >> 2 != id {
                return false;
            }
            // A token that is there already is stored again: what this caller did before must be
            // visible to whoever takes it.
            let then = id << 2 | if now & 3 == PARKED { EMPTY } else { TOKEN };
            match self.0.compare_exchange_weak(now, then, AcqRel, Relaxed) {
                Ok(_) => return now & 3 == PARKED,
                Err(other) => now = other,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    #[test]
    fn cell_hands_its_waiter_out_once() {
        let (mut waiter, cell) = (0, WaitCell::new());
        let waiter = &raw mut waiter;
        assert!(!cell.is_notified());
        assert!(cell.commit(waiter));
        assert!(!cell.is_notified());
        assert_eq!(cell.notify(), Some(waiter));
        assert_eq!(cell.notify(), None);
        assert!(cell.is_notified());
        assert!(!cell.commit(waiter), "it has happened");
    }

    #[test]
    fn cell_remembers_an_event_until_it_is_consumed() {
        let (mut waiter, cell) = (0, WaitCell::new());
        assert!(!cell.consume());
        assert_eq!(cell.notify(), None);
        assert!(cell.consume());
        assert!(!cell.consume());
        assert!(cell.commit(&raw mut waiter));
        assert!(!cell.consume(), "a waiter is no event");
    }

    #[test]
    fn tokens_do_not_add_up() {
        let word = ParkWord::new();
        word.reset(7);
        assert!(!word.unpark(7));
        assert!(!word.unpark(7));
        assert!(!word.commit(7), "there was a token");
        assert!(word.commit(7), "it was consumed");
        assert!(word.unpark(7));
        assert!(!word.consume(7), "the wake was no token");
        assert!(!word.unpark(7));
        assert!(word.consume(7));
        assert!(!word.consume(7));
    }

    #[test]
    fn a_stale_id_does_nothing() {
        let word = ParkWord::new();
        assert!(!word.unpark(7));
        word.reset(8);
        assert!(!word.unpark(7));
        assert!(!word.consume(7) && !word.consume(8));
        assert!(word.commit(8));
        assert!(!word.unpark(7));
        assert!(word.unpark(8));
        assert!(!word.unpark(8));
        word.reset(9);
        assert!(!word.consume(9), "the token was that of 8");
        word.reset(0);
        assert!(!word.unpark(9));
    }

    /// A record's Gs come and go while handles of all of them are used: none gets another's token.
    #[test]
    fn stale_ids_stress() {
        const LAST: u64 = if cfg!(miri) { 200 } else { 100_000 };
        let (word, done) = (ParkWord::new(), AtomicBool::new(false));
        let now = AtomicU64::new(1);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let id = now.load(Relaxed);
                    assert!(!word.unpark(id), "nobody parks");
                }
            });
            for id in 2..=LAST {
                // The other thread's handle is always of the G before.
                now.store(id - 1, Relaxed);
                word.reset(id - 1);
                word.reset(id);
                if word.0.load(Relaxed) != id << 2 | EMPTY {
                    done.store(true, Relaxed);
                    panic!("a stale handle changed the word");
                }
            }
            done.store(true, Relaxed);
        });
    }
}
