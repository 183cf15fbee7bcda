//! The synchronisation that the [protocols](crate::protocol) are written against: `std`'s in a
//! build, `loom`'s in a model (`--cfg loom`), so that the models run the real code.

#[cfg(not(loom))]
mod imp {
    pub(crate) use core::sync::atomic;

    /// The owner's half of an asymmetric barrier: orders nothing in the processor, because the
    /// other side interrupts every processor that runs this process ([`crate::os::heavy_barrier`]).
    #[inline(always)]
    pub(crate) fn light_barrier() {
        atomic::compiler_fence(atomic::Ordering::SeqCst);
    }

    /// One step of a spin loop that has gone on for `n` steps: the processor's pause at first, then
    /// the rest of the time slice, then real sleep, so that nothing spins for ever (golang/go#13926).
    pub(crate) fn backoff(n: u32) {
        match n {
            0..16 => core::hint::spin_loop(),
            16..64 => std::thread::yield_now(),
            _ => std::thread::sleep(std::time::Duration::from_micros(u64::from(n.min(1000)))),
        }
    }
}

#[cfg(loom)]
mod imp {
    pub(crate) use loom::sync::atomic;

    use atomic::{AtomicU32, Ordering::AcqRel};
    use core::cell::RefCell;
    use std::sync::Arc;

    /// The process-wide barrier of one owner and its taker. The interrupt falls somewhere into the
    /// owner's program, on one side of each of its light barriers or the other, and makes everything
    /// on its one side happen before everything on its other; two exchanges of one word do the same.
    /// A `SeqCst` fence would do more: it orders two light barriers, and turns relaxed loads before
    /// it into acquiring ones, which a compiler fence doesn't.
    #[derive(Clone)]
    pub(crate) struct Barrier(Arc<AtomicU32>);

    loom::thread_local! {
        static BARRIER: RefCell<Option<Barrier>> = RefCell::new(None);
    }

    #[cfg(test)]
    impl Barrier {
        pub(crate) fn new() -> Self {
            Barrier(Arc::new(AtomicU32::new(0)))
        }

        /// Makes the calling thread the owner that [`heavy`](Self::heavy) interrupts. On a thread
        /// that is none, a light barrier orders nothing, as on a system that can't interrupt.
        pub(crate) fn interrupts_this_thread(&self) {
            BARRIER.with(|mine| *mine.borrow_mut() = Some(self.clone()));
        }

        pub(crate) fn heavy(&self) {
            self.0.fetch_add(1, AcqRel);
        }
    }

    pub(crate) fn light_barrier() {
        BARRIER.with(|mine| {
            if let Some(barrier) = &*mine.borrow() {
                barrier.0.fetch_add(1, AcqRel);
            }
        });
    }

    pub(crate) fn backoff(_n: u32) {
        loom::thread::yield_now();
    }
}

pub(crate) use imp::*;
