//! A P's queue of ready Gs: a ring that its owner fills and everybody empties, and one slot in front
//! of it, `runnext`, for the G that was made ready last. The algorithm is that of Go's `runqput`,
//! `runqget` and `runqgrab` (`runtime/proc.go`).
//!
//! Indices run freely and wrap; `tail - head` is the length. Only the owner moves `tail`; `head` is
//! moved by compare-and-swap, so an index that comes around again can't be taken for the old one
//! before 2³² operations have passed between a thief's load and its swap.

use crate::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};
use core::ptr;

/// Slots of the ring. A power of two.
#[cfg(not(loom))]
pub(crate) const CAPACITY: u32 = 256;
#[cfg(loom)]
pub(crate) const CAPACITY: u32 = 4;

const HALF: u32 = CAPACITY / 2;

/// The queue. `T` is opaque: pointers go in and come out.
pub(crate) struct RunQueue<T> {
    head: AtomicU32,
    tail: AtomicU32,
    next: AtomicPtr<T>,
    ring: [AtomicPtr<T>; CAPACITY as usize],
}

impl<T> RunQueue<T> {
    pub(crate) fn new() -> Self {
        RunQueue {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
            ring: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    fn slot(&self, index: u32) -> &AtomicPtr<T> {
        &self.ring[(index % CAPACITY) as usize]
    }

    /// Anyone: whether the queue looked empty. An item is missed only while `put_next`, which a
    /// thief has robbed of its successor, holds it in its hand.
    pub(crate) fn is_empty(&self) -> bool {
        loop {
            let head = self.head.load(Acquire);
            let tail = self.tail.load(Acquire);
            let next = self.next.load(Acquire);
            // `put_next` may have moved the item in `runnext` to the ring after the ring was looked
            // at, and `get` have taken its successor before `runnext` was.
            if tail == self.tail.load(Acquire) {
                return head == tail && next.is_null();
            }
        }
    }

    /// Owner: puts `item` in front of all others. The one that stood there goes to the ring's end,
    /// as by [`put`](Self::put).
    ///
    /// The swap is `SeqCst`: whoever loads `SeqCst` after it whether somebody must be told needs no
    /// fence in between.
    pub(crate) fn put_next(&self, item: *mut T, overflow: impl FnOnce(&[*mut T])) {
        let old = self.next.swap(item, SeqCst);
        if !old.is_null() {
            self.put(old, overflow);
        }
    }

    /// Owner: puts `item` at the end. A full ring gives up its older half: `overflow` gets it, and
    /// `item`, in order.
    pub(crate) fn put(&self, item: *mut T, overflow: impl FnOnce(&[*mut T])) {
        loop {
            let head = self.head.load(Acquire);
            let tail = self.tail.load(Relaxed);
            if tail.wrapping_sub(head) < CAPACITY {
                self.slot(tail).store(item, Relaxed);
                self.tail.store(tail.wrapping_add(1), Release);
                return;
            }
            if let Some(mut items) = self.take_half(head) {
                items[HALF as usize] = item;
                return overflow(&items);
            }
        }
    }

    /// Takes the older half of a full ring, and leaves room for one behind it. `None` if a thief was
    /// faster.
    #[cold]
    fn take_half(&self, head: u32) -> Option<[*mut T; HALF as usize + 1]> {
        let mut items = [ptr::null_mut(); HALF as usize + 1];
        for (i, to) in (0..HALF).zip(items.iter_mut()) {
            *to = self.slot(head.wrapping_add(i)).load(Relaxed);
        }
        self.head.compare_exchange(head, head.wrapping_add(HALF), AcqRel, Relaxed).ok()?;
        Some(items)
    }

    /// Owner: takes the one in front; `true` with it if it came from `runnext`.
    pub(crate) fn get(&self) -> Option<(*mut T, bool)> {
        let next = self.take_next();
        if !next.is_null() {
            return Some((next, true));
        }
        self.get_ring().map(|item| (item, false))
    }

    /// Owner: takes the first of the ring, past `runnext`.
    pub(crate) fn get_ring(&self) -> Option<*mut T> {
        let mut head = self.head.load(Acquire);
        loop {
            if head == self.tail.load(Relaxed) {
                return None;
            }
            let item = self.slot(head).load(Relaxed);
            match self.head.compare_exchange_weak(head, head.wrapping_add(1), AcqRel, Acquire) {
                Ok(_) => return Some(item),
                Err(now) => head = now,
            }
        }
    }

    /// Anyone: takes `runnext`; null if there is none.
    pub(crate) fn take_next(&self) -> *mut T {
        let next = self.next.load(Relaxed);
        if next.is_null() {
            return next;
        }
        // Released: who sees the empty slot sees where `put_next` moved the item before.
        match self.next.compare_exchange(next, ptr::null_mut(), AcqRel, Relaxed) {
            Ok(item) => item,
            Err(_) => ptr::null_mut(),
        }
    }

    /// The owner of `self`, whose queue is empty, takes the older half of `from`'s ring: one to run
    /// now, the rest into its own. With `take_next`, and nothing in the ring, `from`'s `runnext`.
    pub(crate) fn steal_from(&self, from: &Self, take_next: bool) -> Option<*mut T> {
        let tail = self.tail.load(Relaxed);
        loop {
            let head = from.head.load(Acquire);
            let end = from.tail.load(Acquire);
            let mut n = end.wrapping_sub(head);
            n -= n / 2;
            if n == 0 {
                let next = if take_next { from.take_next() } else { ptr::null_mut() };
                return if next.is_null() { None } else { Some(next) };
            }
            if n > HALF {
                continue; // head and tail were read at two moments
            }
            for i in 0..n {
                let item = from.slot(head.wrapping_add(i)).load(Relaxed);
                self.slot(tail.wrapping_add(i)).store(item, Relaxed);
            }
            if from.head.compare_exchange(head, head.wrapping_add(n), AcqRel, Relaxed).is_ok() {
                let last = tail.wrapping_add(n - 1);
                let item = self.slot(last).load(Relaxed);
                self.tail.store(last, Release);
                return Some(item);
            }
        }
    }
}

#[cfg(test)]
impl<T> RunQueue<T> {
    /// [`put`](Self::put), with what did not fit as an error.
    pub(crate) fn put_or_spill(&self, item: *mut T) -> Result<(), Vec<*mut T>> {
        let mut spilt = Vec::new();
        self.put(item, |items| spilt.extend_from_slice(items));
        if spilt.is_empty() { Ok(()) } else { Err(spilt) }
    }

    /// [`put_next`](Self::put_next), with what did not fit as an error.
    pub(crate) fn put_next_or_spill(&self, item: *mut T) -> Result<(), Vec<*mut T>> {
        let mut spilt = Vec::new();
        self.put_next(item, |items| spilt.extend_from_slice(items));
        if spilt.is_empty() { Ok(()) } else { Err(spilt) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    /// Item `n`, from 1.
    fn item(n: usize) -> *mut u8 {
        ptr::without_provenance_mut(n)
    }

    fn put(queue: &RunQueue<u8>, numbers: impl IntoIterator<Item = usize>) {
        for n in numbers {
            assert!(queue.put_or_spill(item(n)).is_ok());
        }
    }

    fn drain(queue: &RunQueue<u8>) -> Vec<usize> {
        core::iter::from_fn(|| queue.get()).map(|(item, _)| item.addr()).collect()
    }

    #[test]
    fn first_in_first_out() {
        let q = RunQueue::new();
        assert!(q.is_empty());
        assert_eq!(q.get(), None);
        put(&q, 1..=5);
        assert!(!q.is_empty());
        assert_eq!(drain(&q), [1, 2, 3, 4, 5]);
        assert!(q.is_empty());
    }

    #[test]
    fn next_goes_first_and_its_predecessor_last() {
        let q = RunQueue::new();
        put(&q, [1, 2]);
        assert!(q.put_next_or_spill(item(3)).is_ok());
        assert!(q.put_next_or_spill(item(4)).is_ok());
        assert_eq!(q.get(), Some((item(4), true)));
        assert_eq!(q.get(), Some((item(1), false)));
        assert_eq!(drain(&q), [2, 3]);
    }

    #[test]
    fn next_alone_is_not_empty() {
        let q = RunQueue::new();
        assert!(q.put_next_or_spill(item(1)).is_ok());
        assert!(!q.is_empty());
        assert_eq!(q.get_ring(), None);
        assert_eq!(q.take_next(), item(1));
        assert!(q.take_next().is_null());
        assert!(q.is_empty());
    }

    /// The older half and the newcomer leave, in order; the younger half stays.
    #[test]
    fn overflow_keeps_the_order() {
        let (q, full, half) = (RunQueue::new(), CAPACITY as usize, CAPACITY as usize / 2);
        put(&q, 1..=full);
        let out = q
            .put_or_spill(item(full + 1))
            .unwrap_err()
            .iter()
            .map(|item| item.addr())
            .collect::<Vec<_>>();
        assert!(out.into_iter().eq((1..=half).chain([full + 1])));
        assert!(drain(&q).into_iter().eq(half + 1..=full));
    }

    /// `put_next` on a full ring spills what stood in `runnext`, not the newcomer.
    #[test]
    fn overflow_of_the_replaced_next() {
        let (q, full) = (RunQueue::new(), CAPACITY as usize);
        put(&q, 1..=full);
        assert!(q.put_next_or_spill(item(1000)).is_ok());
        let out = q.put_next_or_spill(item(1001)).unwrap_err();
        assert_eq!(out.last(), Some(&item(1000)));
        assert_eq!(q.get(), Some((item(1001), true)));
    }

    #[test]
    fn a_thief_takes_the_older_half_and_runs_its_last() {
        for n in 1..=CAPACITY as usize {
            let (from, to) = (RunQueue::new(), RunQueue::new());
            put(&from, 1..=n);
            let stolen = n - n / 2;
            assert_eq!(to.steal_from(&from, true), Some(item(stolen)));
            assert!(drain(&to).into_iter().eq(1..stolen));
            assert!(drain(&from).into_iter().eq(stolen + 1..=n));
        }
    }

    #[test]
    fn a_thief_takes_next_last_and_only_if_told_to() {
        let (from, to) = (RunQueue::new(), RunQueue::new());
        put(&from, [1]);
        assert!(from.put_next_or_spill(item(2)).is_ok());
        assert_eq!(to.steal_from(&from, true), Some(item(1)));
        assert_eq!(to.steal_from(&from, false), None);
        assert_eq!(to.steal_from(&from, true), Some(item(2)));
        assert_eq!(to.steal_from(&from, true), None);
        assert!(from.is_empty() && to.is_empty());
    }

    #[test]
    fn indices_wrap() {
        let (from, to) = (RunQueue::new(), RunQueue::new());
        for q in [&from, &to] {
            q.head.store(u32::MAX - 1, Relaxed);
            q.tail.store(u32::MAX - 1, Relaxed);
        }
        let full = CAPACITY as usize;
        put(&from, 1..=full);
        assert!(from.put_or_spill(item(full + 1)).is_err());
        put(&from, full + 2..=full + full / 2 + 1);
        assert_eq!(to.steal_from(&from, false), Some(item(full)));
        assert!(drain(&to).into_iter().eq(full / 2 + 1..full));
        assert!(drain(&from).into_iter().eq(full + 2..=full + full / 2 + 1));
    }

    /// An owner that fills, empties and overflows its queue, and thieves that never stop: every
    /// item comes out once.
    #[test]
    fn stress() {
        const ITEMS: usize = if cfg!(miri) { 500 } else { 200_000 };
        let (q, done) = (RunQueue::<u8>::new(), AtomicBool::new(false));
        let mut out = thread::scope(|scope| {
            let thieves = [true, false].map(|take_next| {
                let (q, done) = (&q, &done);
                scope.spawn(move || {
                    let (mine, mut out) = (RunQueue::new(), Vec::new());
                    loop {
                        // Asked before the look, so that the last look comes after the last put.
                        let last = done.load(Acquire);
                        match mine.steal_from(q, take_next) {
                            Some(item) => {
                                out.push(item.addr());
                                out.extend(drain(&mine));
                            }
                            None if last => return out,
                            None => thread::yield_now(),
                        }
                    }
                })
            });
            let mut out = Vec::new();
            for n in 1..=ITEMS {
                let put =
                    if n % 3 == 0 { q.put_next_or_spill(item(n)) } else { q.put_or_spill(item(n)) };
                if let Err(overflow) = put {
                    out.extend(overflow.iter().map(|item| item.addr()));
                }
                // Bursts, so that the ring runs full and empty by turns.
                if n / 1000 % 2 == 1 {
                    out.extend((0..2).filter_map(|_| q.get()).map(|(item, _)| item.addr()));
                }
            }
            out.extend(drain(&q));
            done.store(true, Release);
            thieves.into_iter().for_each(|t| out.extend(t.join().unwrap()));
            out
        });
        out.sort_unstable();
        assert!(out.into_iter().eq(1..=ITEMS));
    }
}
