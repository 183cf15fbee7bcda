//! Extra Ms: what a thread that callgate didn't make borrows to run a callback.
//!
//! The first callback of a thread takes an M from the list (`needm`), and the M stays bound to the
//! thread until it ends: a thread-exit destructor gives it back (the TODO of Go's `dropm`, 2013).
//! Between callbacks the thread is in the state of a G that is in C, so a later callback costs what
//! a nested one does.

use crate::builder::Config;
use crate::error::Error;
use crate::fatal::fatal;
use crate::g::{G, Kind, reserve_ids};
use crate::m::{M, Origin};
use crate::os::{self, ExitKey, SignalsBlocked};
use crate::protocol::lease::{EXTRA_M, FIRST, SYSCALL, USER};
use crate::sched::{Sched, sched, threads, timers};
use crate::stack::pool;
use arch::{AbiEntry, Context};
use core::ffi::c_void;
use core::ptr;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;

/// Extra Ms that threads which end leave in the list; more are freed. Two serve threads that come one
/// after another without making any, and the number doesn't depend on how many came at once.
const KEEP: u32 = 2;
/// How long a foreign thread waits for an M that can't be made, in nanoseconds.
const PATIENCE: u64 = 800_000_000;
/// Destructors of a thread run up to `PTHREAD_DESTRUCTOR_ITERATIONS` (at least 4) times if they set
/// values anew. After so many of ours, a thread that still calls back keeps no M.
const MAX_EXITS: u32 = 3;

static EXIT_KEY: OnceLock<ExitKey> = OnceLock::new();

thread_local! {
    /// How often this thread's destructor has run.
    static EXITS: Cell<u32> = const { Cell::new(0) };
}

#[inline(never)]
fn exits(add: u32) -> u32 {
    // A plain cell has no destructor, so it is there as long as the thread is.
    EXITS.with(|n| {
        n.set(n.get() + add);
        n.get()
    })
}

pub(crate) fn create_exit_key() -> Result<(), Error> {
    if EXIT_KEY.get().is_none() {
        let key = ExitKey::new(arch::abi_wrapper::<ThreadExit>).map_err(Error::Thread)?;
        // Starts are serialised by the caller.
        let _ = EXIT_KEY.set(key);
    }
    Ok(())
}

/// Go's `newextram` without the list: an M with a G that is in C, on a stack of its own.
pub(crate) fn alloc(config: &Config) -> Result<&'static M, Error> {
    let size = config.stack_size;
    let stack = pool::get(size).map_err(|source| Error::Stack { size, source })?;
    let m = crate::m::alloc(Origin::Extra);
    // SAFETY: the stack is ours.
    unsafe {
        let g = G::place(stack, Kind::Extra, reserve_ids(1));
        let top = g.addr() & !(arch::STACK_ALIGN - 1);
        let ctx = (*g).ctx();
        (*ctx).cgo_sp = g.cast::<u8>().with_addr(top);
        (*ctx).g0 = m.g0.ctx();
        (*g).m.set(m.as_ptr());
        m.curg.store(g, Relaxed);
    }
    m.lease.set_state(SYSCALL);
    Ok(m)
}

/// Puts a new extra M into the list, for the one that was the last. Where there is no memory for it,
/// the monitor goes on trying: a foreign thread may never come. A thread that ended since may have
/// left one already.
pub(crate) fn newextram(s: &Sched) {
    if s.extra.len() >= KEEP {
        s.extra_missing.store(0, Relaxed);
        return;
    }
    match alloc(&s.config) {
        Ok(m) => {
            put(s, m);
            s.extra_missing.store(0, Relaxed);
        }
        Err(_) if s.extra_missing.load(Relaxed) != 0 => {}
        Err(_) => {
            s.extra_missing.store(timers::now().max(1), Relaxed);
            s.kick_monitor();
        }
    }
}

/// Called while a foreign thread waits for an extra M: ends the process if none has come for long,
/// because none can be made.
fn waiting(s: &Sched) {
    let since = s.extra_missing.load(Relaxed);
    if since != 0 && timers::now() - since > PATIENCE {
        fatal!(
            "a foreign thread calls back, and there is no memory for the stack of {} bytes on which \
             its callback would run",
            s.config.stack_size
        );
    }
}

/// Gives the calling thread, which has no G, an extra M's. Allocates nothing and takes no lock but
/// that of the list. Entered past the ABI wrapper: there is no `g` to load.
pub(crate) fn needm() -> *mut Context {
    // A callback may be the first that this process hears of the runtime.
    let s = sched();
    let blocked = SignalsBlocked::new();
    let g = arch::g();
    if !g.is_null() {
        // Since the caller looked, a signal's handler has called back, and has left its M here.
        return g;
    }
    let (m, last) = s.extra.pop(|| waiting(s));
    // SAFETY: whoever pops an M is the only one to have it; M records are never freed.
    let m = unsafe { &*m };
    if last {
        m.lease.set_request(EXTRA_M);
    }
    m.lease.set_request(FIRST);
    m.minit();
    // SAFETY: an extra M has a G, which no other thread uses now.
    let ctx = unsafe {
        let ctx = (*m.curg.load(Relaxed)).ctx();
        arch::setg(ctx);
        ctx
    };
    s.needms.fetch_add(1, Relaxed);
    drop(blocked);
    ctx
}

/// On a thread that begins to run Gs: asks the system to tell of its end. In a callback, where that may
/// allocate.
pub(crate) fn watch_end(m: &'static M) {
    let told = exits(0) < MAX_EXITS
        && EXIT_KEY.get().is_some_and(|key| key.set(m.as_ptr().cast_const().cast()));
    m.end_is_told.set(told);
}

/// Undoes [`watch_end`], on the same thread.
pub(crate) fn forget_end(m: &M) {
    if m.end_is_told.replace(false)
        && let Some(key) = EXIT_KEY.get()
    {
        key.set(ptr::null());
    }
}

/// After the first callback of a thread: keeps the M for the thread's lifetime, if the system will
/// tell us of its end.
pub(crate) fn dropm(g: &G) {
    // SAFETY: an extra M's G has it for ever.
    let m: &'static M = unsafe { &*g.m.get() };
    if !m.end_is_told.get() {
        unbind(m);
    }
}

/// Before the calling thread waits outside of callbacks: gives up the P that its M was lent and didn't
/// need since, so that an idle program has only idle Ps.
pub(crate) fn give_p_up() {
    // SAFETY: a thread's `g` is null or alive.
    let Some(g) = (unsafe { arch::g().cast::<G>().as_ref() }) else { return };
    if g.kind.get() != Kind::Extra || g.callbacks() > 0 {
        return;
    }
    // SAFETY: an extra M's G has it for ever.
    let m: &'static M = unsafe { &*g.m.get() };
    let blocked = SignalsBlocked::new();
    m.lease.set_state(USER);
    if crate::sched::try_claim(g).is_some() {
        threads::hand_off(sched(), m);
    }
    m.lease.set_state(SYSCALL);
    drop(blocked);
}

struct ThreadExit;

impl AbiEntry for ThreadExit {
    unsafe extern "C" fn enter(g: *mut Context, m: *mut c_void) {
        crate::call::came_in();
        // SAFETY: the value of the key is the thread's M.
        let m: &'static M = unsafe { &*m.cast::<M>() };
        if os::process_is_ending() {
            return;
        }
        exits(1);
        if m.origin.get() == Origin::Own {
            crate::fault::ended_in_c();
        }
        // SAFETY: an extra M keeps its G.
        let its = unsafe { &*m.curg.load(Relaxed) };
        if g != its.ctx() || its.callbacks() > 0 {
            fatal!(
                "a thread ended inside a callback (G {}): pthread_exit and pthread_cancel must not \
                 cross a callback, whose Rust frames would never end",
                its.id.get()
            );
        }
        unbind(m);
    }
}

/// Ends the bond between the calling thread and its extra M, on the thread's own stack.
fn unbind(m: &'static M) {
    let s = sched();
    let blocked = SignalsBlocked::new();
    // SAFETY: an extra M keeps its G.
    let g = unsafe { &*m.curg.load(Relaxed) };
    m.lease.set_state(USER);
    if crate::sched::try_claim(g).is_some() {
        threads::hand_off(s, m);
    }
    m.unminit();
    m.end_is_told.set(false);
    // SAFETY: the thread has no frames of the G.
    unsafe { arch::setg(ptr::null_mut()) };
    s.dropms.fetch_add(1, Relaxed);
    g.locals.clear();
    // The thread that has the M next is another: this one's handles must not reach it.
    g.set_id(reserve_ids(1));
    m.lease.set_state(SYSCALL);
    put(s, m);
    // The thread that ends may have been the last that could wake a G.
    s.standstill.came(s);
    drop(blocked);
}

/// Puts an M that no thread has into the list, or frees it where the list is long enough.
fn put(s: &Sched, m: &'static M) {
    // SAFETY: nobody else has the M.
    if !unsafe { s.extra.push_below(m.as_ptr(), KEEP) } {
        // SAFETY: an extra M keeps its G.
        let g = unsafe { &*m.curg.load(Relaxed) };
        let stack = g.stack.get();
        crate::sanitize::ended(g);
        g.set_id(0);
        m.retire();
        if s.config.clear_stacks {
            // SAFETY: nobody uses the stack. The id reads as 0 afterwards too.
            unsafe { crate::os::discard(stack.low, stack.size) };
        }
        pool::put(stack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a fresh thread, so that the harness's own is left alone.
    fn on_a_foreign_thread(f: fn()) {
        std::thread::spawn(f).join().expect("it doesn't panic");
    }

    #[test]
    fn a_thread_has_a_g_from_its_first_callback_until_its_m_is_dropped() {
        on_a_foreign_thread(|| {
            assert!(arch::g().is_null(), "nothing has set it up");
            crate::run(|| ());
            // SAFETY: the thread's G is alive.
            let g = unsafe { arch::g().cast::<G>().as_ref() }.expect("it keeps its M");
            // SAFETY: an extra M's G has it for ever.
            unbind(unsafe { &*g.m.get() });
            assert!(arch::g().is_null(), "the slot is cleared");
            if let Some(key) = EXIT_KEY.get() {
                assert!(key.set(ptr::null()));
            }
            // And it can borrow another.
            assert_eq!(crate::run(|| 7), 7);
            assert!(!arch::g().is_null());
        });
    }
}
