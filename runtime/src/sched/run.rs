//! An M's search for the next G, and the ways of leaving a G.
//!
//! Everything here runs on a `g0` stack, entered by `mcall` in a fresh frame, and returns the G to
//! resume; see `arch::mcall`.

use super::threads::{give_up, hand_off, idle, lend, stop, take_lent};
use super::{Sched, sched, timers, try_claim};
use crate::g::{G, Seed, curg, is_locked};
use crate::m::M;
use crate::os;
use crate::p::P;
use crate::protocol::lease::{IDLE, SCHED as CLAIMED, USER};
use crate::sanitize;
use arch::Context;
use core::ffi::c_void;
use core::ptr;
use std::sync::atomic::{Ordering::*, fence};

/// How many times in a row the G of `runnext` may pass the others of its P.
const MAX_STREAK: u32 = 64;
/// Every this many slices, the queue of all goes first, so that a busy P can't starve it.
const GLOBAL_EVERY: u32 = 61;

/// The next G for an M that has claimed its P; its `g0` if the thread is to end.
pub(crate) fn schedule(s: &'static Sched, m: &'static M) -> *mut Context {
    debug_assert_eq!(m.lease.state(), CLAIMED, "the scheduler needs a claimed P");
    loop {
        let Some(g) = find(s, m) else { return m.g0.ctx() };
        // SAFETY: a G out of a queue is alive, and ours.
        let g = unsafe { &*grown(m.claimed_p(), g) };
        if g.locked() && g.m.get() != m.as_ptr() {
            // It runs on its own M only; that one gets our P.
            let state = s.lock();
            let p = give_up(m);
            // SAFETY: Ms are never freed.
            let its = unsafe { &*g.m.get() };
            lend(p, its);
            drop(state);
            its.note.wake();
            if !stop(s, m) {
                return m.g0.ctx();
            }
            continue;
        }
        return execute(m, g);
    }
}

/// The G of what came out of a queue.
///
/// # Safety
/// `p` is claimed, and the caller alone has `g`, which it took out of a queue.
unsafe fn grown(p: &P, g: *mut G) -> *mut G {
    // SAFETY: the caller's promise.
    unsafe { Seed::grown(g, |stack| (*p.stacks.get()).exchange(stack), || p.new_id()) }
}

/// Makes `g` the G of `m`, whose P is claimed, and lends the P to it.
pub(crate) fn execute(m: &'static M, g: &G) -> *mut Context {
    m.claimed_p().next_tick();
    m.curg.store(ptr::from_ref(g).cast_mut(), Relaxed);
    g.m.set(m.as_ptr());
    // SAFETY: the G runs nowhere else.
    unsafe { (*g.ctx()).g0 = m.g0.ctx() };
    m.lease.set_state(USER);
    g.ctx()
}

/// A ready G, waiting for one if there is none. The P is claimed before and after; `None` means
/// that the M has no P any more and its thread is to end.
fn find(s: &'static Sched, m: &'static M) -> Option<*mut G> {
    loop {
        let p = m.claimed_p();
        if let Some(g) = look(s, m, p) {
            if m.spinning.replace(false) {
                // The last one to stop looking makes sure that somebody looks for the rest.
                if s.spinning.fetch_sub(1, AcqRel) == 1 {
                    // Pairs with the fence of `Sched::needs_waking`, which saw us looking.
                    fence(SeqCst);
                    if s.work_waits() {
                        super::threads::wake_p(s);
                    }
                }
            }
            return Some(g);
        }
        let mut state = s.lock();
        if state.global.len() > 0 || state.waiters.len() > 0 {
            continue;
        }
        state.idle_ps.push(give_up(m));
        if m.spinning.replace(false) {
            s.spinning.fetch_sub(1, AcqRel);
        }
        if !idle(s, m, state) {
            return None;
        }
    }
}

fn look(s: &'static Sched, m: &M, p: &P) -> Option<*mut G> {
    let turn = p.took_waiter.replace(false);
    if !turn
        && s.waiters_len() > 0
        && let Some(g) = pop_waiter(s)
    {
        p.took_waiter.set(true);
        return Some(g);
    }
    if s.global_len() > 0
        && is_global_turn(s, p)
        && let Some(g) = pop_global(s, p, 1)
    {
        return Some(g);
    }
    if let Some(g) = pop_local(p) {
        return Some(g);
    }
    if s.global_len() > 0
        && let Some(g) = pop_global(s, p, crate::protocol::run_queue::CAPACITY / 2)
    {
        return Some(g);
    }
    if turn
        && s.waiters_len() > 0
        && let Some(g) = pop_waiter(s)
    {
        return Some(g);
    }
    if timers::fire_due(s)
        && let Some(g) = pop_waiter(s)
    {
        return Some(g);
    }
    steal(s, m, p)
}

/// Whether the queue of all goes first now.
fn is_global_turn(s: &Sched, p: &P) -> bool {
    p.tick.load(Relaxed).is_multiple_of(GLOBAL_EVERY) || s.global_first.load(Relaxed)
}

fn pop_local(p: &P) -> Option<*mut G> {
    if p.next_streak.get() >= MAX_STREAK {
        p.next_streak.set(0);
        if let Some(g) = p.queue.get_ring() {
            return Some(g);
        }
    }
    let (g, from_next) = p.queue.get()?;
    p.next_streak.set(if from_next { p.next_streak.get() + 1 } else { 0 });
    Some(g)
}

fn pop_waiter(s: &Sched) -> Option<*mut G> {
    let mut state = s.lock();
    let g = state.waiters.pop();
    s.publish(&state);
    g
}

/// A fair share of the queue of all, at most `max`: one to run, the rest into the P's queue.
fn pop_global(s: &Sched, p: &P, max: u32) -> Option<*mut G> {
    if s.global_first.load(Relaxed) {
        s.global_first.store(false, Relaxed);
    }
    let mut state = s.lock();
    let share = (state.global.len() / s.ps.len() + 1).min(max as usize);
    let first = state.global.pop()?;
    for _ in 1..share {
        let Some(g) = state.global.pop() else { break };
        // SAFETY: a G in a queue is alive.
        if unsafe { is_locked(g) } {
            state.waiters.push(g);
            continue;
        }
        // More than one is taken only when the P's queue is empty, and at most half its room.
        p.queue.put(g, |_| unreachable!("half of an empty ring has room"));
    }
    s.publish(&state);
    Some(first)
}

fn steal(s: &Sched, m: &M, p: &P) -> Option<*mut G> {
    let n = s.ps.len();
    if !m.spinning.get() {
        let busy = n as u32 - s.idle_ps.load(Relaxed).min(n as u32);
        // Half of the busy Ps' number may look; more only cost.
        if 2 * s.spinning.load(Relaxed) >= busy {
            return None;
        }
        m.spinning.set(true);
        s.spinning.fetch_add(1, AcqRel);
    }
    for round in 0..4 {
        let start = p.next_random() as usize;
        for i in 0..n {
            let from = &s.ps[(start + i) % n];
            if ptr::eq(from, p) {
                continue;
            }
            if let Some(g) = p.queue.steal_from(&from.queue, round == 3) {
                return Some(g);
            }
        }
        if s.global_len() > 0 {
            return None; // the caller's loop takes it
        }
    }
    None
}

/// Leaves a G that has been put where somebody will find it. `locked` and `claimed` are what held
/// before that: the G itself may be running elsewhere by now.
fn leave(s: &'static Sched, m: &'static M, g: &G, locked: bool, claimed: bool) -> *mut Context {
    if locked {
        // The G stays ours, and our stack may have its C frames: nobody else runs here.
        if claimed {
            hand_off(s, m);
        } else {
            s.standstill.came(s);
        }
        m.sleep();
        let lent = take_lent(m);
        debug_assert!(lent, "a locked G's M is woken with a P");
        return execute(m, g);
    }
    m.curg.store(ptr::null_mut(), Relaxed);
    run_others(s, m, claimed)
}

/// What an M runs whose G is gone: waits for a P, if it has none claimed.
fn run_others(s: &'static Sched, m: &'static M, claimed: bool) -> *mut Context {
    if claimed || stop(s, m) { schedule(s, m) } else { m.g0.ctx() }
}

/// What a G that leaves passes to its `mcall`'d function.
struct Leaving<'a> {
    /// Whether the M's P was claimed.
    claimed: bool,
    /// Puts the G where it waits; false if it needn't wait. Runs when the G is off its stack.
    commit: &'a mut dyn FnMut(&'static M, *mut G) -> bool,
}

/// Parks the calling G: leaves its stack, calls `commit`, and runs other Gs if that returns true.
/// Returns when the G is made [ready](super::ready).
pub(crate) fn park_g(g: &G, commit: &mut dyn FnMut(&'static M, *mut G) -> bool) {
    let mut leaving = Leaving { claimed: try_claim(g).is_some(), commit };
    // SAFETY: `park_m` takes it; `curg` gave us the G.
    unsafe { leave_stack(g, park_m, (&raw mut leaving).cast()) };
}

/// `mcall` for a G that may not come back soon. One that unwinds is kept on its thread meanwhile: the
/// thread's panic count is its own.
///
/// # Safety
/// On `g`'s own stack, not in C; `f` is sound to `mcall` with `arg`.
pub(super) unsafe fn leave_stack(g: &G, f: arch::McallFn, arg: *mut c_void) {
    let panicking = std::thread::panicking();
    if panicking {
        g.locks.set(g.locks.get() + 1);
    }
    // SAFETY: the caller's promise.
    unsafe { arch::mcall(f, arg) };
    crate::call::came_back();
    sanitize::now_on_g(g);
    if panicking {
        g.locks.set(g.locks.get() - 1);
    }
}

unsafe extern "C" fn park_m(g: *mut Context, leaving: *mut c_void) -> *mut Context {
    // SAFETY: `park_g` passes both; the G's frame with `leaving` stays until it is resumed, which
    // can't be before `commit` has returned what it needs.
    unsafe {
        let gp = &*g.cast::<G>();
        let m = &*gp.m.get();
        sanitize::now_on_thread(m);
        let leaving = &mut *leaving.cast::<Leaving<'_>>();
        let (locked, claimed) = (gp.locked(), leaving.claimed);
        if !claimed {
            // Before others can see the G and lend this M a P: that one is not lent to user code.
            m.lease.set_state(IDLE);
        }
        if (leaving.commit)(m, g.cast()) {
            leave(sched(), m, gp, locked, claimed)
        } else {
            m.lease.set_state(USER);
            g
        }
    }
}

/// Lets the other ready Gs run first.
///
/// The common case, in which the next G lies in the P's own queue, decides that on the G's own stack,
/// with one claim; what is left to do off it is to queue the G and to resume the other.
pub(crate) fn yield_g(g: &G) {
    let s = sched();
    let Some(m) = try_claim(g) else { return yield_slow(s, g, false) };
    let p = m.claimed_p();
    let others_first = s.waiters_len() > 0 || (s.global_len() > 0 && is_global_turn(s, p));
    if others_first || g.locked() || std::thread::panicking() {
        return yield_slow(s, g, true);
    }
    match pop_local(p) {
        // SAFETY: on the G's own stack; `yield_m` takes the next G.
        Some(next) => unsafe {
            arch::mcall(yield_m, next.cast());
            crate::call::came_back();
            sanitize::now_on_g(g);
        },
        None if s.global_len() > 0 => yield_slow(s, g, true),
        None => super::release(m),
    }
}

unsafe extern "C" fn yield_m(g: *mut Context, next: *mut c_void) -> *mut Context {
    // SAFETY: `yield_g` passes a G out of the queue of its M's P, which it has claimed. Such a queue
    // holds no locked Gs.
    unsafe {
        let m: &'static M = &*(*g.cast::<G>()).m.get();
        sanitize::now_on_thread(m);
        let p = m.claimed_p();
        p.took_waiter.set(false);
        sched().enqueue_on(m, g.cast());
        execute(m, &*grown(p, next.cast()))
    }
}

/// [`yield_g`] where it isn't that simple. `claimed`: whether the P is.
#[cold]
fn yield_slow(s: &'static Sched, g: &G, claimed: bool) {
    if claimed {
        // SAFETY: a running G has an M.
        let m = unsafe { &*g.m.get() };
        let alone = m.claimed_p().queue.is_empty() && s.global_len() == 0 && s.waiters_len() == 0;
        super::release(m);
        if alone {
            return;
        }
    }
    park_g(g, &mut |m, gp| {
        if m.lease.state() != CLAIMED {
            s.inject_first(gp);
        // SAFETY: the G that has just left is alive.
        } else if unsafe { (*gp).locked() } {
            s.inject_last(gp);
        } else {
            s.enqueue_on(m, gp);
        }
        true
    });
}

/// Runs `f` on the `g0` stack and comes back to the same G: for what may need more stack than a G
/// has, such as starting a thread. The M's state stays as it is.
pub(crate) fn on_g0<F: FnOnce()>(f: F) {
    unsafe extern "C" fn run<F: FnOnce()>(g: *mut Context, f: *mut c_void) -> *mut Context {
        // SAFETY: `on_g0` passes its closure, once.
        unsafe {
            sanitize::now_on_thread(&*(*g.cast::<G>()).m.get());
            if let Some(f) = (*f.cast::<Option<F>>()).take() {
                f();
            }
        }
        g
    }
    debug_assert!(!curg().is_null());
    let mut f = Some(f);
    // SAFETY: on the G's own stack: the callers have checked `curg`.
    unsafe {
        arch::mcall(run::<F>, (&raw mut f).cast());
        crate::call::came_back();
        sanitize::now_on_g(&*curg());
    }
}

/// Ends the calling G, whose frames are done with. Never returns to it.
pub(crate) fn exit_g(g: &G) -> ! {
    let claimed = try_claim(g).is_some();
    // SAFETY: on the G's own stack; nothing on it is needed any more.
    unsafe { arch::mcall_last(exit_m, ptr::without_provenance_mut(usize::from(claimed))) }
}

unsafe extern "C" fn exit_m(g: *mut Context, claimed: *mut c_void) -> *mut Context {
    let s = sched();
    let claimed = !claimed.is_null();
    // SAFETY: the G has left its stack for good.
    let (m, locked) = unsafe {
        let gp = &*g.cast::<G>();
        let (m, locked, stack) = (&*gp.m.get(), gp.locked(), gp.stack.get());
        sanitize::now_on_thread(m);
        sanitize::forget_frames(stack.low, stack.size);
        sanitize::ended(gp);
        m.curg.store(ptr::null_mut(), Relaxed);
        gp.set_id(0);
        if s.config.clear_stacks {
            // The id reads as 0 afterwards too.
            os::discard(stack.low, stack.size);
        }
        if claimed {
            let p = m.claimed_p();
            (*p.stacks.get()).put(stack);
        } else {
            crate::stack::pool::put(stack);
        }
        (m, locked)
    };
    if !claimed {
        m.lease.set_state(IDLE);
    }
    if locked {
        // What the G did to its thread (names, masks, thread-locals) ends with the thread.
        if claimed {
            hand_off(s, m);
        }
        return m.g0.ctx();
    }
    run_others(s, m, claimed)
}
