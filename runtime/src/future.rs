//! Futures beside Gs: a G that waits for one, a G that runs one, and one of a C function's call.
//!
//! A future may be anybody's code, and a poll may do with thread-locals what it likes. So a G that
//! nobody made a promise for stays on its thread during each poll, and what is polled is never
//! inlined into the loop around it: the compiler would keep the address of a thread-local from one
//! poll to the next, which may be on another thread.

use crate::call::awaited::call_then;
use crate::fatal::no_forced_unwinding;
use crate::g::{G, Why, curg};
use crate::go::try_go_locked;
use crate::handle::{notify, wait};
use crate::join::JoinHandle;
use crate::protocol::wait::WaitCell;
use core::mem;
use core::panic::Location;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::task::Wake;
use std::thread;

/// A G, or a thread, that waits for its future's wake.
struct Event(WaitCell<G>);

impl Wake for Event {
    fn wake(self: Arc<Self>) {
        notify(&self.0);
    }
    fn wake_by_ref(self: &Arc<Self>) {
        notify(&self.0);
    }
}

/// Polls a future until it is ready, parking the G, not its thread, meanwhile. A scheduling point.
/// On a thread without a G, the thread waits.
///
/// The future may be of any crate that brings its own reactor or needs none: channels and locks
/// (`async-channel`, `async-lock`, `tokio::sync`), sockets and timers of `async-io`. Tokio's sockets
/// and timers work in tasks of a tokio runtime; block on the task's handle.
///
/// # Panics
/// With whatever the future panics with.
///
/// ```
/// assert_eq!(callgate::block_on(async { 1 + 1 }), 2);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let at = Location::caller();
    poll_until_ready(pin!(future), |event| wait(event, Why::BlockOn, at))
}

fn poll_until_ready<F: Future>(mut future: Pin<&mut F>, wait: impl Fn(&WaitCell<G>)) -> F::Output {
    #[inline(never)]
    fn poll<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        future.poll(context)
    }
    let event = Arc::new(Event(WaitCell::new()));
    let waker = Waker::from(event.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut(), &mut context) {
            return output;
        }
        wait(&event.0);
    }
}

/// Makes a G that polls `future` until it is ready: a task, of which foreign calls may block.
///
/// Each poll stays on one OS thread, and so do the destructors of the future and of its output;
/// between polls the G may move, as a task does in any executor of several threads. So `Send` is all
/// that the future needs, and no promise as [`go`](crate::go)'s. A future that has made a value of a
/// [`g_local!`](crate::g_local), which needn't be `Send`, stays on its thread from then on.
///
/// # Panics
/// If there is no memory for a stack. A panic of the future is returned by
/// [`join`](JoinHandle::join).
///
/// ```
/// let g = callgate::spawn_future(async { 6 * 7 });
/// assert_eq!(g.join().unwrap(), 42);
/// ```
///
/// ```compile_fail
/// let shared = std::rc::Rc::new(1);
/// callgate::spawn_future(async move { *shared }); // not `Send`
/// ```
#[track_caller]
pub fn spawn_future<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let at = Location::caller();
    let made = try_go_locked(at, move || {
        poll_until_ready(pin!(future), |event| wait_between_polls(event, at))
    });
    match made {
        Ok(handle) => handle,
        Err(error) => panic!("{error}"),
    }
}

/// Waits, as a G that is locked, without the lock.
fn wait_between_polls(event: &WaitCell<G>, at: &'static Location<'static>) {
    // SAFETY: the calling G is alive.
    let g = unsafe { &*curg() };
    let locks = u32::from(g.locals.is_empty());
    g.locks.set(g.locks.get() - locks);
    wait(event, Why::BlockOn, at);
    g.locks.set(g.locks.get() + locks);
}

/// The future of a C function's call, which a G makes. `F` is the call with its arguments.
pub struct ForeignCall<T, F> {
    state: State<T, F>,
    at: &'static Location<'static>,
}

enum State<T, F> {
    Made(Promised<F>),
    Running(Arc<Answer<T>>),
    Over,
}

/// What `cgocall_async` was promised of: that it may be sent.
struct Promised<T>(T);

// SAFETY: by the promise.
unsafe impl<T> Send for Promised<T> {}

impl<T> Promised<T> {
    fn get(self) -> T {
        self.0
    }
}

/// What the G and the future share. The lock is held for a few instructions, and never while anybody
/// else's code runs.
struct Answer<T>(Mutex<Stage<T>>);

enum Stage<T> {
    Awaited(Waker),
    Here(Promised<thread::Result<T>>),
    Taken,
}

impl<T> Answer<T> {
    /// Lets the future be ready. On the stack of C, which nothing may leave by unwinding.
    fn finish(&self, result: thread::Result<T>) {
        if let Stage::Awaited(waker) = self.replace(Stage::Here(Promised(result)))
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake()))
        {
            // The hook has reported it, and its destructor might panic too.
            mem::forget(payload);
        }
    }

    fn replace(&self, stage: Stage<T>) -> Stage<T> {
        mem::replace(&mut *self.0.lock().unwrap_or_else(|e| e.into_inner()), stage)
    }
}

// Nothing in it is ever pinned.
impl<T, F> Unpin for ForeignCall<T, F> {}

impl<T: 'static, F: FnOnce() -> T + 'static> Future for ForeignCall<T, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let waker = context.waker().clone();
        let answer = match mem::replace(&mut self.state, State::Over) {
            State::Made(call) => {
                let answer = Arc::new(Answer(Mutex::new(Stage::Awaited(waker))));
                start(self.at, call, answer.clone());
                self.state = State::Running(answer);
                return Poll::Pending;
            }
            State::Running(answer) => answer,
            State::Over => panic!("a foreign call was polled after its end"),
        };
        // The answer's wake is the only one that is looked for, so the waker before is not needed.
        match answer.replace(Stage::Awaited(waker)) {
            Stage::Here(result) => {
                answer.replace(Stage::Taken);
                match result.get() {
                    Ok(value) => Poll::Ready(value),
                    Err(payload) => resume_unwind(payload),
                }
            }
            _ => {
                self.state = State::Running(answer);
                Poll::Pending
            }
        }
    }
}

/// Makes the G that calls.
fn start<T: 'static, F: FnOnce() -> T + 'static>(
    at: &'static Location<'static>,
    call: Promised<F>,
    answer: Arc<Answer<T>>,
) {
    let answer = Promised(answer);
    let made = try_go_locked(at, move || {
        let (call, answer) = (call.get(), answer.get());
        // SAFETY: the calling G, which is new. The call is one of the macros', whose arguments C has.
        let run = || unsafe { call_then(&*curg(), call, |value| answer.finish(Ok(value))) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| no_forced_unwinding(run))) {
            answer.finish(Err(payload));
        }
    });
    if let Err(error) = made {
        panic!("{error}");
    }
}

/// A future that makes a G for `call` when it is first polled, and is ready when the call has
/// returned.
///
/// # Safety
/// `call` makes one foreign call, and has nothing to drop while that runs. It may be called, and its
/// result used and dropped, on any thread, whatever their types say.
#[track_caller]
pub unsafe fn cgocall_async<T: 'static, F: FnOnce() -> T + 'static>(call: F) -> ForeignCall<T, F> {
    ForeignCall { state: State::Made(Promised(call)), at: Location::caller() }
}

/// Compiles if an argument or a result of an `async` foreign call may go from thread to thread.
#[inline(always)]
pub fn may_be_sent<T: Send + 'static>() {}
