//! The small functions of the runtime's interface.

use crate::g::{G, Why, curg};
use crate::handle::{notify, wait};
use crate::private::{Callback, PanicPolicy};
use crate::protocol::wait::WaitCell;
use crate::sched::run::{park_g, yield_g};
use crate::sched::{sched, timers};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::panic::Location;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Wake;
use std::thread;
use std::time::Duration;

/// The calling G, if there is one and its own stack is in use.
fn this<'a>() -> Option<&'a G> {
    // SAFETY: it runs, so it lives.
    unsafe { curg().as_ref() }
}

/// Runs `main` as a G that is locked to the calling thread, and returns what it returns. Starts the
/// runtime if need be. The Gs that `main` makes outlive it.
///
/// From a G, this is `main()` under a [`ThreadLock`].
///
/// # Panics
/// With whatever `main` panics with.
///
/// ```
/// let id = std::thread::current().id();
/// assert_eq!(callgate::run(|| std::thread::current().id()), id);
/// ```
pub fn run<T>(main: impl FnOnce() -> T) -> T {
    struct Frame<F, T> {
        main: Option<F>,
        result: Option<thread::Result<T>>,
    }
    unsafe extern "C-unwind" fn shim<F: FnOnce() -> T, T>(frame: *mut c_void) {
        // SAFETY: the frame is the caller's, and waits for us.
        let frame = unsafe { &mut *frame.cast::<Frame<F, T>>() };
        if let Some(main) = frame.main.take() {
            frame.result = Some(catch_unwind(AssertUnwindSafe(main)));
        }
    }
    fn callback<F: FnOnce() -> T, T>(_: &F) -> &'static Callback {
        const {
            &Callback {
                name: "callgate::run",
                file: file!(),
                line: line!(),
                shim: shim::<F, T>,
                policy: PanicPolicy::Abort,
            }
        }
    }
    if this().is_some() {
        let _lock = lock_os_thread();
        return main();
    }
    sched().runs.fetch_add(1, Relaxed);
    let callback = callback(&main);
    let mut frame = Frame { main: Some(main), result: None };
    // SAFETY: the shim takes this frame; no unwinding leaves it.
    unsafe { crate::private::cgocallback(callback, &raw mut frame) };
    match frame.result {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => unreachable!("the shim has run"),
    }
}

/// Lets the other ready Gs run first. A scheduling point. On a thread without a G, the operating
/// system's yield.
pub fn yield_now() {
    match this() {
        Some(g) => yield_g(g),
        None => thread::yield_now(),
    }
}

/// Sleeps for at least `d`, while other Gs run. A scheduling point. On a thread without a G, the
/// thread sleeps.
///
/// ```
/// # use std::time::{Duration, Instant};
/// callgate::run(|| {
///     let start = Instant::now();
///     callgate::sleep(Duration::from_millis(2));
///     assert!(start.elapsed() >= Duration::from_millis(2));
/// });
/// ```
#[track_caller]
pub fn sleep(d: Duration) {
    let Some(g) = this() else { return thread::sleep(d) };
    if d.is_zero() {
        return yield_g(g);
    }
    let s = sched();
    let deadline = timers::now().saturating_add(timers::nanos(d));
    g.waits.set(Why::Sleep, Location::caller());
    park_g(g, &mut |_, g| {
        timers::add(s, deadline, g);
        true
    });
}

/// Polls a future until it is ready, parking the G, not its thread, meanwhile. A scheduling point.
/// On a thread without a G, the thread waits.
///
/// # Panics
/// With whatever the future panics with.
///
/// ```
/// assert_eq!(callgate::block_on(async { 1 + 1 }), 2);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Event(WaitCell<G>);
    impl Wake for Event {
        fn wake(self: Arc<Self>) {
            notify(&self.0);
        }
        fn wake_by_ref(self: &Arc<Self>) {
            notify(&self.0);
        }
    }
    let at = Location::caller();
    let event = Arc::new(Event(WaitCell::new()));
    let waker = Waker::from(event.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        wait(&event.0, Why::BlockOn, at);
    }
}

/// Keeps the calling G on its OS thread, and others off it, until it is dropped. Made by
/// [`lock_os_thread`]; nests.
///
/// ```compile_fail
/// fn send(_: impl Send) {}
/// send(callgate::lock_os_thread()); // it belongs to the G that made it
/// ```
#[must_use = "the lock ends when this is dropped"]
pub struct ThreadLock {
    /// The G that is locked; null for a thread without one.
    g: *const G,
    _not_send: PhantomData<*mut ()>,
}

impl std::fmt::Debug for ThreadLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ThreadLock")
    }
}

/// Locks the calling G to its OS thread: for C code that keeps state in thread-locals, and for
/// whatever else must not migrate. On a thread without a G there is nothing to lock.
///
/// A G that ends while it is locked (because a lock was forgotten with `mem::forget`) takes its
/// thread with it.
///
/// ```
/// callgate::run(|| {
///     let lock = callgate::lock_os_thread();
///     let id = std::thread::current().id();
///     callgate::yield_now();
///     assert_eq!(std::thread::current().id(), id);
///     drop(lock);
/// });
/// ```
pub fn lock_os_thread() -> ThreadLock {
    let g = this().map_or(core::ptr::null(), |g| {
        g.locks.set(g.locks.get() + 1);
        g
    });
    ThreadLock { g, _not_send: PhantomData }
}

impl Drop for ThreadLock {
    fn drop(&mut self) {
        if !self.g.is_null() {
            // SAFETY: not `Send`, so this is the G that made it, or the unwinding of its stack.
            let g = unsafe { &*self.g };
            g.locks.set(g.locks.get() - 1);
        }
    }
}
