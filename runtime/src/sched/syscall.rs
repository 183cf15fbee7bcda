//! Coming back from C: the slow paths of `exitsyscall`, and waiting for a P.

use super::run::{execute, leave_stack, schedule};
use super::threads::{hand_off, lend, stop, take_lent};
use super::{Sched, sched};
use crate::g::G;
use crate::m::M;
use crate::protocol::lease::{IDLE, RETAKE, SCHED as CLAIMED, USER};
use arch::Context;
use core::ffi::c_void;
use core::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// The calling G came back from C and was asked for its P: gets one, its own or another, before it
/// goes on. May continue on another thread, unless the G is locked. In `USER` before and after.
/// True if the P it had was taken.
#[cold]
pub(crate) fn exit_syscall_slow(g: &G) -> bool {
    // SAFETY: a running G has an M.
    let m = unsafe { &*g.m.get() };
    if m.lease.requests() & RETAKE == 0 {
        return false;
    }
    let s = sched();
    let mut state = s.lock();
    let p = m.p.get();
    // SAFETY: Ps live for ever.
    if !p.is_null() && unsafe { (*p).right.reconfirm(&m.lease) } {
        return false;
    }
    m.p.set(ptr::null_mut());
    // Where no thread can be had for the ready Gs, a G that comes back queues behind them: else
    // those that loop over C calls would keep all threads for themselves.
    let crowded = state.starved && state.global.len() > 0;
    if (!crowded || g.locked())
        && let Some(p) = state.idle_ps.pop()
    {
        s.publish(&state);
        lend(p, m);
        take_lent(m);
        p.next_tick();
        m.lease.set_state(USER);
        return true;
    }
    drop(state);
    // SAFETY: on the G's own stack, not in C.
    unsafe { leave_stack(g, wait_for_p, ptr::null_mut()) };
    true
}

/// Whether ready Gs wait for the P of the calling G.
pub(crate) fn others_wait(g: &G) -> bool {
    // SAFETY: a running G has an M; Ps live for ever.
    let p = unsafe { (*g.m.get()).p.get().as_ref() };
    let s = sched();
    p.is_some_and(|p| !p.queue.is_empty()) || s.global_len() > 0 || s.waiters_len() > 0
}

unsafe extern "C" fn wait_for_p(g: *mut Context, _: *mut c_void) -> *mut Context {
    let s = sched();
    // SAFETY: the G has just left its stack; its M is this thread's.
    let (gp, m) = unsafe { (&*g.cast::<G>(), &*(*g.cast::<G>()).m.get()) };
    crate::sanitize::now_on_thread(m);
    m.lease.set_state(IDLE);
    if gp.locked() {
        return wait_locked(s, m, gp);
    }
    m.curg.store(ptr::null_mut(), Relaxed);
    let mut state = s.lock();
    if let Some(p) = state.idle_ps.pop() {
        state.global.push(g.cast());
        s.publish(&state);
        lend(p, m);
        drop(state);
        take_lent(m);
        return schedule(s, m);
    }
    drop(state);
    s.inject_first(g.cast());
    if stop(s, m) { schedule(s, m) } else { m.g0.ctx() }
}

/// The G stays on its M, which sleeps until it is given a P.
fn wait_locked(s: &'static Sched, m: &'static M, g: &G) -> *mut Context {
    let mut state = s.lock();
    if let Some(p) = state.idle_ps.pop() {
        s.publish(&state);
        lend(p, m);
        drop(state);
    } else {
        drop(state);
        s.inject_first(ptr::from_ref(g).cast_mut());
        m.sleep();
    }
    let lent = take_lent(m);
    debug_assert!(lent, "a locked G's M is woken with a P");
    execute(m, g)
}

/// A new thread's M, with a G of its own to run: waits for the first P.
pub(crate) fn wait_for_first_p(s: &'static Sched, m: &'static M) -> *mut Context {
    // SAFETY: the G is new and waits for this M.
    wait_locked(s, m, unsafe { &*m.curg.load(Relaxed) })
}

/// Before a call that is declared to block: gives the P up, and leaves the M in `USER` without one.
pub(crate) fn give_p_up(g: &G) {
    if let Some(m) = super::try_claim(g) {
        let s = sched();
        s.handoffs.fetch_add(1, Relaxed);
        super::run::on_g0(|| hand_off(s, m));
        debug_assert_ne!(m.lease.state(), CLAIMED);
        m.lease.set_state(USER);
    }
}
