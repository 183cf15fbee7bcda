//! What a G and its [`JoinHandle`] share, and how the one ends and the other hears of it.

use crate::fatal::no_forced_unwinding;
use crate::g::{G, Seed, Why, curg};
use crate::handle::{notify, wait};
use crate::p::P;
use crate::protocol::wait::WaitCell;
use crate::sched::{self, sched, try_claim};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::panic::Location;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Release;
use std::thread;

/// What a G and its [`JoinHandle`] share: one allocation, with the closure in it until the G runs.
pub(crate) struct Shared<T, F> {
    packet: Packet<T>,
    pub(crate) seed: Seed,
    f: UnsafeCell<MaybeUninit<F>>,
}

// SAFETY: the packet says for itself; the seed is its queue's, and the closure is taken out once, by
// the G.
unsafe impl<T: Send, F: Send> Sync for Shared<T, F> {}
// SAFETY: as above.
unsafe impl<T: Send, F: Send> Send for Shared<T, F> {}

/// What a [`JoinHandle`] needs of it.
pub(crate) trait Outcome<T>: Send + Sync {
    fn packet(&self) -> &Packet<T>;
}

impl<T: Send, F: Send> Outcome<T> for Shared<T, F> {
    fn packet(&self) -> &Packet<T> {
        &self.packet
    }
}

impl<T: Send> Outcome<T> for Packet<T> {
    fn packet(&self) -> &Packet<T> {
        self
    }
}

pub(crate) struct Packet<T> {
    done: WaitCell<G>,
    result: UnsafeCell<Option<thread::Result<T>>>,
}

// SAFETY: the result is written before `done` is notified, and read by the one who waited for it.
unsafe impl<T: Send> Sync for Packet<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Packet<T> {}

/// The right to wait for a G and to have its result. Dropping it lets the G run on alone.
pub struct JoinHandle<T> {
    shared: Arc<dyn Outcome<T>>,
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish()
    }
}

impl<T> Packet<T> {
    pub(crate) fn new() -> Self {
        Packet { done: WaitCell::new(), result: UnsafeCell::new(None) }
    }
}

impl<T, F> Shared<T, F> {
    pub(crate) fn new(seed: Seed, f: F) -> Self {
        Shared { packet: Packet::new(), seed, f: UnsafeCell::new(MaybeUninit::new(f)) }
    }

    /// The closure.
    ///
    /// # Safety
    /// Called once.
    pub(crate) unsafe fn take(&self) -> F {
        // SAFETY: it was put there by `new`, and by the contract nobody else takes it.
        unsafe { (*self.f.get()).assume_init_read() }
    }
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(shared: Arc<dyn Outcome<T>>) -> Self {
        JoinHandle { shared }
    }

    /// Waits for the G's end. A scheduling point; on a thread without a G, the thread waits.
    ///
    /// # Errors
    /// The payload of the panic that the G ended with.
    #[track_caller]
    pub fn join(self) -> thread::Result<T> {
        let packet = self.shared.packet();
        wait(&packet.done, Why::Join, Location::caller());
        // SAFETY: the G has stored its result and doesn't touch it any more.
        match unsafe { (*packet.result.get()).take() } {
            Some(result) => result,
            None => unreachable!("a G stores its result before it ends"),
        }
    }

    /// Whether the G has ended, so that [`join`](Self::join) would not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.shared.packet().done.is_notified()
    }
}

/// What a G does: runs `f`, and gives its result to whoever waits.
pub(crate) fn finish<T: Send>(f: impl FnOnce() -> T, shared: Arc<impl Outcome<T>>) {
    let result = catch_unwind(AssertUnwindSafe(|| no_forced_unwinding(f)));
    // SAFETY: nobody reads it before `done` is notified.
    unsafe { *shared.packet().result.get() = Some(result) };
    count_ended();
    notify(&shared.packet().done);
    // A result that nobody will fetch is dropped here, as is a panic of its destructor.
    if catch_unwind(AssertUnwindSafe(|| drop(shared))).is_err() {
        crate::fatal::fatal!("the result of a detached G panicked when it was dropped");
    }
}

/// Counts the end of the calling G, before anybody can hear of it.
fn count_ended() {
    // SAFETY: the calling G is alive.
    match try_claim(unsafe { &*curg() }) {
        Some(m) => {
            P::count(&m.claimed_p().gs_ended);
            sched::release(m);
        }
        None => _ = sched().gs_ended.fetch_add(1, Release),
    }
}
