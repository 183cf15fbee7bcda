//! Starting, stopping and ending Ms, and handing Ps from one to another.

use super::{Sched, State, sched};
use crate::extra;
use crate::fatal::fatal;
use crate::g::G;
use crate::m::{self, M, Origin};
use crate::p::P;
use crate::protocol::lease::{IDLE, SCHED as CLAIMED};
use core::ptr;
use std::sync::MutexGuard;
use std::sync::atomic::{Ordering::*, fence};

/// Under the lock: lends `p` to `m`, whose thread claims it when it next looks.
pub(crate) fn lend(p: &'static P, m: &'static M) {
    p.right.grant(&m.lease);
    m.next_p.set(ptr::from_ref(p).cast_mut());
}

/// On `m`'s thread: claims the P that [`lend`] left. False if it was woken without one.
pub(crate) fn take_lent(m: &M) -> bool {
    let p = m.next_p.replace(ptr::null_mut());
    if p.is_null() {
        return false;
    }
    m.p.set(p);
    m.lease.set_state(CLAIMED);
    true
}

/// Under the lock, on `m`'s thread with its P claimed: gives the P back.
pub(crate) fn give_up(m: &M) -> &'static P {
    let p = m.claimed_p();
    p.right.surrender(&m.lease);
    m.p.set(ptr::null_mut());
    m.lease.set_state(IDLE);
    p
}

/// On `m`'s thread with its P claimed: gives the P to whoever can use it.
pub(crate) fn hand_off(s: &'static Sched, m: &M) {
    let state = s.lock();
    let p = give_up(m);
    place(s, state, p);
}

/// Finds an M for a P that nobody holds, if there is work for it, or lets it idle.
pub(crate) fn place(s: &'static Sched, mut state: MutexGuard<'_, State>, p: &'static P) {
    if state.waiters.first_is_locked() {
        // Its M sleeps with it: no other is needed.
        let Some(g) = state.waiters.pop() else { unreachable!("it is the first") };
        s.publish(&state);
        return lend_to_locked(state, p, g);
    }
    if !p.queue.is_empty() || state.global.len() > 0 || state.waiters.len() > 0 {
        start(s, state, p, false);
        return;
    }
    state.idle_ps.push(p);
    s.publish(&state);
    drop(state);
    // Work may have come to another P's queue while this one was not to be seen as idle.
    fence(SeqCst);
    if s.work_waits() {
        wake_p(s);
    }
}

/// Lends a P to the M of a locked G that is out of its queue.
pub(super) fn lend_to_locked(state: MutexGuard<'_, State>, p: &'static P, g: *mut G) {
    // SAFETY: a G that waits is alive; a locked one has an M.
    let m = unsafe { &*(*g).m.get() };
    lend(p, m);
    drop(state);
    m.note.wake();
}

/// Wakes an M to look for work, if there is an idle P and nobody looks yet.
pub(crate) fn wake_p(s: &Sched) {
    if s.idle_ps.load(Relaxed) == 0 || s.spinning.compare_exchange(0, 1, AcqRel, Relaxed).is_err() {
        return;
    }
    let mut state = s.lock();
    match state.idle_ps.pop() {
        Some(p) => {
            s.publish(&state);
            start(sched(), state, p, true);
        }
        None => {
            s.spinning.fetch_sub(1, AcqRel);
        }
    }
}

/// Gives a P that nobody holds to an idle M, or to a new one. Where none can be had, the P's Gs
/// wait with the others, and the P idles.
pub(crate) fn start(
    s: &'static Sched,
    mut state: MutexGuard<'_, State>,
    p: &'static P,
    spinning: bool,
) {
    if let Some(m) = state.idle_ms.pop() {
        m.idle.set(false);
        m.spinning.set(spinning);
        lend(p, m);
        drop(state);
        m.note.wake();
        return;
    }
    if state.threads >= s.config.max_threads {
        state.starved = true;
        shelve(s, state, p, spinning);
        return;
    }
    state.starved = false;
    state.threads += 1;
    let m = m::alloc(Origin::Own);
    m.spinning.set(spinning);
    lend(p, m);
    drop(state);
    if let Err(error) = spawn(s, m, false) {
        let mut state = s.lock();
        p.right.surrender(&m.lease);
        m.next_p.set(ptr::null_mut());
        state.threads -= 1;
        state.thread_error = Some(error);
        m.free();
        shelve(s, state, p, spinning);
        s.kick_monitor();
    }
}

/// No M can be had for a P with work. If the M of a locked G waits for a P, it gets this one: nobody
/// else is left to hand it on. If not, the P idles, and its Gs go to the queue of all.
fn shelve(s: &Sched, mut state: MutexGuard<'_, State>, p: &'static P, spinning: bool) {
    if spinning {
        s.spinning.fetch_sub(1, AcqRel);
    }
    while let Some(g) = p.queue.get_ring() {
        state.global.push(g);
    }
    let next = p.queue.take_next();
    if !next.is_null() {
        state.global.push(next);
    }
    let locked = state.waiters.pop_locked().or_else(|| state.global.pop_locked());
    if let Some(g) = locked {
        s.publish(&state);
        return lend_to_locked(state, p, g);
    }
    state.idle_ps.push(p);
    s.publish(&state);
}

/// Whether an M could be had for a P: an idle or a new one, or that of a locked G that is ready.
pub(crate) fn m_available(s: &Sched, state: &State) -> bool {
    !state.idle_ms.is_empty()
        || state.threads < s.config.max_threads
        || state.waiters.has_locked()
        || state.global.has_locked()
}

/// Starts `m`'s thread; with `pinned`, to run the G it has.
fn spawn(s: &'static Sched, m: &'static M, pinned: bool) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(format!("callgate-{}", m.id))
        .stack_size(s.config.thread_stack_size)
        .spawn(move || main(s, m, pinned))
        .map(drop)
}

/// Gives a G a thread of its own. `g` is locked already.
pub(crate) fn start_pinned(s: &'static Sched, g: *mut G) -> std::io::Result<()> {
    let mut state = s.lock();
    if state.threads >= s.config.max_threads {
        // The end of some thread starts the G. An idle one ends at once: it is woken without a P.
        state.pinned.push(g);
        if let Some(idle) = state.idle_ms.pop() {
            idle.idle.set(false);
            drop(state);
            idle.note.wake();
        }
        return Ok(());
    }
    state.threads += 1;
    drop(state);
    spawn_pinned(s, g).inspect_err(|_| s.lock().threads -= 1)
}

fn spawn_pinned(s: &'static Sched, g: *mut G) -> std::io::Result<()> {
    let m = m::alloc(Origin::Own);
    m.curg.store(g, Relaxed);
    // SAFETY: the G is new; nobody else has it.
    unsafe { (*g).m.set(m.as_ptr()) };
    spawn(s, m, true).inspect_err(|_| m.free())
}

/// What the thread of an M of ours does.
fn main(s: &'static Sched, m: &'static M, pinned: bool) {
    // The thread that starts another may have all signals blocked.
    s.signal_mask.apply();
    m.minit();
    extra::watch_end(m);
    // SAFETY: the thread is new; the M and its `g0` are its own.
    unsafe {
        arch::setg(m.g0.ctx());
        let first = if pinned {
            super::syscall::wait_for_first_p(s, m)
        } else {
            take_lent(m);
            super::run::schedule(s, m)
        };
        if first != m.g0.ctx() {
            arch::mstart(m.g0.ctx(), first);
            crate::sanitize::now_on_thread(m);
        }
        arch::setg(ptr::null_mut());
    }
    extra::forget_end(m);
    m.unminit();
    let mut state = s.lock();
    let next = state.pinned.pop();
    if next.is_none() {
        state.threads -= 1;
    }
    drop(state);
    m.retire();
    s.standstill.came(s);
    // There is room for a thread again: work that was shelved for want of one can have it.
    fence(SeqCst);
    if next.is_none() && s.work_waits() {
        wake_p(s);
    }
    if let Some(g) = next
        && let Err(error) = spawn_pinned(s, g)
    {
        fatal!("can't start an OS thread for a pinned G: {error}");
    }
}

/// On `m`'s thread, without a P: sleeps until there is one, claimed on return. False: the thread
/// has been idle for long, or must make room, and is to end.
pub(crate) fn stop(s: &'static Sched, m: &'static M) -> bool {
    idle(s, m, s.lock())
}

/// [`stop`], for a caller that has the lock.
pub(crate) fn idle(s: &'static Sched, m: &'static M, mut state: MutexGuard<'_, State>) -> bool {
    s.publish(&state);
    if state.pinned.len() > 0 {
        // A G waits for a thread of its own, and this one can be spared.
        return false;
    }
    state.idle_ms.push(m);
    m.idle.set(true);
    drop(state);
    // Pairs with the fence of `Sched::needs_waking`: whoever queued work before this saw no idle P,
    // or found no M for it; or we see the work.
    fence(SeqCst);
    (s.work_waits() && unidle(s, m)) || sleep_idle(s, m)
}

/// Takes an idle M, which is the caller, and an idle P out of their lists again. False if there is
/// no P, or if the M has been given one already and only has to wake.
fn unidle(s: &'static Sched, m: &'static M) -> bool {
    let mut state = s.lock();
    if !m.idle.get() {
        return false;
    }
    let Some(p) = state.idle_ps.pop() else { return false };
    state.idle_ms.retain(|other| !ptr::eq(*other, m));
    m.idle.set(false);
    lend(p, m);
    s.publish(&state);
    take_lent(m)
}

fn sleep_idle(s: &'static Sched, m: &'static M) -> bool {
    if !m.wait_a_little() && !m.note.sleep_for(s.config.idle_timeout) {
        let mut state = s.lock();
        if m.idle.get() {
            state.idle_ms.retain(|other| !ptr::eq(*other, m));
            m.idle.set(false);
            return false;
        }
        drop(state);
        // Somebody took it out of the list just now, and wakes it.
        m.note.sleep();
    }
    take_lent(m)
}
