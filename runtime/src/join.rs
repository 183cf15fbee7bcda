//! What a G and its [`JoinHandle`] share, and how the one ends and the other hears of it.

use crate::fatal::no_forced_unwinding;
use crate::g::{G, Seed, curg};
use crate::handle::wait_for_end;
use crate::p::P;
use crate::protocol::wait::{Ended, WaitCell};
use crate::sched::{self, sched, try_claim};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::panic::Location;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
///
/// It is a future too, of what [`join`](Self::join) returns: any executor can wait for a G. Dropped
/// before it is ready, it lets the G run on, as any handle does.
///
/// ```
/// async fn both() -> i32 {
///     // SAFETY: the closures use nothing that is tied to a thread.
///     let (six, seven) = unsafe { (callgate::go(|| 6), callgate::go(|| 7)) };
///     six.await.unwrap() * seven.await.unwrap()
/// }
/// assert_eq!(callgate::block_on(both()), 42);
/// ```
pub struct JoinHandle<T> {
    shared: NonNull<dyn Outcome<T>>,
}

// SAFETY: what it points at is `Send` and `Sync`, and lives until both owners are done with it.
unsafe impl<T> Send for JoinHandle<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for JoinHandle<T> {}

/// A G's share of what it shares with its [`JoinHandle`].
pub(crate) struct Share<T, S: Outcome<T>>(NonNull<S>, PhantomData<T>);

/// Shares it between a G and its handle.
pub(crate) fn share<T, S: Outcome<T> + 'static>(shared: Box<S>) -> (Share<T, S>, JoinHandle<T>) {
    let shared = NonNull::from(Box::leak(shared));
    (Share(shared, PhantomData), JoinHandle { shared })
}

impl<T, S: Outcome<T>> Share<T, S> {
    pub(crate) fn as_ptr(&self) -> *const S {
        self.0.as_ptr()
    }

    /// The share, for a while as a pointer.
    pub(crate) fn into_raw(self) -> *const S {
        ManuallyDrop::new(self).as_ptr()
    }

    /// The share again.
    ///
    /// # Safety
    /// The pointer is from [`into_raw`](Self::into_raw); once.
    pub(crate) unsafe fn from_raw(shared: *const S) -> Self {
        // SAFETY: it was not null.
        Share(unsafe { NonNull::new_unchecked(shared.cast_mut()) }, PhantomData)
    }

    /// Frees what is shared, with a result that nobody will fetch.
    ///
    /// # Safety
    /// The other owner is done with it.
    unsafe fn free(self) {
        let shared = ManuallyDrop::new(self).0;
        // SAFETY: it came from a box, and by the contract is ours alone.
        let shared = unsafe { Box::from_raw(shared.as_ptr()) };
        // A panic of the result's destructor would leave the G's last frame.
        if catch_unwind(AssertUnwindSafe(|| drop(shared))).is_err() {
            crate::fatal::fatal!("the result of a detached G panicked when it was dropped");
        }
    }
}

/// Ends one owner's use of what is shared, for which nobody waits; frees it if the other's has ended.
///
/// # Safety
/// Each owner does so once, or ends in another way.
unsafe fn release<T>(shared: NonNull<impl Outcome<T> + ?Sized>) {
    // SAFETY: it lives until both owners are done with it, and the one who is told so is alone.
    unsafe {
        if shared.as_ref().packet().done.leave() {
            drop(Box::from_raw(shared.as_ptr()));
        }
    }
}

impl<T, S: Outcome<T>> Drop for Share<T, S> {
    /// The G has never run.
    fn drop(&mut self) {
        // SAFETY: a share that has come to its end otherwise is not dropped.
        unsafe { release(self.0) }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        // SAFETY: `join` doesn't drop it.
        unsafe { release(self.shared) }
    }
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
    /// Waits for the G's end. A scheduling point; on a thread without a G, the thread waits.
    ///
    /// # Errors
    /// The payload of the panic that the G ended with.
    ///
    /// # Panics
    /// If the handle was awaited to its end before.
    #[track_caller]
    pub fn join(self) -> thread::Result<T> {
        // SAFETY: it lives as long as the handle.
        let done = unsafe { &self.shared.as_ref().packet().done };
        done.unwatch();
        wait_for_end(done, Location::caller());
        let shared = ManuallyDrop::new(self).shared;
        // SAFETY: the G has stored its result, and is done with what it shared.
        let shared = unsafe { Box::from_raw(shared.as_ptr()) };
        // SAFETY: as above.
        match unsafe { (*shared.packet().result.get()).take() } {
            Some(result) => result,
            None => taken(),
        }
    }

    /// Whether the G has ended, so that [`join`](Self::join) would not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        // SAFETY: it lives as long as the handle.
        unsafe { self.shared.as_ref() }.packet().done.is_notified()
    }
}

/// A G stores its result before it ends, so somebody has had it.
#[cold]
#[track_caller]
fn taken() -> ! {
    panic!("the result of a G was asked for twice: its `JoinHandle` had been awaited to its end")
}

impl<T> Future for JoinHandle<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: it lives as long as the handle.
        let packet = unsafe { self.shared.as_ref() }.packet();
        if packet.done.watch(context.waker()) {
            return Poll::Pending;
        }
        // SAFETY: the G has stored its result, and is done with what it shared.
        match unsafe { (*packet.result.get()).take() } {
            Some(result) => Poll::Ready(result),
            None => taken(),
        }
    }
}

/// What a G does: runs `f`, and gives its result to whoever waits.
pub(crate) fn finish<T: Send>(f: impl FnOnce() -> T, share: Share<T, impl Outcome<T>>) {
    let result = catch_unwind(AssertUnwindSafe(|| no_forced_unwinding(f)));
    let share = ManuallyDrop::new(share);
    // SAFETY: it lives until `end`, and nobody reads the result before.
    let packet = unsafe { share.0.as_ref().packet() };
    // SAFETY: as above.
    unsafe { *packet.result.get() = Some(result) };
    count_ended();
    match packet.done.end() {
        Ended::Unheard => {}
        Ended::Awaited(waiter) => sched::ready(waiter),
        Ended::Watched(waker) => wake(waker),
        // SAFETY: the handle is gone.
        Ended::Alone => unsafe { ManuallyDrop::into_inner(share).free() },
    }
}

/// Wakes whoever waits as a future. A waker is anybody's code, so the G stays on its thread.
#[cold]
fn wake(waker: Waker) {
    let lock = crate::lock_os_thread();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        // The hook has reported it, and its destructor might panic too.
        core::mem::forget(payload);
    }
    drop(lock);
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
