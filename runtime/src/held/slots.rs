//! Where the values of handles lie: slots that are never moved and never freed, so that any integer
//! can be looked up without a lock, and the lists of free ones.

use crate::protocol::slot::{INDEX_BITS, INDEX_MASK, SlotState, last_generation};
use core::any::TypeId;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use std::sync::{Mutex, MutexGuard};

/// Slots of the first chunk: a page of them. Each chunk has twice as many as the one before.
const FIRST_CHUNK: usize = 64;
const CHUNKS: usize = (INDEX_BITS - FIRST_CHUNK.ilog2()) as usize;
/// Slots that a thread takes from the common list at a time; it keeps up to two such batches.
const BATCH: usize = 32;
/// Words of a value: what a cache line has left.
const WORDS: usize = (64 - 3 * size_of::<usize>()) / size_of::<usize>();

/// Where a small value stands, or the pointer to the box of a larger one; the next one in a list of
/// free slots.
pub(super) type Room = [MaybeUninit<usize>; WORDS];

/// One cache line. All zeroes is a slot that was never used.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub(super) state: SlotState<TypeId>,
    /// Written before the slot's first use.
    index: Cell<usize>,
    room: UnsafeCell<Room>,
}

const _: () = assert!(size_of::<Slot>() == 64);

// SAFETY: `index` and `room` are written by the owner of a slot that has no value; others read them
// after they have found one in `state`.
unsafe impl Sync for Slot {}
// SAFETY: a slot belongs to no thread.
unsafe impl Send for Slot {}

impl Slot {
    /// Where the value stands.
    #[inline(always)]
    pub(super) fn room(&self) -> *mut Room {
        self.room.get()
    }

    /// The slot's part of its handles.
    #[inline(always)]
    pub(super) fn index(&self) -> usize {
        self.index.get()
    }

    /// # Safety
    /// The caller owns the slot, which is free.
    unsafe fn set_next(&self, next: Option<&'static Slot>) {
        let next = next.map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the owner's, and large enough.
        unsafe { self.room.get().cast::<*const Slot>().write(next) };
    }

    /// # Safety
    /// As [`set_next`](Self::set_next), which was called since the slot was used last.
    unsafe fn next(&self) -> Option<&'static Slot> {
        // SAFETY: it was written so; slots are never freed.
        unsafe { (*self.room.get().cast::<*const Slot>()).as_ref() }
    }
}

static TABLE: [AtomicPtr<Slot>; CHUNKS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS];

/// The chunk of an index, and the place in it.
#[inline(always)]
fn place(index: usize) -> (usize, usize) {
    let i = index + FIRST_CHUNK;
    let top = i.ilog2();
    ((top - FIRST_CHUNK.ilog2()) as usize, i - (1 << top))
}

/// The slot that a handle is about, whatever integer it is.
#[inline(always)]
pub(super) fn find(handle: usize) -> Option<&'static Slot> {
    let (chunk, at) = place(handle & INDEX_MASK);
    let chunk = TABLE.get(chunk)?.load(Acquire);
    if chunk.is_null() {
        return None;
    }
    // SAFETY: `place` stays within the chunk, which is never freed; zeroes are a slot.
    Some(unsafe { &*chunk.add(at) })
}

/// A list of free slots that the list's owner owns.
struct List {
    head: Option<&'static Slot>,
    len: usize,
}

impl List {
    const EMPTY: List = List { head: None, len: 0 };

    fn push(&mut self, slot: &'static Slot) {
        // SAFETY: the caller gives the free slot to this list.
        unsafe { slot.set_next(self.head) };
        self.head = Some(slot);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<&'static Slot> {
        let slot = self.head?;
        // SAFETY: the list owns it.
        self.head = unsafe { slot.next() };
        self.len -= 1;
        Some(slot)
    }

    /// Takes up to `n` out.
    fn split(&mut self, n: usize) -> List {
        let mut taken = List::EMPTY;
        while taken.len < n
            && let Some(slot) = self.pop()
        {
            taken.push(slot);
        }
        taken
    }

    fn append(&mut self, mut other: List) {
        while let Some(slot) = other.pop() {
            self.push(slot);
        }
    }
}

/// What all threads share.
struct Common {
    free: List,
    /// Slots from this index on were never used.
    used: usize,
}

static COMMON: Mutex<Common> = Mutex::new(Common { free: List::EMPTY, used: 0 });
/// Odd and random, another one in each process. Set before there is any slot.
static SEED: AtomicUsize = AtomicUsize::new(0);

/// The last generation of a slot, and so the beginning of its first: another one for each slot and
/// process, so that a handle is refused by another process, and its neighbours by this one.
#[inline(always)]
fn last(index: usize) -> usize {
    last_generation(SEED.load(Relaxed).wrapping_mul(2 * index + 1))
}

// Nothing of a user's runs under this lock, not even the allocator, which may be C's.
fn common() -> MutexGuard<'static, Common> {
    COMMON.lock().unwrap_or_else(|e| e.into_inner())
}

/// The free slots of a thread.
struct Cache(Cell<List>);

impl Drop for Cache {
    fn drop(&mut self) {
        common().free.append(self.0.replace(List::EMPTY));
    }
}

thread_local! {
    static CACHE: Cache = const { Cache(Cell::new(List::EMPTY)) };
}

/// Takes a slot out of the calling thread's cache.
#[inline(never)]
fn pop_cached() -> Option<&'static Slot> {
    let slot = CACHE.try_with(|cache| {
        let mut list = cache.0.replace(List::EMPTY);
        let slot = list.pop();
        cache.0.set(list);
        slot
    });
    slot.ok().flatten()
}

/// Puts a slot into the calling thread's cache. Returns what is for the common list.
#[inline(never)]
fn push_cached(slot: &'static Slot) -> List {
    let over = CACHE.try_with(|cache| {
        let mut list = cache.0.replace(List::EMPTY);
        list.push(slot);
        let over = if list.len > 2 * BATCH { list.split(BATCH) } else { List::EMPTY };
        cache.0.set(list);
        over
    });
    // A thread that is past its own thread-locals keeps nothing.
    over.unwrap_or_else(|_| {
        let mut one = List::EMPTY;
        one.push(slot);
        one
    })
}

/// The same with a batch, for an empty cache: it may be another thread's than the one that was
/// found empty.
#[inline(never)]
fn fill_cached(batch: List) -> List {
    let batch = Cell::new(batch);
    let over = CACHE.try_with(|cache| {
        let mut list = cache.0.replace(List::EMPTY);
        let over = if list.len == 0 {
            list = batch.replace(List::EMPTY);
            List::EMPTY
        } else {
            batch.replace(List::EMPTY)
        };
        cache.0.set(list);
        over
    });
    over.unwrap_or_else(|_| batch.replace(List::EMPTY))
}

/// A slot for a new value. The caller owns it.
///
/// # Panics
/// If there are as many handles as an integer can tell apart.
#[inline(always)]
pub(super) fn take() -> &'static Slot {
    pop_cached().unwrap_or_else(take_common)
}

#[cold]
#[inline(never)]
fn take_common() -> &'static Slot {
    loop {
        let mut batch = next_batch();
        if let Some(slot) = batch.pop() {
            give(fill_cached(batch));
            return slot;
        }
    }
}

/// Free slots out of the common list, or new ones. Empty where the table had to grow first.
fn next_batch() -> List {
    let mut common = common();
    if common.free.len > 0 {
        return common.free.split(BATCH);
    }
    let (chunk, at) = place(common.used);
    let Some(place) = TABLE.get(chunk) else {
        drop(common);
        panic!(
            "callgate: the table of handles is full: {} are alive. Delete handles that C gives back",
            live()
        );
    };
    let start = place.load(Acquire);
    if start.is_null() {
        drop(common);
        grow(chunk, place);
        return List::EMPTY;
    }
    let mut batch = List::EMPTY;
    // Chunks are whole batches.
    for i in (0..BATCH).rev() {
        // SAFETY: within the chunk, which is never freed; zeroes are a slot.
        let slot: &'static Slot = unsafe { &*start.add(at + i) };
        slot.index.set(common.used + i);
        slot.state.begin(last(slot.index()));
        batch.push(slot);
    }
    common.used += BATCH;
    batch
}

/// Allocates a chunk, unless another thread has.
fn grow(chunk: usize, place: &AtomicPtr<Slot>) {
    if SEED.load(Relaxed) == 0 {
        let random = RandomState::new().hash_one(chunk) as usize;
        let _ = SEED.compare_exchange(0, random | 1, Relaxed, Relaxed);
    }
    let size = (FIRST_CHUNK << chunk) * size_of::<Slot>();
    // Aligned here: an allocator would write zeroes where the system's fresh pages are zero, and a
    // large chunk would be committed at once.
    let layout = Layout::from_size_align(size + size_of::<Slot>(), align_of::<usize>())
        .expect("a chunk is smaller than the address space");
    // SAFETY: the size is not zero.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    let start = memory.map_addr(|a| a.next_multiple_of(align_of::<Slot>())).cast();
    if place.compare_exchange(ptr::null_mut(), start, AcqRel, Relaxed).is_err() {
        // SAFETY: it was allocated so, and nobody has seen it.
        unsafe { dealloc(memory, layout) };
    }
}

/// Takes back a slot that the caller owns, and whose value is gone.
#[inline(always)]
pub(super) fn put(slot: &'static Slot) {
    if slot.state.is_exhausted(last(slot.index())) {
        return;
    }
    give(push_cached(slot));
}

#[inline(always)]
fn give(over: List) {
    #[cold]
    fn give(over: List) {
        common().free.append(over);
    }
    if over.len > 0 {
        give(over);
    }
}

/// How many slots have a value that was not deleted. Looks at every slot that was ever used.
pub(crate) fn live() -> u64 {
    let used = common().used;
    (0..used).filter(|&i| find(i).is_some_and(|slot| slot.state.is_live())).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Handle;

    #[test]
    fn places_fill_chunks_without_gaps() {
        let mut expected = (0, 0);
        for index in 0..10_000 {
            assert_eq!(place(index), expected, "{index}");
            expected.1 += 1;
            if expected.1 == FIRST_CHUNK << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert!(place(INDEX_MASK).0 >= CHUNKS, "past the end");
        assert!(place(INDEX_MASK - FIRST_CHUNK).0 < CHUNKS);
        assert_eq!(FIRST_CHUNK % BATCH, 0);
    }

    #[test]
    fn an_exhausted_slot_is_not_used_again() {
        // One in a thousand million has nothing before its last generation.
        let first = INDEX_MASK + 1;
        let slot = core::iter::repeat_with(take).find(|s| last(s.index()) != first);
        let slot = slot.expect("there is always another slot");
        slot.state.begin(last(slot.index()) - first);
        let handle = slot.state.publish(const { &TypeId::of::<u8>() });
        assert_eq!(handle, last(slot.index()));
        assert_eq!(slot.state.take(handle, |_| true), Ok(()));
        put(slot);
        let handles: Vec<_> = (0..4 * BATCH).map(Handle::new).collect();
        assert!(handles.iter().all(|h| h.into_raw() & INDEX_MASK != slot.index()));
        handles.iter().for_each(|handle| handle.delete().unwrap());
    }

    #[test]
    fn a_thread_gives_its_slots_back() {
        let before = common().used;
        for _ in 0..100 {
            std::thread::spawn(|| {
                let handles: Vec<_> = (0..3 * BATCH).map(Handle::new).collect();
                handles.iter().for_each(|handle| handle.delete().unwrap());
            })
            .join()
            .unwrap();
        }
        // The other tests use some, too.
        assert!(common().used - before < 30 * BATCH, "{} were used up", common().used - before);
    }
}
