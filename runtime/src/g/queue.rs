//! Gs that wait for a P, in the order in which they came.

use super::{G, Seed};
use core::cell::Cell;
use core::panic::Location;
use core::ptr;

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
