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
        const LINE: usize = 64;
        let colour = (stack.low.addr() / crate::os::page_size()) % 16;
        let room = size_of::<G>().next_multiple_of(LINE);
        let g = stack.high().wrapping_sub(colour * LINE + room).cast::<G>();
        // SAFETY: inside the stack, aligned to a cache line, unused but for the park word and what
        // follows it, at which an old handle, or `gs`, may still look: those are only ever stored to as
        // the atomics they are.
        unsafe {
            let fresh = G::new(kind, stack);
            let bounds = crate::os::stack_bounds(stack.low, stack.size);
            (*fresh.ctx()).take_stack(&bounds, &*(*g).ctx());
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

/// A G that has not run yet: it gets its record, at the top of a stack, when it first runs. So a burst
/// of new Gs doesn't touch a stack each, and short ones use the same few stacks one after another.
///
/// Queues hold it as a `*mut G` with the lowest bit set, from [`Seed::as_g`].
pub(crate) struct Seed {
    link: Cell<*mut G>,
    /// The stack that is reserved for it. It runs on this one, or on one that was used later.
    stack: Cell<Stack>,
    at: &'static Location<'static>,
    plant: unsafe fn(*const Seed, Stack, u64) -> *mut G,
}

impl Seed {
    /// `plant` makes the G of a seed on a stack, with an id, and consumes the seed.
    pub(crate) fn new(
        at: &'static Location<'static>,
        plant: unsafe fn(*const Seed, Stack, u64) -> *mut G,
    ) -> Self {
        let stack = Cell::new(Stack { low: ptr::null_mut(), size: 0 });
        Seed { link: Cell::new(ptr::null_mut()), stack, at, plant }
    }

    /// Where the G was made.
    pub(crate) fn at(&self) -> &'static Location<'static> {
        self.at
    }

    /// What stands for the G in queues. Seeds are aligned to more than two bytes.
    pub(crate) fn as_g(this: *const Seed, stack: Stack) -> *mut G {
        // SAFETY: the caller has the seed alone.
        unsafe { (*this).stack.set(stack) };
        this.cast::<G>().cast_mut().map_addr(|address| address | 1)
    }

    fn of(g: *mut G) -> Option<*const Seed> {
        (g.addr() & 1 == 1).then(|| g.cast_const().cast::<Seed>().map_addr(|a| a & !1))
    }

    /// The G itself, made now if it is a seed. `exchange` may trade the stack that is reserved for it.
    ///
    /// # Safety
    /// `g` came out of a queue, and the caller alone has it.
    #[inline]
    pub(crate) unsafe fn grown(
        g: *mut G,
        exchange: impl FnOnce(Stack) -> Stack,
        id: impl FnOnce() -> u64,
    ) -> *mut G {
        match Seed::of(g) {
            // SAFETY: the caller's promise; the seed is consumed once.
            Some(seed) => unsafe { ((*seed).plant)(seed, exchange((*seed).stack.get()), id()) },
            None => g,
        }
    }
}

/// The link of a G in a queue, or of its seed.
///
/// # Safety
/// It is in a queue, or about to be, that the caller guards.
unsafe fn link<'a>(g: *mut G) -> &'a Cell<*mut G> {
    // SAFETY: what waits in a queue is alive.
    unsafe {
        match Seed::of(g) {
            Some(seed) => &(*seed).link,
            None => &(*g).link,
        }
    }
}

/// Whether a G in a queue must run on its own M.
///
/// # Safety
/// As for [`link`].
pub(crate) unsafe fn is_locked(g: *mut G) -> bool {
    // SAFETY: what waits in a queue is alive.
    Seed::of(g).is_none() && unsafe { (*g).locked() }
}

/// A first-in, first-out list of Gs, linked through them; guarded by whoever has it.
pub(crate) struct GQueue {
    head: *mut G,
    tail: *mut G,
    len: usize,
    /// How many of them must run on their own Ms. None begins to, or ceases, while it waits.
    locked: usize,
}

// SAFETY: the Gs in a queue wait; whoever takes one out is the only one to have it.
unsafe impl Send for GQueue {}

impl GQueue {
    pub(crate) const fn new() -> Self {
        GQueue { head: ptr::null_mut(), tail: ptr::null_mut(), len: 0, locked: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, g: *mut G) {
        // SAFETY: a G that waits is alive, and this queue alone has it.
        unsafe {
            link(g).set(ptr::null_mut());
            self.locked += usize::from(is_locked(g));
            if self.tail.is_null() {
                self.head = g;
            } else {
                link(self.tail).set(g);
            }
        }
        self.tail = g;
        self.len += 1;
    }

    pub(crate) fn pop(&mut self) -> Option<*mut G> {
        let g = self.head;
        if g.is_null() {
            return None;
        }
        // SAFETY: as in `push`.
        unsafe {
            self.head = link(g).get();
            self.locked -= usize::from(is_locked(g));
        }
        if self.head.is_null() {
            self.tail = ptr::null_mut();
        }
        self.len -= 1;
        Some(g)
    }

    /// Takes out the first that must run on its own M. Walks the queue, if there is one.
    pub(crate) fn pop_locked(&mut self) -> Option<*mut G> {
        if !self.has_locked() {
            return None;
        }
        let mut rest = core::mem::replace(self, GQueue::new());
        let mut found = None;
        while let Some(g) = rest.pop() {
            // SAFETY: as in `push`.
            if found.is_none() && unsafe { is_locked(g) } {
                found = Some(g);
            } else {
                self.push(g);
            }
        }
        found
    }

    /// Whether some must run on its own M.
    pub(crate) fn has_locked(&self) -> bool {
        self.locked > 0
    }

    /// Calls `f` with where each was made that has not run yet. Walks the queue.
    pub(crate) fn each_seed(&self, mut f: impl FnMut(&'static Location<'static>)) {
        let mut g = self.head;
        while !g.is_null() {
            // SAFETY: as in `push`.
            unsafe {
                if let Some(seed) = Seed::of(g) {
                    f((*seed).at());
                }
                g = link(g).get();
            }
        }
    }

    /// Whether the first must run on its own M.
    pub(crate) fn first_is_locked(&self) -> bool {
        // SAFETY: as in `push`.
        !self.head.is_null() && unsafe { is_locked(self.head) }
    }
}
