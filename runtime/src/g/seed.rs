//! A G before its first run, when it needs no stack.

use super::G;
use crate::stack::Stack;
use core::cell::Cell;
use core::panic::Location;
use core::ptr;

/// A G that has not run yet: it gets its record, at the top of a stack, when it first runs. So a burst
/// of new Gs doesn't touch a stack each, and short ones use the same few stacks one after another.
///
/// Queues hold it as a `*mut G` with the lowest bit set, from [`Seed::as_g`].
pub(crate) struct Seed {
    /// The next in a queue.
    pub(super) link: Cell<*mut G>,
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

    /// The seed that stands for a G in a queue, if it is one.
    pub(super) fn of(g: *mut G) -> Option<*const Seed> {
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
