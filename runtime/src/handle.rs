//! Handles of Gs, and how a G or a thread waits.

use crate::g::{self, Kind, Why, curg};
use crate::protocol::wait::WaitCell;
use crate::sched::{self, run::park_g};
use crate::stack::Stack;
use core::fmt;
use core::panic::Location;
use core::ptr;
use std::sync::Mutex;

/// A G, or a plain thread, as others see it: something to [`unpark`](Self::unpark).
///
/// A handle may outlive what it names; then it does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct G {
    ptr: *const g::G,
    id: u64,
}

// SAFETY: all that is used through the handle is atomic, and the memory is mapped for ever.
unsafe impl Send for G {}
// SAFETY: as above.
unsafe impl Sync for G {}

impl fmt::Debug for G {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "G({})", self.id)
    }
}

impl G {
    fn of(g: &g::G) -> Self {
        G { ptr: g, id: g.id.get() }
    }

    /// A number that no other G of this process has or will have.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Lets the G's current or next [`park`] return. From any thread.
    pub fn unpark(&self) {
        // SAFETY: a G's memory is mapped for ever; after its end the word has another id, or none.
        let g = unsafe { &*self.ptr };
        if g.park.unpark(self.id) {
            sched::ready(self.ptr.cast_mut());
        }
    }
}

/// The calling G; on a thread without one (or in C), a handle that stands for the thread.
///
/// ```
/// let me = callgate::run(|| callgate::current().id());
/// assert_ne!(me, callgate::current().id());
/// ```
#[must_use]
pub fn current() -> G {
    G::of(me())
}

/// Waits until somebody calls [`G::unpark`] for the calling G, or returns at once if that has
/// happened since the last `park`. There are no other reasons to return. A scheduling point.
///
/// On a thread without a G, the thread waits.
///
/// ```
/// callgate::run(|| {
///     let me = callgate::current();
///     callgate::go_pinned(move || me.unpark());
///     callgate::park();
/// });
/// ```
#[track_caller]
pub fn park() {
    let me = me();
    let id = me.id.get();
    if me.park.consume(id) {
        return;
    }
    wait_as(me, Why::Park, Location::caller(), |_| me.park.commit(id));
}

/// Waits for the cell's event, and consumes it.
pub(crate) fn wait(cell: &WaitCell<g::G>, why: Why, at: &'static Location<'static>) {
    if cell.consume() {
        return;
    }
    wait_as(me(), why, at, |me| cell.commit(me));
    cell.consume();
}

/// Waits until `cell` is ended, by its owner.
#[inline]
pub(crate) fn wait_for_end(cell: &WaitCell<g::G>, at: &'static Location<'static>) {
    if !cell.is_notified() {
        wait_as(me(), Why::Join, at, |me| cell.commit(me));
        let ended = cell.is_notified();
        debug_assert!(ended, "a waiter is woken by the end");
    }
}

/// Waits until it is made ready, as the caller that `me` stands for, unless `commit` returns false.
fn wait_as(
    me: &'static g::G,
    why: Why,
    at: &'static Location<'static>,
    commit: impl Fn(*mut g::G) -> bool,
) {
    me.waits.set(why, at);
    if me.kind.get() != Kind::Thread {
        park_g(me, &mut |_, g| commit(g) || waits_no_more(me));
    } else if commit(ptr::from_ref(me).cast_mut()) {
        crate::extra::give_p_up();
        sched::deadlock::something_waits();
        me.note.sleep();
    } else {
        me.waits.clear();
    }
}

/// False, for a G that has found what it was about to wait for.
fn waits_no_more(g: &g::G) -> bool {
    g.waits.clear();
    false
}

/// Lets the cell's event happen.
pub(crate) fn notify(cell: &WaitCell<g::G>) {
    if let Some(waiter) = cell.notify() {
        sched::ready(waiter);
    }
}

/// The calling G, or the record that stands for the calling thread.
fn me() -> &'static g::G {
    let g = curg();
    if g.is_null() {
        of_thread()
    } else {
        // SAFETY: it runs, so it lives; nobody keeps the reference past its end.
        unsafe { &*g }
    }
}

/// A thread's record; used again when the thread has ended.
struct OfThread(&'static g::G);

static FREE: Mutex<Vec<OfThread>> = Mutex::new(Vec::new());
/// Every record ever made; none is freed.
static ALL: Mutex<Vec<OfThread>> = Mutex::new(Vec::new());

/// Calls `f` with the record of each plain thread that has one.
pub(crate) fn each_thread(mut f: impl FnMut(&'static g::G)) {
    let all = ALL.lock().unwrap_or_else(|e| e.into_inner());
    all.iter().map(|t| t.0).filter(|g| g.park.id() != 0).for_each(&mut f);
}

// SAFETY: a record belongs to one thread at a time; what others use of it is atomic.
unsafe impl Send for OfThread {}

impl OfThread {
    fn new() -> Self {
        let free = FREE.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let of_thread = free.unwrap_or_else(|| {
            let no_stack = Stack { low: ptr::null_mut(), size: 0 };
            let g = Box::leak(Box::new(g::G::new(Kind::Thread, no_stack)));
            ALL.lock().unwrap_or_else(|e| e.into_inner()).push(OfThread(g));
            OfThread(g)
        });
        of_thread.0.set_id(g::reserve_ids(1));
        of_thread
    }
}

impl Drop for OfThread {
    fn drop(&mut self) {
        self.0.set_id(0);
        let mut free = FREE.lock().unwrap_or_else(|e| e.into_inner());
        // The list owns the record again; the copy it keeps is not dropped.
        free.push(OfThread(self.0));
    }
}

thread_local! {
    static OF_THREAD: OfThread = OfThread::new();
}

#[inline(never)]
fn of_thread() -> &'static g::G {
    // A thread that is past its own thread-locals gets a record that nobody will use again.
    OF_THREAD.try_with(|t| t.0).unwrap_or_else(|_| {
        let t = OfThread::new();
        let g = t.0;
        core::mem::forget(t);
        g
    })
}
