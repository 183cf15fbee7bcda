//! Handles of one slot, used by those who know nothing of each other. The value is a cell that its
//! finder reads and its last user drops, so that a value used after its end, or dropped twice, is a
//! failure.

use super::explore;
use crate::protocol::slot::*;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

const A: u8 = 1;
const B: u8 = 2;
const EMPTY: u32 = 0;

struct World {
    state: SlotState<u8>,
    value: UnsafeCell<u32>,
    drops: crate::primitives::atomic::AtomicU32,
}

// SAFETY: the value is what the protocol orders, and loom checks it.
unsafe impl Sync for World {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for World {}

fn is_a(kind: *const u8) -> bool {
    // SAFETY: the kinds are promoted constants; `look` passes one that was published.
    unsafe { *kind == A }
}

impl World {
    /// A slot with a value 7 of kind `A`, and its handle.
    fn new() -> (Arc<Self>, usize) {
        let w = Arc::new(World {
            state: SlotState::new(),
            value: UnsafeCell::new(EMPTY),
            drops: crate::primitives::atomic::AtomicU32::new(0),
        });
        let handle = w.fill(7, &A);
        (w, handle)
    }

    /// Owner: a new value.
    fn fill(&self, value: u32, kind: &'static u8) -> usize {
        // SAFETY: loom checks that the caller is the only one to use it.
        let old = self.value.with_mut(|v| unsafe { core::mem::replace(&mut *v, value) });
        assert_eq!(old, EMPTY);
        self.state.publish(kind)
    }

    /// Owner: drops the value.
    fn empty(&self) -> u32 {
        self.drops.fetch_add(1, crate::primitives::atomic::Ordering::Relaxed);
        // SAFETY: as above.
        self.value.with_mut(|v| unsafe { core::mem::replace(&mut *v, EMPTY) })
    }

    /// `get`, a look at the value, and the end of the guard.
    fn get(&self, handle: usize) -> Result<u32, Refused> {
        self.state.acquire(handle, is_a)?;
        // SAFETY: loom checks that nobody drops it meanwhile.
        let value = self.value.with(|v| unsafe { *v });
        if self.state.release() {
            assert_eq!(self.empty(), value);
        }
        Ok(value)
    }

    fn delete(&self, handle: usize) -> Result<(), Refused> {
        if self.state.delete(handle, is_a)? {
            assert_ne!(self.empty(), EMPTY);
        }
        Ok(())
    }

    fn take(&self, handle: usize) -> Result<u32, Refused> {
        self.state.take(handle, is_a)?;
        Ok(self.empty())
    }

    fn drops(&self) -> u32 {
        self.drops.load(crate::primitives::atomic::Ordering::Relaxed)
    }
}

fn spawn<T: 'static>(
    w: &Arc<World>,
    f: impl FnOnce(&World) -> T + 'static,
) -> thread::JoinHandle<T> {
    let w = w.clone();
    thread::spawn(move || f(&w))
}

#[test]
fn get_and_delete() {
    explore(4, || {
        let (w, h) = World::new();
        let getter = spawn(&w, move |w| w.get(h));
        assert_eq!(w.delete(h), Ok(()));
        let got = getter.join().unwrap();
        assert!(matches!(got, Ok(7) | Err(Refused::Stale)), "{got:?}");
        assert_eq!(w.drops(), 1);
    });
}

#[test]
fn two_getters_and_delete() {
    explore(3, || {
        let (w, h) = World::new();
        let getters = [spawn(&w, move |w| w.get(h)), spawn(&w, move |w| w.get(h))];
        assert_eq!(w.delete(h), Ok(()));
        for getter in getters {
            let got = getter.join().unwrap();
            assert!(matches!(got, Ok(7) | Err(Refused::Stale)), "{got:?}");
        }
        assert_eq!(w.drops(), 1);
    });
}

/// Of those that end a handle, one does.
#[test]
fn delete_delete_and_take() {
    explore(3, || {
        let (w, h) = World::new();
        let delete = spawn(&w, move |w| w.delete(h));
        let take = spawn(&w, move |w| w.take(h));
        let ends =
            [w.delete(h).is_ok(), delete.join().unwrap().is_ok(), take.join().unwrap().is_ok()];
        assert_eq!(ends.into_iter().filter(|ended| *ended).count(), 1);
        assert_eq!(w.drops(), 1);
    });
}

#[test]
fn get_and_take() {
    explore(4, || {
        let (w, h) = World::new();
        let getter = spawn(&w, move |w| w.get(h));
        let taken = w.take(h);
        let got = getter.join().unwrap();
        match taken {
            Ok(value) => assert_eq!((value, w.drops()), (7, 1)),
            Err(error) => assert_eq!((error, got, w.drops()), (Refused::InUse, Ok(7), 0)),
        }
        if taken.is_err() {
            assert_eq!(w.take(h), Ok(7));
        }
    });
}

/// A handle of the value before, while the slot gets its next: of another kind, and another value
/// of the same.
#[test]
fn stale_handle_of_a_slot_that_is_used_again() {
    for kind in [&A, &B] {
        explore(4, move || {
            let (w, old) = World::new();
            let user = spawn(&w, move |w| [w.get(old).err(), w.delete(old).err()]);
            let mine = w.take(old);
            if mine == Ok(7) {
                let new = w.fill(8, kind);
                let is = move |k: *const u8| core::ptr::eq(k, kind);
                assert_ne!(new, old);
                for error in user.join().unwrap().into_iter().flatten() {
                    assert_eq!(error, Refused::Stale, "the kind of the next value was seen");
                }
                assert_eq!(w.state.take(new, is), Ok(()), "the new one is untouched");
                assert_eq!(w.empty(), 8);
            } else {
                user.join().unwrap();
                assert_eq!(w.drops(), 1);
            }
        });
    }
}

/// What the maker of a value wrote, who gets the handle in no orderly way finds.
#[test]
fn publication() {
    explore(5, || {
        let (w, old) = World::new();
        // As a guess would: the generation after the first.
        let next = old + (old & old.wrapping_neg());
        let guess = spawn(&w, move |w| w.get(next));
        assert_eq!(w.take(old), Ok(7));
        assert_eq!(w.fill(8, &A), next);
        let got = guess.join().unwrap();
        assert!(matches!(got, Ok(8) | Err(Refused::Stale)), "{got:?}");
    });
}
