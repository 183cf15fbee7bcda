//! Making Gs.

use crate::error::Error;
use crate::g::{G, Kind, Seed, curg, reserve_ids};
use crate::join::{JoinHandle, Packet, Share, Shared, finish, share};
use crate::m::M;
use crate::p::P;
use crate::sched::{self, run, sched, threads, try_claim};
use crate::stack::{Stack, pool};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::offset_of;
use core::panic::Location;
use std::sync::atomic::Ordering::*;

/// Makes a G that runs `f` and may migrate from one OS thread to another.
///
/// ```
/// // SAFETY: the closure uses no thread-locals.
/// let g = unsafe { callgate::go(|| 6 * 7) };
/// assert_eq!(g.join().unwrap(), 42);
/// ```
///
/// # Safety
/// A G may continue on another OS thread after a scheduling point: [`yield_now`](crate::yield_now),
/// [`sleep`](crate::sleep), [`park`](crate::park), [`join`](JoinHandle::join),
/// [`block_on`](crate::block_on), [`blocking`](crate::blocking), a foreign call. Nothing else is one.
/// So the caller promises, for `f` and all it calls:
/// - nothing tied to a thread lives across a scheduling point: no borrow out of a `thread_local!`,
///   no `Rc` shared through one, no guard that must be released on the thread that took it (a
///   `std::sync::MutexGuard` is one);
/// - no function uses the same `thread_local!` on both sides of one in one inlined body: the
///   compiler keeps its address (llvm/llvm-project#98479, rust-lang/unsafe-code-guidelines#602).
///
/// A [`ThreadLock`](crate::ThreadLock) lifts this while it is held. [`go_pinned`] needs no promise.
///
/// # Panics
/// If there is no memory for a stack; [`try_go`] returns an error instead. A panic of `f` is
/// returned by [`join`](JoinHandle::join).
#[track_caller]
pub unsafe fn go<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    // SAFETY: the caller's promise.
    unwrap(unsafe { try_go(f) })
}

/// [`go`] that returns an error if there is no memory for a stack.
///
/// # Errors
/// [`Error::Stack`]; `f` is dropped.
///
/// # Safety
/// As [`go`].
#[track_caller]
pub unsafe fn try_go<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    fn plant_of<T, F>(_: &F) -> unsafe fn(*const Seed, Stack, u64) -> *mut G
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        plant::<T, F>
    }
    let shared = Box::new(Shared::new(Seed::new(Location::caller(), plant_of(&f)), f));
    match reserve() {
        Ok(reserved) => {
            let (share, handle) = share(shared);
            // SAFETY: the G's share goes with its seed.
            let seed = unsafe { &raw const (*share.into_raw()).seed };
            queue(reserved, seed);
            Ok(handle)
        }
        Err(error) => {
            // SAFETY: nobody else has it, and no G will take it.
            drop(unsafe { shared.take() });
            Err(error)
        }
    }
}

/// A stack for a new G, and the M of the calling G, if it has one, with its P claimed.
fn reserve() -> Result<(Stack, Option<&'static M>), Error> {
    let s = sched();
    let size = s.config.stack_size;
    let failed = |source| Error::Stack { size, source };
    // SAFETY: the calling G is alive.
    let Some(m) = unsafe { curg().as_ref() }.and_then(try_claim) else {
        return Ok((pool::get(size).map_err(failed)?, None));
    };
    let p = m.claimed_p();
    // Nothing between claim and release may allocate on a G's stack: the allocator may be C
    // behind a foreign call, which would lend the P. On `g0`, that is a plain call.
    // SAFETY: the P is claimed.
    if let Some(cached) = unsafe { (*p.stacks.get()).get_cached(size) } {
        return Ok((cached, Some(m)));
    }
    let mut stack = Err(std::io::ErrorKind::OutOfMemory.into());
    // SAFETY: as above.
    run::on_g0(|| stack = unsafe { (*p.stacks.get()).get(size) });
    match stack {
        Ok(stack) => Ok((stack, Some(m))),
        Err(source) => {
            sched::release(m);
            Err(failed(source))
        }
    }
}

/// Queues a new G, and ends the claim that [`reserve`] has made.
fn queue((stack, m): (Stack, Option<&'static M>), seed: *const Seed) {
    let s = sched();
    let g = Seed::as_g(seed, stack);
    match m {
        Some(m) => {
            // Before anybody can have seen it end.
            P::count(&m.claimed_p().gs_made);
            s.ready_on(m, g);
            s.next_came();
            sched::release(m);
        }
        None => {
            s.gs_made.fetch_add(1, Relaxed);
            s.inject(g);
        }
    }
}

/// Makes the G of a seed.
///
/// # Safety
/// `seed` is that of a `Shared<T, F>`, of which it has a share; called once. The stack is the caller's.
unsafe fn plant<T, F>(seed: *const Seed, stack: Stack, id: u64) -> *mut G
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    // SAFETY: by the contract.
    let (share, at) = unsafe {
        let shared = seed.byte_sub(offset_of!(Shared<T, F>, seed)).cast::<Shared<T, F>>();
        (Share::from_raw(shared), (*seed).at())
    };
    place(stack, id, at, move || {
        // SAFETY: taken out here alone.
        let f = unsafe { (*share.as_ptr()).take() };
        finish(f, share);
    })
}

/// Makes a G with an OS thread of its own, on which it stays: what it does with thread-locals is
/// its own affair. The thread ends with the G.
///
/// When [`max_threads`](crate::Builder::max_threads) are running, the G waits for one to end.
///
/// ```
/// let g = callgate::go_pinned(|| std::thread::current().id());
/// assert_ne!(g.join().unwrap(), std::thread::current().id());
/// ```
///
/// # Panics
/// If there is no memory for a stack, or the system has no thread to give; [`try_go_pinned`]
/// returns an error instead. A panic of `f` is returned by [`join`](JoinHandle::join).
#[track_caller]
pub fn go_pinned<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    unwrap(try_go_pinned(f))
}

/// [`go_pinned`] that returns an error if there is no memory or no thread.
///
/// # Errors
/// [`Error::Stack`] or [`Error::Thread`].
#[track_caller]
pub fn try_go_pinned<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    let at = Location::caller();
    let (body, handle) = with_packet(f);
    // The G has the address only, so that the closure can be dropped here if no thread runs it.
    let body = Box::into_raw(Box::new(body));
    let dropped = |error| {
        // SAFETY: the G doesn't run, and the box is made a box again once.
        drop(unsafe { Box::from_raw(body) });
        error
    };
    // SAFETY: the G runs at most once, and then nobody else takes the box.
    let g = make(at, move || unsafe { Box::from_raw(body)() }).map_err(dropped)?;
    // SAFETY: the G is new; nobody else has it.
    unsafe { (*g).locks.set(1) };
    let mut started = Ok(());
    on_large_stack(|| started = threads::start_pinned(sched(), g));
    match started {
        Ok(()) => Ok(handle),
        Err(error) => {
            // SAFETY: the G never ran.
            unsafe {
                (*g).set_id(0);
                pool::put((*g).stack.get());
            }
            sched().gs_ended.fetch_add(1, Relaxed);
            Err(dropped(Error::Thread(error)))
        }
    }
}

/// The promise of [`go`], stated once.
///
/// ```
/// // SAFETY: nothing that this program's Gs do is tied to a thread.
/// let spawner = unsafe { callgate::Spawner::new() };
/// let sum: u64 = (0..10)
///     .map(|i| spawner.go(move || i))
///     .collect::<Vec<_>>()
///     .into_iter()
///     .map(|g| g.join().unwrap())
///     .sum();
/// assert_eq!(sum, 45);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Spawner(PhantomData<()>);

impl Spawner {
    /// States the promise for every G made through this value and its copies.
    ///
    /// # Safety
    /// As [`go`], for each closure.
    #[must_use]
    pub unsafe fn new() -> Self {
        Spawner(PhantomData)
    }

    /// [`go`].
    ///
    /// # Panics
    /// As [`go`].
    #[track_caller]
    pub fn go<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        // SAFETY: promised in `new`.
        unsafe { go(f) }
    }

    /// [`try_go`].
    ///
    /// # Errors
    /// As [`try_go`].
    #[track_caller]
    pub fn try_go<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, Error> {
        // SAFETY: promised in `new`.
        unsafe { try_go(f) }
    }
}

#[track_caller]
fn unwrap<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

fn with_packet<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> (impl FnOnce() + 'static, JoinHandle<T>) {
    let (share, handle) = share(Box::new(Packet::new()));
    (move || finish(f, share), handle)
}

/// A G on a stack of nobody's P.
fn make<F: FnOnce() + 'static>(at: &'static Location<'static>, f: F) -> Result<*mut G, Error> {
    let s = sched();
    let size = s.config.stack_size;
    let stack = pool::get(size).map_err(|source| Error::Stack { size, source })?;
    s.gs_made.fetch_add(1, Relaxed);
    Ok(place(stack, reserve_ids(1), at, f))
}

/// A new G at the top of `stack`, which will run `f`. Not queued yet.
fn place<F: FnOnce() + 'static>(
    stack: Stack,
    id: u64,
    at: &'static Location<'static>,
    f: F,
) -> *mut G {
    let align = align_of::<F>().max(arch::STACK_ALIGN);
    // SAFETY: the stack is ours, and larger than a G, a small closure and a frame.
    unsafe {
        let g = G::place(stack, Kind::Go, id);
        let below = (g.addr() - size_of::<F>()) & !(align - 1);
        let closure = g.cast::<u8>().with_addr(below);
        closure.cast::<F>().write(f);
        (*(*g).ctx()).sp = arch::init_stack(closure, entry::<F>, closure.cast());
        (*g).spawned_at.set(Some(at));
        g
    }
}

/// Where a G begins, on its own stack.
unsafe extern "C" fn entry<F: FnOnce() + 'static>(closure: *mut c_void) -> ! {
    // SAFETY: the calling G is alive.
    crate::sanitize::now_on_g(unsafe { &*curg() });
    // SAFETY: `place` wrote it, and this G reads it once. It catches its own panics.
    unsafe { closure.cast::<F>().read()() };
    // SAFETY: the calling G is alive.
    let g = unsafe { &*curg() };
    g.locals.clear();
    run::exit_g(g)
}

/// Runs `f` on a stack that is large enough to start a thread on.
fn on_large_stack(f: impl FnOnce()) {
    if curg().is_null() { f() } else { run::on_g0(f) }
}
