//! Waiting for an event and being woken, without a lost or a doubled wake.
//!
//! Both types only *decide* who sleeps and who is to be woken; the sleeping is the scheduler's. A
//! waiter commits when it is off its stack (`mcall`), so whoever is told to wake it may resume it
//! at once.

use crate::primitives::atomic::{AtomicPtr, AtomicU64, Ordering::*};
use core::ptr;
use core::task::Waker;

/// One event with at most one waiter: the end of a G, the wake of a future.
///
/// A cell may also decide who of two owners frees what it lies in: the one who makes the event happen
/// [ends](Self::end) it, the one who may wait hears of it or [leaves](Self::leave). No count is
/// needed, for a waiter that has heard of the end knows that it is alone.
pub(crate) struct WaitCell<T> {
    /// Null: nothing yet. [`notified`](Self::notified): happened. [`left`](Self::left): nobody will
    /// ask. Odd: a [`Waker`] in a box, which is the cell's. Else: who waits.
    state: AtomicPtr<T>,
}

/// What an event was to the other owner.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    /// It waits, and is to be woken. The cell is its.
    Awaited(*mut T),
    /// It waits as a future, and is to be woken. The cell is its.
    Watched(Waker),
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

    /// What is stored for a waker: whoever takes the pointer out of the cell has the box.
    fn pack(waker: Box<Waker>) -> *mut T {
        const { assert!(align_of::<Waker>() > 1 && align_of::<T>() > 1, "odd addresses are ours") };
        Box::into_raw(waker).map_addr(|address| address | 1).cast()
    }

    /// The waker that `state` stands for, if it does.
    ///
    /// # Safety
    /// The caller, alone, took `state` out of the cell.
    unsafe fn unpack(state: *mut T) -> Option<Box<Waker>> {
        let watched = !state.addr().is_multiple_of(2) && state != Self::notified();
        // SAFETY: it is `pack`'s, of a box that is the caller's now.
        watched.then(|| unsafe { Box::from_raw(state.map_addr(|address| address & !1).cast()) })
    }

    /// The event happens, once, and its owner is done with the cell, unless it is alone now.
    #[must_use]
    pub(crate) fn end(&self) -> Ended<T> {
        let old = self.state.swap(Self::notified(), AcqRel);
        if old.is_null() {
            Ended::Unheard
        } else if old == Self::left() {
            Ended::Alone
            // SAFETY: the exchange took it out.
        } else if let Some(waker) = unsafe { Self::unpack(old) } {
            Ended::Watched(*waker)
        } else {
            Ended::Awaited(old)
        }
    }

    /// An owner goes, without waiting. True: the other is done or has left, and the cell is the
    /// caller's alone.
    #[must_use]
    pub(crate) fn leave(&self) -> bool {
        let old = self.state.swap(Self::left(), AcqRel);
        // SAFETY: the exchange took it out.
        drop(unsafe { Self::unpack(old) });
        old == Self::notified() || old == Self::left()
    }

    /// Keeps `waker` for the [end](Self::end), in place of the one before; for the owner who may
    /// wait, and doesn't sleep. False: the event has happened already.
    #[must_use]
    pub(crate) fn watch(&self, waker: &Waker) -> bool {
        if !self.unwatch() {
            return false;
        }
        let packed = Self::pack(Box::new(waker.clone()));
        let kept = self.commit(packed);
        if !kept {
            // SAFETY: it was never in the cell.
            drop(unsafe { Self::unpack(packed) });
        }
        kept
    }

    /// Forgets the waker of [`watch`](Self::watch), if there is one, so that its owner may wait in
    /// another way. False: the event has happened already.
    pub(crate) fn unwatch(&self) -> bool {
        let old = self.state.load(Acquire);
        if old.is_null() || old == Self::notified() {
            return old.is_null();
        }
        // Its owner alone stores a waker, so if it isn't there any more, the end has taken it.
        let taken = self.state.compare_exchange(old, ptr::null_mut(), Acquire, Acquire).is_ok();
        if taken {
            // SAFETY: the exchange took it out.
            drop(unsafe { Self::unpack(old) });
        }
        taken
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
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::task::Wake;
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

    struct Counts(AtomicU64);

    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn counts() -> (Arc<Counts>, Waker) {
        let counts = Arc::new(Counts(AtomicU64::new(0)));
        (counts.clone(), counts.into())
    }

    #[test]
    fn cell_keeps_the_last_waker_until_the_end() {
        let ((first, waker), (second, other)) = (counts(), counts());
        let cell = WaitCell::<u64>::new();
        assert!(cell.watch(&waker));
        assert!(cell.watch(&other));
        drop((waker, other));
        assert_eq!(Arc::strong_count(&first), 1, "it was dropped");
        let Ended::Watched(waker) = cell.end() else { panic!("nobody watched") };
        assert!(!cell.watch(&waker) && !cell.unwatch(), "it has happened");
        waker.wake();
        assert_eq!((first.0.load(Relaxed), second.0.load(Relaxed)), (0, 1));
        assert_eq!(Arc::strong_count(&second), 1);
    }

    #[test]
    fn who_leaves_or_waits_otherwise_takes_its_waker_along() {
        let (counts, waker) = counts();
        let (cell, mut waiter) = (WaitCell::<u64>::new(), 0);
        assert!(cell.watch(&waker));
        assert!(cell.unwatch());
        assert!(cell.commit(&raw mut waiter));
        assert!(matches!(cell.end(), Ended::Awaited(w) if w == &raw mut waiter));
        let cell = WaitCell::<u64>::new();
        assert!(cell.watch(&waker));
        assert!(!cell.leave());
        assert!(matches!(cell.end(), Ended::Alone));
        drop(waker);
        assert_eq!((Arc::strong_count(&counts), counts.0.load(Relaxed)), (1, 0));
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
