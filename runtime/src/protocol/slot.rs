//! The slot of a handle: who may use the value in it, when it goes, and whether an integer that C
//! hands back still means it.
//!
//! One word says all of it: the generation, the number of guards, and whether there is a value. The
//! generation stands in the same bits of the handle, so a handle of a value that is gone finds
//! another generation, or no value. A word with a value is changed by exchanges alone, and one
//! without by nobody but the slot's owner; so the owner publishes with a plain store, which can't
//! wipe out what another thread did.
//!
//! ```text
//!          publish (store)           delete, take: no guards
//!   free ──────────────────► live ──────────────────────────► free, the next time under
//!                           │ ▲  │                        ▲   the next generation
//!                   acquire ▼ │  │ delete: guards         │
//!                       release  └───────────► deleted ───┘
//!                                                release of the last guard
//! ```

use crate::primitives::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

/// Bits of the generation, the high ones of a word and of a handle: 30, or 14 on 32-bit targets.
const GENERATION_BITS: u32 = (usize::BITS - 4) / 2;
/// Bits below, which are a handle's index, and a word's guards and flag.
pub(crate) const INDEX_BITS: u32 = usize::BITS - GENERATION_BITS;
pub(crate) const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;
const FIRST: usize = 1 << INDEX_BITS;

/// There is a value.
const LIVE: usize = 1;
const GUARD: usize = 2;
const GUARDS: usize = INDEX_MASK & !LIVE;

/// Why a handle was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not the slot's present value, if it has one.
    Stale,
    /// Another kind of value.
    Kind,
    /// There are guards.
    InUse,
    /// There are as many guards as the word can count.
    Guards,
}

/// A generation, where it stands in words and handles: never 0.
///
/// They are counted up from the process's own beginning, all around, until the one before it.
pub(crate) fn last_generation(random: usize) -> usize {
    let g = random & !INDEX_MASK;
    if g == 0 { FIRST } else { g }
}

/// The state of one slot, whose values are of a kind `K`: something that is told by its address or
/// by what stands there. All zeroes is a free slot.
pub(crate) struct SlotState<K> {
    word: AtomicUsize,
    kind: AtomicPtr<K>,
}

impl<K> SlotState<K> {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        SlotState { word: AtomicUsize::new(0), kind: AtomicPtr::new(core::ptr::null_mut()) }
    }

    /// Owner of a slot that was never used: its last generation will be `last`.
    pub(crate) fn begin(&self, last: usize) {
        self.word.store(last, Relaxed);
    }

    /// Owner of a free slot: whether it has had its last generation, so that it must not be used
    /// again, or handles of long ago would mean new values.
    pub(crate) fn is_exhausted(&self, last: usize) -> bool {
        self.word.load(Relaxed) & !INDEX_MASK == last
    }

    /// Owner of a free slot with a value of this kind in it: lets others find it. Returns the
    /// handle's generation. The slot is nobody's after that.
    pub(crate) fn publish(&self, kind: *const K) -> usize {
        let next = (self.word.load(Relaxed) & !INDEX_MASK).wrapping_add(FIRST);
        let generation = if next == 0 { FIRST } else { next };
        // Released, so that whoever finds this kind finds the word that it replaced gone as well.
        self.kind.store(kind.cast_mut(), Release);
        self.word.store(generation | LIVE, Release);
        generation
    }

    /// Whether there is a value that was not deleted.
    pub(crate) fn is_live(&self) -> bool {
        self.word.load(Relaxed) & LIVE != 0
    }

    /// Loads the word and checks that `handle` means the value. The kind is looked at before anything
    /// is changed: if the word is still the same then, it was this value's kind.
    #[inline(always)]
    fn look(&self, handle: usize, is: impl Fn(*const K) -> bool) -> Result<usize, Refused> {
        let word = self.word.load(Acquire);
        if !means(handle, word) {
            return Err(Refused::Stale);
        }
        if !is(self.kind.load(Acquire)) {
            // The kind may have been the next value's.
            let same = means(handle, self.word.load(Relaxed));
            return Err(if same { Refused::Kind } else { Refused::Stale });
        }
        Ok(word)
    }

    /// Makes a guard: the value stays until its [`release`](Self::release).
    #[inline(always)]
    pub(crate) fn acquire(
        &self,
        handle: usize,
        is: impl Fn(*const K) -> bool,
    ) -> Result<(), Refused> {
        let mut word = self.look(handle, is)?;
        loop {
            if word & GUARDS == GUARDS {
                return Err(Refused::Guards);
            }
            match self.word.compare_exchange_weak(word, word + GUARD, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) if means(handle, now) => word = now,
                Err(_) => return Err(Refused::Stale),
            }
        }
    }

    /// Ends a guard. True: it was the last one of a deleted value, and the caller owns the slot and
    /// the value.
    #[inline(always)]
    #[must_use]
    pub(crate) fn release(&self) -> bool {
        let before = self.word.fetch_sub(GUARD, AcqRel);
        before & INDEX_MASK == GUARD
    }

    /// Ends the handle. True: the caller owns the slot and the value. False: the last guard will.
    #[inline(always)]
    pub(crate) fn delete(
        &self,
        handle: usize,
        is: impl Fn(*const K) -> bool,
    ) -> Result<bool, Refused> {
        let mut word = self.look(handle, is)?;
        loop {
            match self.word.compare_exchange_weak(word, word - LIVE, AcqRel, Relaxed) {
                Ok(_) => return Ok(word & GUARDS == 0),
                Err(now) if means(handle, now) => word = now,
                Err(_) => return Err(Refused::Stale),
            }
        }
    }

    /// [`delete`](Self::delete) if there are no guards: the caller owns the slot and the value.
    #[inline(always)]
    pub(crate) fn take(&self, handle: usize, is: impl Fn(*const K) -> bool) -> Result<(), Refused> {
        let mut word = self.look(handle, is)?;
        loop {
            if word & GUARDS != 0 {
                return Err(Refused::InUse);
            }
            match self.word.compare_exchange_weak(word, word - LIVE, AcqRel, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) if means(handle, now) => word = now,
                Err(_) => return Err(Refused::Stale),
            }
        }
    }
}

/// Whether the handle is of the word's generation, and that has a value.
#[inline(always)]
fn means(handle: usize, word: usize) -> bool {
    (handle ^ word) & !INDEX_MASK == 0 && word & LIVE != 0
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const A: *const u8 = &1;
    const B: *const u8 = &2;

    fn is_a(kind: *const u8) -> bool {
        // SAFETY: the kinds of these tests are `A` and `B`.
        unsafe { *kind == 1 }
    }

    fn is_b(kind: *const u8) -> bool {
        !is_a(kind)
    }

    #[test]
    fn a_value_lives_until_delete_and_the_last_guard() {
        let slot = SlotState::new();
        let h = slot.publish(A);
        assert!(slot.is_live());
        assert_eq!(slot.acquire(h, is_a), Ok(()));
        assert_eq!(slot.acquire(h, is_a), Ok(()));
        assert_eq!(slot.take(h, is_a), Err(Refused::InUse));
        assert!(!slot.release());
        assert_eq!(slot.delete(h, is_a), Ok(false));
        assert!(!slot.is_live());
        assert_eq!(slot.delete(h, is_a), Err(Refused::Stale));
        assert_eq!(slot.take(h, is_a), Err(Refused::Stale));
        assert_eq!(slot.acquire(h, is_a), Err(Refused::Stale));
        assert!(slot.release());
        let next = slot.publish(A);
        assert_ne!(h, next);
        assert_eq!(slot.delete(h, is_a), Err(Refused::Stale));
        assert_eq!(slot.take(next, is_a), Ok(()));
        assert_eq!(slot.take(next, is_a), Err(Refused::Stale));
    }

    #[test]
    fn another_kind_is_refused_and_changes_nothing() {
        let slot = SlotState::new();
        let h = slot.publish(B);
        assert_eq!(slot.acquire(h, is_a), Err(Refused::Kind));
        assert_eq!(slot.delete(h, is_a), Err(Refused::Kind));
        assert_eq!(slot.take(h, is_a), Err(Refused::Kind));
        assert_eq!(slot.take(h, is_b), Ok(()));
    }

    #[test]
    fn a_slot_that_was_never_used_has_no_handle() {
        let slot = SlotState::<u8>::new();
        for handle in [0, 1, FIRST, FIRST | 1, usize::MAX, INDEX_MASK] {
            assert_eq!(slot.acquire(handle, |_| true), Err(Refused::Stale), "{handle:#x}");
        }
    }

    #[test]
    fn generations_go_all_around_and_end() {
        for random in [0, FIRST, usize::MAX, 5 * FIRST + 3, !INDEX_MASK - FIRST] {
            let (slot, last) = (SlotState::new(), last_generation(random));
            assert_ne!(last, 0);
            slot.begin(last);
            let first = slot.publish(A);
            assert_eq!(first, if last == !INDEX_MASK { FIRST } else { last + FIRST });
            assert!(!slot.is_exhausted(last));
            assert_eq!(slot.delete(first, is_a), Ok(true));
            // The one before the last, without counting up to it.
            let before = if last == FIRST { !INDEX_MASK } else { last - FIRST };
            slot.begin(before);
            assert_eq!(slot.publish(A), last);
            assert!(slot.is_exhausted(last));
        }
    }

    #[test]
    fn no_more_guards_than_can_be_counted() {
        let slot = SlotState::new();
        let h = slot.publish(A);
        slot.word.store(h | LIVE | (GUARDS - GUARD), Relaxed);
        assert_eq!(slot.acquire(h, is_a), Ok(()));
        assert_eq!(slot.acquire(h, is_a), Err(Refused::Guards));
        assert_eq!(slot.delete(h, is_a), Ok(false));
        assert!(!slot.release());
    }
}
