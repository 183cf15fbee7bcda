//! The G: a green thread's record, at the top of its own stack, so that a parked G costs one page.
//!
//! ```text
//!  high ├────────────────────────────┤ guard of the next stack
//!       │ colour (0–15 cache lines)  │  keeps the records of many Gs out of one cache set
//!       │ G                          │
//!       │ the closure it runs        │
//!       ├────────────────────────────┤ aligned: the first frame
//!       │ frames                     ▼
//!  low  ├────────────────────────────┤ guard
//! ```

mod queue;
mod seed;

pub(crate) use queue::{GQueue, is_locked};
pub(crate) use seed::Seed;

use crate::local::Locals;
use crate::m::M;
use crate::os::Note;
use crate::protocol::wait::ParkWord;
use crate::sanitize::{self, Fiber};
use crate::stack::Stack;
use arch::Context;
use core::any::Any;
use core::cell::{Cell, UnsafeCell};
use core::mem::{MaybeUninit, offset_of};
use core::panic::Location;
use core::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64, Ordering::*};

/// What a G is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made by `go`, `go_pinned` or for a plain thread's `run`.
    Go,
    /// An extra M's: runs the callbacks of a foreign thread.
    Extra,
    /// An M's `g0`.
    G0,
    /// Stands for a plain thread that waits for a G or parks: no stack, never scheduled.
    Thread,
}

/// A green thread. Fields are used only by the thread that runs it, or by whoever holds it while it
/// waits, except the atomic ones: `park` to `waits` are read at any time, also while the record becomes
/// that of another G.
#[repr(C)]
pub(crate) struct G {
    /// Must be first: `arch` takes a pointer to the G for a pointer to it.
    ctx: UnsafeCell<Context>,
    /// The M that runs it; while it is [locked](Self::locked), the M it must run on.
    pub(crate) m: Cell<*mut M>,
    pub(crate) id: Cell<u64>,
    pub(crate) park: ParkWord,
    /// How often it is locked to its M: by `lock_os_thread`, a callback, `go_pinned`.
    pub(crate) locks: Count,
    /// How many callbacks are live on its stack.
    callbacks: Count,
    pub(crate) spawned_at: Site,
    pub(crate) waits: Waits,
    /// The next in a [`GQueue`].
    pub(crate) link: Cell<*mut G>,
    /// The depth of callbacks at which [`blocking`](crate::blocking) runs Rust code in C's place.
    pub(crate) blocking_at: Cell<Option<u32>>,
    pub(crate) kind: Cell<Kind>,
    pub(crate) stack: Cell<Stack>,
    /// Panics that left callbacks, each with the depth of callbacks it left for, outermost first.
    pub(crate) panics: Cell<Vec<(Box<dyn Any + Send>, u32)>>,
    /// What a plain thread sleeps on.
    pub(crate) note: Note,
    pub(crate) locals: Locals,
    /// What a sanitizer knows the stack by.
    pub(crate) fiber: Fiber,
}

/// A number that one thread at a time writes, and any reads.
pub(crate) struct Count(AtomicU32);

impl Count {
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    pub(crate) fn set(&self, n: u32) {
        self.0.store(n, Relaxed);
    }
}

/// A place in the source, or none.
pub(crate) struct Site(AtomicPtr<Location<'static>>);

impl Site {
    pub(crate) fn get(&self) -> Option<&'static Location<'static>> {
        // SAFETY: null, or what `set` was given.
        unsafe { self.0.load(Relaxed).as_ref() }
    }

    pub(crate) fn set(&self, at: Option<&'static Location<'static>>) {
        self.0.store(at.map_or(ptr::null_mut(), |at| ptr::from_ref(at).cast_mut()), Relaxed);
    }
}

/// What a G, or a thread, waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Why {
    Park = 1,
    Join,
    BlockOn,
    Sleep,
}

/// Why and where a G waits, for [`gs`](crate::gs()) and the report of a deadlock. Set before it can be
/// woken, and cleared by whoever wakes it: one that is about to run doesn't wait.
pub(crate) struct Waits {
    why: AtomicU8,
    at: Site,
}

impl Waits {
    const fn new() -> Self {
        Waits { why: AtomicU8::new(0), at: Site(AtomicPtr::new(ptr::null_mut())) }
    }

    /// On the G's thread.
    pub(crate) fn set(&self, why: Why, at: &'static Location<'static>) {
        self.at.set(Some(at));
        self.why.store(why as u8, Release);
    }

    pub(crate) fn clear(&self) {
        self.why.store(0, Release);
    }

    pub(crate) fn get(&self) -> Option<(Why, &'static Location<'static>)> {
        let why = match self.why.load(Acquire) {
            1 => Why::Park,
            2 => Why::Join,
            3 => Why::BlockOn,
            4 => Why::Sleep,
            _ => return None,
        };
        Some((why, self.at.get()?))
    }
}

/// Ids, from 1. 0 is nobody's.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A block of ids for one P, so that making a G shares nothing.
pub(crate) fn reserve_ids(n: u64) -> u64 {
    NEXT_ID.fetch_add(n, Relaxed)
}

/// The calling thread's G, with the code on the G's own stack; null on a plain thread, in C, and in
/// the scheduler.
#[inline(always)]
pub(crate) fn curg() -> *mut G {
    let g = arch::g().cast::<G>();
    // SAFETY: a thread's `g` is null or alive.
    if !g.is_null() && unsafe { (*g).in_c() } { ptr::null_mut() } else { g }
}

impl G {
    /// A G with no stack and nothing to run.
    pub(crate) fn new(kind: Kind, stack: Stack) -> Self {
        G {
            ctx: UnsafeCell::new(Context::new()),
            m: Cell::new(ptr::null_mut()),
            id: Cell::new(0),
            park: ParkWord::new(),
            locks: Count(AtomicU32::new(0)),
            callbacks: Count(AtomicU32::new(0)),
            spawned_at: Site(AtomicPtr::new(ptr::null_mut())),
            waits: Waits::new(),
            link: Cell::new(ptr::null_mut()),
            blocking_at: Cell::new(None),
            kind: Cell::new(kind),
            stack: Cell::new(stack),
            panics: Cell::new(Vec::new()),
            note: Note::new(),
            locals: Locals::new(),
            fiber: Fiber::none(),
        }
    }

    /// Places a fresh G at the top of `stack`; returns it and where the room below it ends.
    ///
    /// # Safety
    /// The stack belongs to the caller.
    pub(crate) unsafe fn place(stack: Stack, kind: Kind, id: u64) -> *mut G {
        let g = G::at_top_of(stack).cast_mut();
        // SAFETY: inside the stack, aligned to a cache line, unused but for the park word and what
        // follows it, at which an old handle, or `gs`, may still look: those are only ever stored to as
        // the atomics they are.
        unsafe {
            let fresh = G::new(kind, stack);
            let bounds = crate::os::stack_bounds(stack.low, stack.size);
            (*fresh.ctx()).take_stack(&bounds, (*g).ctx());
            let fresh = MaybeUninit::new(fresh);
            let (from, to) = (fresh.as_ptr().cast::<u8>(), g.cast::<u8>());
            let park = offset_of!(G, park);
            let after = offset_of!(G, link);
            ptr::copy_nonoverlapping(from, to, park);
            ptr::copy_nonoverlapping(from.add(after), to.add(after), size_of::<G>() - after);
            (*g).locks.set(0);
            (*g).callbacks.set(0);
            (*g).spawned_at.set(None);
            (*g).waits.clear();
            (*g).set_id(id);
            sanitize::placed(&*g);
        }
        g
    }

    /// The G at the top of `stack`, whether one was placed there or not: for the fault handler,
    /// which checks the id.
    pub(crate) fn at_top_of(stack: Stack) -> *const G {
        const LINE: usize = 64;
        let colour = (stack.low.addr() / crate::os::page_size()) % 16;
        let room = size_of::<G>().next_multiple_of(LINE);
        stack.high().wrapping_sub(colour * LINE + room).cast::<G>()
    }

    pub(crate) fn set_id(&self, id: u64) {
        self.id.set(id);
        self.park.reset(id);
    }

    pub(crate) fn ctx(&self) -> *mut Context {
        self.ctx.get()
    }

    /// Whether the code of this G that runs now is C, or Rust called by C past callgate: it is on
    /// the thread's stack.
    #[inline(always)]
    pub(crate) fn in_c(&self) -> bool {
        // SAFETY: read by the thread that runs the G.
        unsafe { !(*self.ctx.get()).cgo_sp.is_null() }
    }

    /// Whether it must run on its own M.
    pub(crate) fn locked(&self) -> bool {
        self.locks.get() > 0
    }

    pub(crate) fn callbacks(&self) -> u32 {
        self.callbacks.get()
    }

    /// On the G's thread.
    pub(crate) fn set_callbacks(&self, n: u32) {
        self.callbacks.set(n);
    }

    /// Go's `ncgo`: how many foreign calls of this G are live on the thread's stack, if it is in
    /// Rust now. An extra M's G begins in C without a call.
    pub(crate) fn ncgo(&self) -> u32 {
        match self.kind.get() {
            Kind::Extra => self.callbacks().saturating_sub(1),
            _ => self.callbacks(),
        }
    }
}
