//! The M: an OS thread that runs Gs, or an extra one that waits for a thread.
//!
//! Records are never freed, only used again: whoever still looks at an M that has ended (the
//! monitor, a request to a lease) looks at a record.

use crate::call::syscall::WinSyscall;
use crate::g::{G, Kind};
use crate::os::{self, Note};
use crate::p::P;
use crate::private::ForeignFn;
use crate::protocol::extra_list::Linked;
use crate::protocol::lease::Lease;
use crate::stack::Stack;
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering::*};
use std::time::Duration;

/// Where an M's thread comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// callgate made the thread.
    Own,
    /// A foreign thread borrows it, or will.
    Extra,
}

/// An M. Fields are used only by its own thread, except the atomic ones and those said to be
/// guarded by the scheduler's lock.
#[repr(C)]
pub(crate) struct M {
    /// Must be first: `arch` takes the `g0` for a context.
    pub(crate) g0: G,
    pub(crate) lease: Lease,
    /// The P that this M believes it holds: true while the lease says so.
    pub(crate) p: Cell<*mut P>,
    /// The G that runs on it, or that is locked to it and waits.
    pub(crate) curg: AtomicPtr<G>,
    /// The leaf function that was called last, for the message when it calls back.
    pub(crate) leaf: Cell<Option<&'static ForeignFn>>,
    /// The call that [`syscall_n`](crate::syscall_n) makes on it.
    pub(crate) winsyscall: Cell<WinSyscall>,
    /// Its thread's `errno`.
    pub(crate) errno: Cell<*mut c_int>,
    /// Whether the system will tell of its thread's end.
    pub(crate) end_is_told: Cell<bool>,
    /// What the thread sleeps on when it has no P.
    pub(crate) note: Note,
    /// How often in a row waiting without sleep was in vain; see [`wait_a_little`](Self::wait_a_little).
    vain_waits: Cell<u32>,
    /// The P that comes with a wake. Written by the waker before, read by the thread after.
    pub(crate) next_p: Cell<*mut P>,
    /// Whether it looks for work without having any; moves with the P in a wake.
    pub(crate) spinning: Cell<bool>,
    pub(crate) origin: Cell<Origin>,
    /// Guarded by the scheduler's lock: it is in the list of idle Ms.
    pub(crate) idle: Cell<bool>,
    pub(crate) link: AtomicPtr<M>,
    /// Callbacks that have begun.
    pub(crate) callbacks: AtomicU64,
    /// What `minit` made, for this thread or one before.
    signal_stack: Cell<Option<os::SignalStack>>,
    /// Whether the thread uses it.
    on_signal_stack: Cell<bool>,
    /// Whether the record is in use.
    pub(crate) live: AtomicBool,
    /// A number for the thread's name.
    pub(crate) id: u64,
}

// SAFETY: see the notes on the fields.
unsafe impl Sync for M {}

// SAFETY: `link` is that field, and an M is in one list at a time.
unsafe impl Linked for M {
    fn link(&self) -> &AtomicPtr<M> {
        &self.link
    }
}

const TRAP_STACK_SIZE: usize = 16 << 10;

#[repr(align(64))]
struct TrapStack(UnsafeCell<[u8; TRAP_STACK_SIZE]>);

// SAFETY: whoever runs on it only prints a message and aborts.
unsafe impl Sync for TrapStack {}

/// Where a callback out of the scheduler (by an allocator that calls C, say) lands, to be told so.
static TRAP_STACK: TrapStack = TrapStack(UnsafeCell::new([0; TRAP_STACK_SIZE]));

/// Every record ever made, and those not in use.
pub(crate) struct Records {
    all: Vec<&'static M>,
    free: Vec<&'static M>,
    past: Past,
}

/// What Ms that have ended had counted.
#[derive(Clone, Copy)]
pub(crate) struct Past {
    /// See [`Lease::calls`].
    pub(crate) calls: u64,
    pub(crate) callbacks: u64,
}

static RECORDS: Mutex<Records> = Mutex::new(Records {
    all: Vec::new(),
    free: Vec::new(),
    past: Past { calls: 0, callbacks: 0 },
});

fn records() -> std::sync::MutexGuard<'static, Records> {
    RECORDS.lock().unwrap_or_else(|e| e.into_inner())
}

/// Runs `f` on each M in use, and tells what those that aren't had counted: together, nothing is
/// missing and nothing twice.
pub(crate) fn each(mut f: impl FnMut(&'static M)) -> Past {
    let records = records();
    records.all.iter().filter(|m| m.live.load(Relaxed)).for_each(|m| f(m));
    records.past
}

/// Each M in use, without a lock held afterwards, nor one while memory is allocated.
pub(crate) fn all() -> Vec<&'static M> {
    let mut ms = Vec::new();
    loop {
        let records = records();
        let n = records.all.len();
        if n <= ms.capacity() {
            ms.extend(records.all.iter().filter(|m| m.live.load(Relaxed)));
            return ms;
        }
        drop(records);
        ms.reserve(n + 8);
    }
}

/// A fresh M with no thread, no P and no G.
pub(crate) fn alloc(origin: Origin) -> &'static M {
    let mut records = records();
    let m = records.free.pop().unwrap_or_else(|| {
        let no_stack = Stack { low: ptr::null_mut(), size: 0 };
        let m: &'static M = Box::leak(Box::new(M {
            g0: G::new(Kind::G0, no_stack),
            lease: Lease::new(!os::has_heavy_barrier() || crate::sched::no_heavy_barrier()),
            p: Cell::new(ptr::null_mut()),
            curg: AtomicPtr::new(ptr::null_mut()),
            leaf: Cell::new(None),
            winsyscall: Cell::new(WinSyscall::NONE),
            errno: Cell::new(ptr::null_mut()),
            end_is_told: Cell::new(false),
            note: Note::new(),
            vain_waits: Cell::new(0),
            next_p: Cell::new(ptr::null_mut()),
            spinning: Cell::new(false),
            origin: Cell::new(origin),
            idle: Cell::new(false),
            link: AtomicPtr::new(ptr::null_mut()),
            callbacks: AtomicU64::new(0),
            signal_stack: Cell::new(None),
            on_signal_stack: Cell::new(false),
            live: AtomicBool::new(false),
            id: records.all.len() as u64,
        }));
        records.all.push(m);
        m
    });
    let ctx = m.g0.ctx();
    // SAFETY: nobody runs on the record yet. A `g0` counts as "in C": foreign calls made under it
    // (by a global allocator, say) are plain calls, and the runtime's own functions treat it as a
    // plain thread.
    unsafe {
        (*ctx).sp = ptr::null_mut();
        (*ctx).cgo_sp = TRAP_STACK.0.get().cast::<u8>().wrapping_add(TRAP_STACK_SIZE);
        (*ctx).g0 = ctx;
    }
    m.g0.m.set(m.as_ptr());
    m.origin.set(origin);
    m.live.store(true, Relaxed);
    m
}

impl M {
    pub(crate) fn as_ptr(&'static self) -> *mut M {
        ptr::from_ref(self).cast_mut()
    }

    /// The end of an M that has run: keeps its counts, and gives the record back.
    pub(crate) fn retire(&'static self) {
        // Unmapped: no thread uses it.
        drop(self.signal_stack.take());
        let mut records = records();
        records.past.calls += self.lease.calls();
        records.past.callbacks += self.callbacks.swap(0, Relaxed);
        self.lease.reset_calls();
        self.free_in(&mut records);
    }

    /// Gives the record back. The M has no thread, P or G.
    pub(crate) fn free(&'static self) {
        self.free_in(&mut records());
    }

    fn free_in(&'static self, records: &mut Records) {
        self.curg.store(ptr::null_mut(), Relaxed);
        self.p.set(ptr::null_mut());
        self.live.store(false, Relaxed);
        records.free.push(self);
    }

    /// Sets the calling thread up to be this M's.
    pub(crate) fn minit(&self) {
        self.errno.set(os::errno_location());
        crate::sanitize::this_is_thread_of(self);
        // A host's own is kept, as Go does. That of our threads is Rust's, too small for a trace.
        let own = self.origin.get() == Origin::Own;
        let kept = self.signal_stack.take();
        if kept.is_none() && !own && os::has_signal_stack() {
            return;
        }
        // Without memory for one, handlers run on the stack in use, as they do in most programs.
        let stack = kept.or_else(os::SignalStack::new);
        self.on_signal_stack.set(stack.as_ref().is_some_and(|new| new.install(own)));
        self.signal_stack.set(stack);
    }

    /// Undoes [`minit`](Self::minit), on the same thread.
    pub(crate) fn unminit(&self) {
        if self.on_signal_stack.replace(false)
            && let Some(stack) = self.signal_stack.take()
        {
            stack.remove();
            self.signal_stack.set(Some(stack));
        }
    }

    /// On its own thread, before it sleeps on its note: waits for a moment without sleeping, if that
    /// has been of use lately. A hand-off between two threads takes a fraction of a microsecond if
    /// the one that waits is awake, and many if it must be woken. True: it is woken.
    pub(crate) fn wait_a_little(&self) -> bool {
        /// About what it costs to sleep and to be woken.
        const LITTLE: Duration = Duration::from_micros(8);
        /// After so many waits in vain, only one of so many sleeps is tried.
        const TRIES: u32 = 3;
        const RETRY: u32 = 32;
        if os::processors() == 1 {
            return false;
        }
        let vain = self.vain_waits.get();
        self.vain_waits.set(vain.wrapping_add(1));
        if vain >= TRIES && !vain.is_multiple_of(RETRY) {
            return false;
        }
        let woken = self.note.spin_for(LITTLE);
        if woken {
            self.vain_waits.set(0);
        }
        woken
    }

    /// Sleeps on its note until it is woken.
    pub(crate) fn sleep(&self) {
        if !self.wait_a_little() {
            self.note.sleep();
        }
    }

    /// The P, which the caller has claimed.
    pub(crate) fn claimed_p(&self) -> &'static P {
        debug_assert_eq!(self.lease.state(), crate::protocol::lease::SCHED);
        // SAFETY: an M that has claimed its P has one; Ps live for ever.
        unsafe { &*self.p.get() }
    }
}
