//! Stacks come from arenas: one large mapping each, committed page by page as it is touched, never
//! unmapped, so that a stale address is at worst a page of zeros.
//!
//! ```text
//!   arena  │guard│ stack 0 │guard│ stack 1 │guard│ … │guard│ stack n-1 │guard│
//! ```
//!
//! A slot is a guard page and a stack, so its size is no power of two, and the tops of different
//! stacks, where the live data is, fall into different sets of a cache.

use super::Stack;
use crate::os;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering::*};

/// An arena is about this large: 1,000 stacks of the default size; fewer where addresses are scarce.
const ARENA_BYTES: usize = if usize::BITS < 64 { 16 << 20 } else { 256 << 20 };
/// Arenas that there can be. A fault handler searches the table, so it doesn't move.
const MAX_ARENAS: usize = 1 << 14;

struct Arena {
    base: *mut u8,
    slots: usize,
    slot_size: usize,
}

/// All arenas. An entry, once written, stays.
static TABLE: [AtomicPtr<Arena>; MAX_ARENAS] =
    [const { AtomicPtr::new(core::ptr::null_mut()) }; MAX_ARENAS];
static ARENAS: AtomicUsize = AtomicUsize::new(0);
static STACKS: AtomicU64 = AtomicU64::new(0);

/// The slots of the newest arena that have not been used yet.
struct Fresh {
    next: usize,
}
static FRESH: Mutex<Fresh> = Mutex::new(Fresh { next: 0 });

/// A guard is a page, and what the system needs beside it.
fn guard_size() -> usize {
    os::page_size() + os::OVERFLOW_ROOM
}

/// How many stacks have ever been made; each stays mapped.
pub(crate) fn stacks_mapped() -> u64 {
    STACKS.load(Relaxed)
}

/// A stack of `size` bytes that has never been used. All stacks of a process are of one size.
pub(crate) fn fresh(size: usize) -> io::Result<Stack> {
    let mut fresh = FRESH.lock().unwrap_or_else(|e| e.into_inner());
    let guard = guard_size();
    let arena = match newest() {
        Some(arena) if fresh.next < arena.slots => arena,
        _ => {
            let arena = new_arena(size, guard)?;
            fresh.next = 0;
            arena
        }
    };
    let slot = arena.base.wrapping_add(fresh.next * arena.slot_size);
    // SAFETY: both guards are pages of this arena at the edges of slots; the lower one of this slot
    // was made with the slot before, except the first.
    unsafe {
        if fresh.next == 0 {
            os::guard(slot, guard)?;
        }
        os::guard(slot.wrapping_add(arena.slot_size), guard)?;
    }
    let stack = Stack { low: slot.wrapping_add(guard), size };
    os::ready_stack(stack.low, size)?;
    fresh.next += 1;
    STACKS.fetch_add(1, Relaxed);
    arch::register_stack(stack.low.cast(), stack.high().cast());
    Ok(stack)
}

fn newest() -> Option<&'static Arena> {
    let n = ARENAS.load(Acquire);
    // SAFETY: entries below the count are written and live for ever.
    n.checked_sub(1).map(|i| unsafe { &*TABLE[i].load(Acquire) })
}

fn new_arena(size: usize, guard: usize) -> io::Result<&'static Arena> {
    let n = ARENAS.load(Acquire);
    if n == MAX_ARENAS {
        return Err(io::Error::new(io::ErrorKind::OutOfMemory, "all stack arenas are in use"));
    }
    let slot_size = size + guard;
    let mut slots = (ARENA_BYTES / slot_size).max(4);
    // A process near its address-space limit may still have room for a few.
    let base = loop {
        let bytes = slots.checked_mul(slot_size).and_then(|bytes| bytes.checked_add(guard));
        match bytes.map_or_else(|| Err(io::ErrorKind::OutOfMemory.into()), os::map) {
            Ok(base) => break base.as_ptr(),
            Err(error) if slots == 1 => return Err(error),
            Err(_) => slots /= 2,
        }
    };
    let arena = Box::leak(Box::new(Arena { base, slots, slot_size }));
    TABLE[n].store(arena, Release);
    ARENAS.store(n + 1, Release);
    Ok(arena)
}

/// Calls `f` with each stack that was ever made, under no lock.
pub(crate) fn each(mut f: impl FnMut(Stack)) {
    let fresh = FRESH.lock().unwrap_or_else(|e| e.into_inner());
    let (guard, n, used) = (guard_size(), ARENAS.load(Acquire), fresh.next);
    drop(fresh);
    for (i, entry) in TABLE[..n].iter().enumerate() {
        // SAFETY: entries below the count are written and live for ever.
        let arena = unsafe { &*entry.load(Acquire) };
        for slot in 0..if i + 1 == n { used } else { arena.slots } {
            let low = arena.base.wrapping_add(slot * arena.slot_size + guard);
            f(Stack { low, size: arena.slot_size - guard });
        }
    }
}

/// The stack whose guard, or whose inside, an address lies in, and whether it is a guard.
/// Async-signal-safe.
pub(crate) fn find(address: usize) -> Option<(Stack, bool)> {
    let guard = guard_size();
    TABLE[..ARENAS.load(Acquire)].iter().find_map(|entry| {
        // SAFETY: entries below the count are written and live for ever.
        let arena = unsafe { &*entry.load(Acquire) };
        let offset = address.checked_sub(arena.base.addr())?;
        let slot = offset / arena.slot_size;
        if slot >= arena.slots {
            return None;
        }
        let low = arena.base.wrapping_add(slot * arena.slot_size + guard);
        let stack = Stack { low, size: arena.slot_size - guard };
        Some((stack, offset % arena.slot_size < guard))
    })
}
