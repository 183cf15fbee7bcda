//! The scheduler: who runs which G, on which thread, with which P.
//!
//! | file | subject |
//! | --- | --- |
//! | this one | the shared state, queues, and how a G becomes ready |
//! | [`run`] | an M's search for the next G; leaving a G |
//! | [`threads`] | starting, stopping and ending Ms; handing Ps on |
//! | [`syscall`] | how a G comes back from C, and what it does when its P is gone |
//! | [`deadlock`] | finding that all Gs wait for each other, and saying so |
//! | [`monitor`] | the thread that takes Ps back and runs timers |
//! | [`timers`] | sleeping Gs |
//!
//! Lock order: timers, the scheduler's, M records. That of the stacks stands alone. None is held
//! across a switch.

pub(crate) mod deadlock;
pub(crate) mod monitor;
pub(crate) mod run;
pub(crate) mod syscall;
pub(crate) mod threads;
pub(crate) mod timers;

use crate::builder::Config;
use crate::error::Error;
use crate::g::{G, GQueue, Kind, curg, is_locked};
use crate::m::M;
use crate::os::{self, Note, SignalMask, SignalsBlocked};
use crate::p::P;
use crate::protocol::extra_list::ExtraList;
use crate::protocol::lease::{SCHED as CLAIMED, USER};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*, fence};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// All that the Ms share.
pub(crate) struct Sched {
    pub(crate) config: Config,
    pub(crate) ps: Box<[P]>,
    /// The signal mask of the thread that started the runtime: that of all threads it makes.
    pub(crate) signal_mask: SignalMask,
    state: Mutex<State>,
    /// Lengths of what `state` holds, for a look without the lock.
    pub(crate) idle_ps: AtomicU32,
    global_len: AtomicU32,
    waiters_len: AtomicU32,
    /// Set by the monitor when the queue of all has waited for long: it goes first, once.
    pub(crate) global_first: AtomicBool,
    /// Ms that look for work without having any. While there is one, nobody wakes another.
    pub(crate) spinning: AtomicU32,
    pub(crate) monitor: Note,
    pub(crate) monitor_asleep: AtomicBool,
    pub(crate) standstill: deadlock::Standstill,
    pub(crate) extra: ExtraList<M>,
    /// Since when (in nanoseconds) there has been no memory for an extra M that is due; 0 if none is.
    pub(crate) extra_missing: AtomicU64,
    pub(crate) handoffs: AtomicU64,
    /// Calls of `run` on threads without a G.
    pub(crate) runs: AtomicU64,
    pub(crate) needms: AtomicU64,
    pub(crate) dropms: AtomicU64,
    /// Gs made and ended by threads without a P.
    pub(crate) gs_made: AtomicU64,
    pub(crate) gs_ended: AtomicU64,
}

/// What the scheduler's lock guards.
pub(crate) struct State {
    /// Ps that nobody holds. Their queues are empty.
    pub(crate) idle_ps: Vec<&'static P>,
    /// Ms that sleep and can be given a P.
    pub(crate) idle_ms: Vec<&'static M>,
    /// Our own threads, those being started among them.
    pub(crate) threads: usize,
    /// Whether the last attempt to start a thread found `max_threads` reached.
    pub(crate) starved: bool,
    /// Why the last attempt to start a thread failed.
    pub(crate) thread_error: Option<io::Error>,
    /// Ready Gs of no P.
    pub(crate) global: GQueue,
    /// Gs that came back from C, or out of a slice, and found no P, and those whose sleep is over.
    /// They go first.
    pub(crate) waiters: GQueue,
    /// Gs that need a thread of their own and found none to be had.
    pub(crate) pinned: GQueue,
}

// SAFETY: what is not atomic is behind the lock or in the Ps, whose fields say who uses them.
unsafe impl Sync for Sched {}
// SAFETY: as above.
unsafe impl Send for Sched {}

static THE: OnceLock<Sched> = OnceLock::new();
static NO_HEAVY_BARRIER: AtomicBool = AtomicBool::new(false);

/// Whether the process-wide barrier is switched off, to run the fallback.
pub(crate) fn no_heavy_barrier() -> bool {
    NO_HEAVY_BARRIER.load(Relaxed)
}

/// The running scheduler; started with the defaults if nothing was installed.
#[inline]
pub(crate) fn sched() -> &'static Sched {
    match THE.get() {
        Some(s) => s,
        None => start_default(),
    }
}

/// The scheduler, if it runs.
pub(crate) fn running() -> Option<&'static Sched> {
    THE.get()
}

#[cold]
fn start_default() -> &'static Sched {
    match start(Config::default()) {
        Ok(s) => s,
        Err(Error::AlreadyRunning) => THE.get().expect("it runs"),
        Err(error) => crate::fatal::fatal!("{error}"),
    }
}

/// Starts the scheduler.
pub(crate) fn start(config: Config) -> Result<&'static Sched, Error> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one = STARTING.lock().unwrap_or_else(|e| e.into_inner());
    if THE.get().is_some() {
        return Err(Error::AlreadyRunning);
    }
    NO_HEAVY_BARRIER.store(!config.heavy_barrier, Relaxed);
    if !config.guard_install {
        os::disable_guard_install();
    }
    os::setup_tls().map_err(Error::Thread)?;
    os::keep_loaded();
    let ps = (0..config.procs).map(P::new).collect();
    let monitor = std::thread::Builder::new().name("callgate-monitor".into());
    crate::extra::create_exit_key()?;
    let spare = crate::extra::alloc(&config)?;
    let signal_mask = SignalMask::of_this_thread();
    // A handler that calls back would make the monitor wait for a P that only it can take back.
    let blocked = SignalsBlocked::new();
    // The thread waits for `THE`, which is set only if it could be made.
    monitor.stack_size(256 * 1024).spawn(|| monitor::main(THE.wait())).map_err(Error::Thread)?;
    drop(blocked);
    let s = THE.get_or_init(|| Sched {
        ps,
        signal_mask,
        state: Mutex::new(State {
            idle_ps: Vec::new(),
            idle_ms: Vec::new(),
            threads: 0,
            starved: false,
            thread_error: None,
            global: GQueue::new(),
            waiters: GQueue::new(),
            pinned: GQueue::new(),
        }),
        idle_ps: AtomicU32::new(config.procs as u32),
        global_len: AtomicU32::new(0),
        waiters_len: AtomicU32::new(0),
        global_first: AtomicBool::new(false),
        spinning: AtomicU32::new(0),
        monitor: Note::new(),
        monitor_asleep: AtomicBool::new(false),
        standstill: deadlock::Standstill::new(),
        extra: ExtraList::new(),
        extra_missing: AtomicU64::new(0),
        handoffs: AtomicU64::new(0),
        runs: AtomicU64::new(0),
        needms: AtomicU64::new(0),
        dropms: AtomicU64::new(0),
        gs_made: AtomicU64::new(0),
        gs_ended: AtomicU64::new(0),
        config,
    });
    s.lock().idle_ps.extend(s.ps.iter().rev());
    // SAFETY: the M is fresh.
    unsafe { s.extra.push(spare.as_ptr()) };
    os::install_fault_handler(crate::fault::HANDLER);
    arch::on_unwinding(crate::fault::on_unwinding);
    Ok(s)
}

impl Sched {
    /// The scheduler's lock. A panic under it would be a defect here; the state stays usable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Under the lock, after any change of the lists: publishes their lengths.
    pub(crate) fn publish(&self, state: &State) {
        let idle = state.idle_ps.len();
        let last_went_idle = idle == self.ps.len() && self.idle_ps.load(Relaxed) as usize != idle;
        self.idle_ps.store(idle as u32, Release);
        self.global_len.store(state.global.len() as u32, Release);
        self.waiters_len.store(state.waiters.len() as u32, Release);
        if last_went_idle {
            self.standstill.came(self);
        }
    }

    pub(crate) fn global_len(&self) -> u32 {
        self.global_len.load(Acquire)
    }

    pub(crate) fn waiters_len(&self) -> u32 {
        self.waiters_len.load(Acquire)
    }

    /// Whether some ready G waits in a queue.
    pub(crate) fn work_waits(&self) -> bool {
        self.global_len() > 0
            || self.waiters_len() > 0
            || self.ps.iter().any(|p| !p.queue.is_empty())
    }

    /// Makes a G ready for whoever comes. From any thread.
    ///
    /// A locked one goes to those that wait for a P: it needs no M but its own, and must be seen where
    /// no other can be had. So the Ps' rings hold no locked Gs.
    pub(crate) fn inject(&self, g: *mut G) {
        // SAFETY: a G that is to be made ready is alive.
        if unsafe { is_locked(g) } { self.inject_locked(g) } else { self.inject_last(g) }
    }

    /// A P that idles is lent to the G's own M at once: another M would only pass it on.
    fn inject_locked(&self, g: *mut G) {
        if self.idle_ps.load(Relaxed) > 0 {
            let mut state = self.lock();
            if state.waiters.len() == 0
                && let Some(p) = state.idle_ps.pop()
            {
                self.publish(&state);
                return threads::lend_to_locked(state, p, g);
            }
        }
        self.inject_first(g);
    }

    /// Puts a G at the end of those that wait for a P.
    pub(crate) fn inject_first(&self, g: *mut G) {
        self.queue_work(|state| state.waiters.push(g));
    }

    /// Puts a G at the end of the queue of all, locked or not.
    pub(crate) fn inject_last(&self, g: *mut G) {
        self.queue_work(|state| state.global.push(g));
    }

    fn queue_work(&self, push: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        push(&mut state);
        self.publish(&state);
        drop(state);
        self.work_came();
    }

    /// The same for what a P's queue had no room for.
    #[cold]
    fn inject_overflow(&self, gs: &[*mut G]) {
        let mut state = self.lock();
        gs.iter().for_each(|g| state.global.push(*g));
        self.publish(&state);
    }

    /// Sees to it that somebody will run what was just queued: wakes an M if there is a P for it,
    /// or the monitor, who finds one.
    ///
    /// The fence pairs with the one of an M that goes idle and of the monitor that goes to sleep:
    /// either they see the work, or we see them.
    #[inline]
    pub(crate) fn work_came(&self) {
        fence(SeqCst);
        self.next_came();
    }

    /// [`work_came`](Self::work_came) right after [`ready_on`](Self::ready_on), whose swap is
    /// `SeqCst`, as are the loads here, so that no fence is needed between them.
    #[inline]
    pub(crate) fn next_came(&self) {
        if self.needs_waking() {
            self.wake_somebody();
        }
    }

    #[inline]
    fn needs_waking(&self) -> bool {
        if self.idle_ps.load(SeqCst) > 0 {
            self.spinning.load(SeqCst) == 0
        } else {
            self.monitor_asleep.load(SeqCst)
        }
    }

    /// The slow half of [`work_came`](Self::work_came). It may start a thread, for which a G's
    /// stack may be too small.
    #[cold]
    fn wake_somebody(&self) {
        if self.idle_ps.load(Relaxed) == 0 {
            self.kick_monitor();
        } else if curg().is_null() {
            threads::wake_p(self);
        } else {
            run::on_g0(|| threads::wake_p(self));
        }
    }

    pub(crate) fn kick_monitor(&self) {
        if self.monitor_asleep.swap(false, AcqRel) {
            self.monitor.wake();
        }
    }

    /// Makes `g` ready, as the M that has claimed its P: in front of the others, because what it
    /// waited for has just happened and is in the cache.
    pub(crate) fn ready_on(&self, m: &M, g: *mut G) {
        m.claimed_p().queue.put_next(g, |gs| self.inject_overflow(gs));
    }

    /// Puts `g` at the end of the claimed P's queue.
    pub(crate) fn enqueue_on(&self, m: &M, g: *mut G) {
        m.claimed_p().queue.put(g, |gs| self.inject_overflow(gs));
    }
}

/// Claims the P of the calling G's M, if the M still has one: code between this and [`release`]
/// may use the P's queue. Never switches.
#[inline]
pub(crate) fn try_claim(g: &G) -> Option<&'static M> {
    // SAFETY: a running G has an M.
    let m = unsafe { &*g.m.get() };
    if m.lease.claim() { Some(m) } else { try_claim_slow(m) }
}

#[cold]
fn try_claim_slow(m: &'static M) -> Option<&'static M> {
    if m.lease.claim_fenced() {
        return Some(m);
    }
    let p = m.p.get();
    if !p.is_null() {
        let _state = sched().lock();
        // SAFETY: Ps live for ever.
        if unsafe { (*p).right.reconfirm(&m.lease) } {
            return Some(m);
        }
    }
    m.p.set(core::ptr::null_mut());
    m.lease.set_state(USER);
    None
}

/// Ends a claim: the P is lent to the G again.
#[inline]
pub(crate) fn release(m: &M) {
    debug_assert_eq!(m.lease.state(), CLAIMED);
    m.lease.set_state(USER);
}

/// Makes a G, or a plain thread, go on. Never switches, so it is no scheduling point.
pub(crate) fn ready(g: *mut G) {
    // SAFETY: whoever waits is alive until it was made ready.
    let target = unsafe { &*g };
    target.waits.clear();
    if target.kind.get() == Kind::Thread {
        target.note.wake();
        return;
    }
    let s = sched();
    // SAFETY: the calling G is alive.
    let me = unsafe { curg().as_ref() }.filter(|_| !target.locked());
    match me.and_then(try_claim) {
        Some(m) => {
            s.ready_on(m, g);
            s.next_came();
            release(m);
        }
        None => s.inject(g),
    }
}
