//! The list of extra Ms, from which a thread that has none borrows one ([seed of 2013]).
//!
//! A compare-and-swap that pops a stack has the ABA race: the head may be popped, used and pushed
//! again between a thread's load and its swap. So the head is *locked* by exchanging it for a
//! sentinel, and unlocked by storing the new head: a spin lock that needs no M, no memory and no
//! lock that a G may hold, which is all that a thread without an M can use.
//!
//! [seed of 2013]: https://golang.org/cl/7304104

use crate::primitives::atomic::{AtomicPtr, AtomicU32, Ordering::*};
use crate::primitives::backoff;
use core::ptr;

/// What can stand in the list.
///
/// # Safety
/// [`link`](Self::link) always returns the same field, used by nothing else while in the list.
pub(crate) unsafe trait Linked: Sized {
    fn link(&self) -> &AtomicPtr<Self>;
}

pub(crate) struct ExtraList<T> {
    head: AtomicPtr<T>,
    len: AtomicU32,
}

impl<T: Linked> ExtraList<T> {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        ExtraList { head: AtomicPtr::new(ptr::null_mut()), len: AtomicU32::new(0) }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        ExtraList { head: AtomicPtr::new(ptr::null_mut()), len: AtomicU32::new(0) }
    }

    fn locked() -> *mut T {
        ptr::without_provenance_mut(1)
    }

    /// Locks the list and returns its head. With `nil_ok` false, waits until there is one: the
    /// invariant says that there soon will be. Between two looks, `waiting` is called.
    fn lock(&self, nil_ok: bool, waiting: impl Fn()) -> *mut T {
        for n in 0.. {
            let head = self.head.load(Relaxed);
            if head != Self::locked()
                && (nil_ok || !head.is_null())
                && self.head.compare_exchange_weak(head, Self::locked(), Acquire, Relaxed).is_ok()
            {
                return head;
            }
            waiting();
            backoff(n);
        }
        unreachable!("the loop above has no end")
    }

    fn unlock(&self, head: *mut T) {
        self.head.store(head, Release);
    }

    /// Takes one; `true` with it if that was the last, so that the taker owes the list a new one.
    /// Waits while there is none, and calls `waiting` again and again meanwhile.
    pub(crate) fn pop(&self, waiting: impl Fn()) -> (*mut T, bool) {
        let head = self.lock(false, waiting);
        // SAFETY: an item in the list is alive, and the lock is ours.
        let next = unsafe { (*head).link().load(Relaxed) };
        self.len.fetch_sub(1, Relaxed);
        self.unlock(next);
        (head, next.is_null())
    }

    /// Adds one.
    ///
    /// # Safety
    /// `item` is alive until it is popped, and not in the list.
    pub(crate) unsafe fn push(&self, item: *mut T) {
        // SAFETY: by the contract.
        let pushed = unsafe { self.push_below(item, u32::MAX) };
        debug_assert!(pushed, "the list is never that long");
    }

    /// Adds one, if fewer than `max` are in the list.
    ///
    /// # Safety
    /// As [`push`](Self::push).
    #[must_use]
    pub(crate) unsafe fn push_below(&self, item: *mut T, max: u32) -> bool {
        let head = self.lock(true, || ());
        if self.len.load(Relaxed) >= max {
            self.unlock(head);
            return false;
        }
        // SAFETY: by the contract; the lock is ours.
        unsafe { (*item).link().store(head, Relaxed) };
        self.len.fetch_add(1, Relaxed);
        self.unlock(item);
        true
    }

    /// How many are in the list.
    pub(crate) fn len(&self) -> u32 {
        self.len.load(Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::thread;

    struct Item {
        link: AtomicPtr<Item>,
        borrowers: AtomicU32,
    }

    // SAFETY: `link` is used for nothing else.
    unsafe impl Linked for Item {
        fn link(&self) -> &AtomicPtr<Self> {
            &self.link
        }
    }

    fn items<const N: usize>() -> [Item; N] {
        core::array::from_fn(|_| Item {
            link: AtomicPtr::new(ptr::null_mut()),
            borrowers: AtomicU32::new(0),
        })
    }

    fn push(list: &ExtraList<Item>, item: *const Item) {
        // SAFETY: the items of these tests outlive their lists, and are pushed by their owners.
        unsafe { list.push(item.cast_mut()) }
    }

    #[test]
    fn last_in_first_out() {
        let (list, items) = (ExtraList::new(), items::<3>());
        assert_eq!(list.len(), 0);
        items.iter().for_each(|item| push(&list, item));
        assert_eq!(list.len(), 3);
        for (i, item) in items.iter().enumerate().rev() {
            let (popped, last) = list.pop(|| ());
            assert!(ptr::eq(popped, item));
            assert_eq!(last, i == 0);
        }
        assert_eq!(list.len(), 0);
    }

    /// More threads than items, so that all wait on the lock and some on the empty list.
    #[test]
    fn stress() {
        const ROUNDS: usize = if cfg!(miri) { 30 } else { 5_000 };
        let (list, items, doubled) = (ExtraList::new(), items::<2>(), AtomicU32::new(0));
        items.iter().for_each(|item| push(&list, item));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        let (item, _) = list.pop(|| ());
                        // SAFETY: the items outlive the threads.
                        let borrowers = unsafe { &(*item).borrowers };
                        // Not asserted here: those that wait for this item would wait for ever.
                        doubled.fetch_add(borrowers.fetch_add(1, Relaxed), Relaxed);
                        borrowers.fetch_sub(1, Relaxed);
                        push(&list, item);
                    }
                });
            }
        });
        assert_eq!(doubled.into_inner(), 0);
        assert_eq!(list.len(), 2);
    }
}
