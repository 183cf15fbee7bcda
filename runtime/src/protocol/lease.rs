//! Who may touch a P: the right to run Gs is *lent*, and taken back without the borrower's help.
//!
//! An M holds a P through its [`Lease`]: one word that only the M writes, and one of requests that
//! only others set. The owner pays two plain stores and a load for a foreign call; whoever takes a P
//! away pays for both sides with a process-wide barrier.
//!
//! # States of the word
//! | state | the P is | may be taken |
//! | --- | --- | --- |
//! | `IDLE` | not held through this lease | |
//! | `SCHED` | claimed by scheduler code: its queue is being used | no |
//! | `USER` | lent to Rust code of a G | yes |
//! | `SYSCALL` | lent to C | yes |
//!
//! The word's upper bits count foreign calls, so one load tells the monitor both the state and
//! whether it is still the same call.
//!
//! # The protocol
//! The owner, before it touches the queue: stores `SCHED`, light barrier, loads the requests; if
//! [`RETAKE`] is set, it settles the matter under the scheduler's lock ([`Right::reconfirm`]).
//! The taker: sets [`RETAKE`] ([`Lease::request`]), heavy barrier, and then, under the lock, takes
//! the P if the request still stands and the word says `USER` or `SYSCALL` ([`Right::try_take`]).
//!
//! Either the owner's load sees the request, or the taker's load sees `SCHED`: the barriers forbid
//! that both miss (Dekker's argument). If the owner sees it, it waits for the lock, and the taker's
//! decision is known. A request is cleared under the lock only, so a taker that finds it still set
//! there knows that no claim has slipped by since its barrier. There is one taker, the monitor: a
//! second one's request could stand in for the first's, without the first one's barrier after it.
//!
//! Where the system has no process-wide barrier, each lease carries [`FENCE`] for ever: the owner's
//! load then always finds something, and the slow path orders it with an exchange
//! ([`Lease::claim_fenced`]). The fast path is the same code in both worlds.
//!
//! The word lies in the M and not in the P, so that a borrower that comes back late stores into its
//! own memory, never into a P that another M holds by then.

use crate::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};
use crate::sync::light_barrier;
use core::ptr;

pub(crate) const IDLE: u64 = 0;
pub(crate) const SCHED: u64 = 1;
pub(crate) const USER: u64 = 2;
pub(crate) const SYSCALL: u64 = 3;
const STATE: u64 = 3;
/// One foreign call, in the word's counter.
const CALL: u64 = 4;

/// Request: somebody wants the P, or the lease holds none.
pub(crate) const RETAKE: u32 = 1;
/// There is no process-wide barrier: the owner orders its own accesses.
pub(crate) const FENCE: u32 = 2;
/// A panic waits to be resumed when C returns.
pub(crate) const PANIC: u32 = 4;
/// The extra list was emptied for this M: it owes the list a new one.
pub(crate) const EXTRA_M: u32 = 8;
/// The thread's first callback: the system is to tell of the thread's end.
pub(crate) const FIRST: u32 = 16;

/// An M's side of the protocol. On a cache line of its own: the monitor reads it while the owner writes.
#[repr(align(64))]
pub(crate) struct Lease {
    word: AtomicU64,
    requests: AtomicU32,
}

impl Lease {
    /// A lease that holds no P. `fence` where there is no process-wide barrier.
    pub(crate) fn new(fence: bool) -> Self {
        Lease {
            word: AtomicU64::new(IDLE),
            requests: AtomicU32::new(if fence { FENCE | RETAKE } else { RETAKE }),
        }
    }

    /// Owner: `USER` → `SYSCALL`, and counts the call. No order is needed towards the taker: it
    /// takes the P from either state.
    #[inline(always)]
    pub(crate) fn enter_syscall(&self) {
        let w = self.word.load(Relaxed);
        debug_assert_eq!(w & STATE, USER, "entersyscall outside Rust code of a G");
        self.word.store(w + CALL + (SYSCALL - USER), Release);
        light_barrier();
    }

    /// Owner: counts the return of a callback into C that a panic has made needless. The state stays
    /// `USER`.
    pub(crate) fn count_return(&self) {
        let w = self.word.load(Relaxed);
        debug_assert_eq!(w & STATE, USER, "the callback ran Rust code of a G");
        self.word.store(w + CALL, Release);
    }

    /// Owner: `SYSCALL` → `USER`. True if there is nothing to see to.
    #[inline(always)]
    #[must_use]
    pub(crate) fn exit_syscall(&self) -> bool {
        let w = self.word.load(Relaxed);
        debug_assert_eq!(w & STATE, SYSCALL, "exitsyscall outside C");
        self.word.store(w - (SYSCALL - USER), Release);
        light_barrier();
        self.requests.load(Relaxed) == 0
    }

    /// Owner: `USER` → `SCHED`. True if the P is claimed; if not, see [`claim_fenced`](Self::claim_fenced).
    #[inline(always)]
    #[must_use]
    pub(crate) fn claim(&self) -> bool {
        let w = self.word.load(Relaxed);
        debug_assert_eq!(w & STATE, USER, "claim outside Rust code of a G");
        self.word.store(w - (USER - SCHED), Release);
        light_barrier();
        self.requests.load(Acquire) & (RETAKE | FENCE) == 0
    }

    /// Owner, after a [`claim`](Self::claim) that failed, in `SCHED`: the same with the order made
    /// here. True if the P is claimed; if not, [`Right::reconfirm`] decides under the lock.
    #[must_use]
    pub(crate) fn claim_fenced(&self) -> bool {
        // The exchange and the load after it are one `SeqCst` pair; the taker's are the other.
        let w = self.word.load(Relaxed);
        debug_assert_eq!(w & STATE, SCHED);
        self.word.swap(w, SeqCst);
        crate::sync::atomic::fence(SeqCst);
        self.requests.load(SeqCst) & RETAKE == 0
    }

    /// Owner: sets the state, from whatever it was, with the queue's last uses before it.
    #[inline(always)]
    pub(crate) fn set_state(&self, state: u64) {
        let w = self.word.load(Relaxed);
        self.word.store((w & !STATE) | state, Release);
    }

    /// Anyone: the state now.
    #[inline(always)]
    pub(crate) fn state(&self) -> u64 {
        self.word.load(Acquire) & STATE
    }

    /// Anyone: state and call count together.
    pub(crate) fn snapshot(&self) -> u64 {
        self.word.load(Acquire)
    }

    /// Whether a [`snapshot`](Self::snapshot) was taken in C.
    pub(crate) fn in_c(snapshot: u64) -> bool {
        snapshot & STATE == SYSCALL
    }

    /// The number of calls in a [`snapshot`](Self::snapshot), which [`calls`](Self::calls) returns.
    pub(crate) fn calls_in(snapshot: u64) -> u64 {
        snapshot / CALL
    }

    /// The number of foreign calls, and returns of callbacks into C, made so far.
    pub(crate) fn calls(&self) -> u64 {
        Self::calls_in(self.word.load(Relaxed))
    }

    /// An M that has ended: the next one with this record counts from 0.
    pub(crate) fn reset_calls(&self) {
        self.word.store(IDLE, Release);
    }

    /// Anyone: which requests stand.
    #[inline(always)]
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Acquire)
    }

    /// Sets `bits`. The owner's own notes to itself ([`PANIC`], [`EXTRA_M`]) come here too.
    pub(crate) fn set_request(&self, bits: u32) {
        self.requests.fetch_or(bits, SeqCst);
    }

    /// Clears `bits`. [`RETAKE`] only under the scheduler's lock.
    pub(crate) fn clear_request(&self, bits: u32) {
        self.requests.fetch_and(!bits, SeqCst);
    }

    /// Taker: asks for the P. To be followed by a heavy barrier and [`Right::try_take`].
    pub(crate) fn request(&self) {
        self.set_request(RETAKE);
    }
}

/// A P's side of the protocol: which lease it is lent through. Written under the scheduler's lock.
pub(crate) struct Right {
    holder: AtomicPtr<Lease>,
}

impl Right {
    pub(crate) fn new() -> Self {
        Right { holder: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The lease that holds the P; null for none.
    pub(crate) fn holder(&self) -> *mut Lease {
        self.holder.load(Acquire)
    }

    /// Under the lock: lends a P that nobody holds.
    pub(crate) fn grant(&self, lease: &Lease) {
        debug_assert!(self.holder().is_null(), "the P is held already");
        self.holder.store(ptr::from_ref(lease).cast_mut(), Release);
        lease.clear_request(RETAKE);
    }

    /// Under the lock, by the owner in `SCHED`: gives the P back.
    pub(crate) fn surrender(&self, lease: &Lease) {
        debug_assert!(ptr::eq(self.holder(), lease), "only the holder gives a P back");
        lease.set_request(RETAKE);
        self.holder.store(ptr::null_mut(), Release);
    }

    /// Under the lock, by an owner that saw [`RETAKE`]: whether it still holds the P. If so, the
    /// request is void.
    #[must_use]
    pub(crate) fn reconfirm(&self, lease: &Lease) -> bool {
        let held = ptr::eq(self.holder(), lease);
        if held {
            lease.clear_request(RETAKE);
        }
        held
    }

    /// Under the lock, by a taker after [`Lease::request`] and a heavy barrier: takes the P, if it
    /// is lent to user code. If not, the request is withdrawn.
    #[must_use]
    pub(crate) fn try_take(&self, lease: &Lease) -> bool {
        if !ptr::eq(self.holder(), lease) || lease.requests() & RETAKE == 0 {
            return false;
        }
        let lent = matches!(lease.word.load(SeqCst) & STATE, USER | SYSCALL);
        if lent {
            self.holder.store(ptr::null_mut(), Release);
        } else {
            lease.clear_request(RETAKE);
        }
        lent
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::UnsafeCell;
    use std::sync::Mutex;
    use std::sync::atomic::fence;
    use std::thread;

    /// A lease that holds the P, in `USER`. The right keeps its address.
    fn lent(fence: bool) -> (Right, Box<Lease>) {
        let (right, lease) = (Right::new(), Box::new(Lease::new(fence)));
        right.grant(&lease);
        lease.set_state(USER);
        (right, lease)
    }

    #[test]
    fn undisturbed() {
        let (_right, l) = lent(false);
        assert!(l.claim());
        assert_eq!(l.state(), SCHED);
        l.set_state(USER);
        l.enter_syscall();
        assert!(Lease::in_c(l.snapshot()));
        assert!(l.exit_syscall());
        assert!(!Lease::in_c(l.snapshot()));
        assert_eq!(l.calls(), 1);
    }

    #[test]
    fn without_a_barrier_the_slow_path_claims() {
        let (_right, l) = lent(true);
        assert!(!l.claim());
        assert!(l.claim_fenced());
        l.set_state(USER);
        l.enter_syscall();
        assert!(!l.exit_syscall(), "`FENCE` stands for ever");
    }

    #[test]
    fn a_new_lease_holds_nothing() {
        let l = Lease::new(false);
        assert_eq!(l.state(), IDLE);
        assert_eq!(l.requests(), RETAKE);
        assert!(Right::new().holder().is_null());
    }

    #[test]
    fn taken_in_c_and_in_rust_but_not_claimed() {
        let (right, l) = lent(false);
        assert!(l.claim());
        l.request();
        assert!(!right.try_take(&l));
        assert_eq!(l.requests(), 0, "withdrawn");
        l.set_state(USER);
        l.enter_syscall();
        l.request();
        assert!(right.try_take(&l));
        assert!(right.holder().is_null());
        assert!(!l.exit_syscall());
        assert!(!l.claim() && !l.claim_fenced() && !right.reconfirm(&l));
        l.set_state(SCHED);
        right.grant(&l);
        l.set_state(USER);
        l.request();
        assert!(right.try_take(&l));
    }

    #[test]
    fn a_request_that_was_settled_takes_nothing() {
        let (right, l) = lent(false);
        l.request();
        assert!(!l.claim());
        assert!(right.reconfirm(&l));
        l.set_state(USER);
        assert!(!right.try_take(&l), "the owner has claimed since");
        assert!(l.claim());
    }

    #[test]
    fn a_p_held_through_another_lease_is_not_taken() {
        let (right, l) = lent(false);
        let other = Lease::new(false);
        l.request();
        assert!(!l.claim());
        right.surrender(&l);
        l.set_state(IDLE);
        right.grant(&other);
        other.set_state(USER);
        assert!(!right.try_take(&l));
        assert!(ptr::eq(right.holder(), &other));
        assert_eq!((l.requests(), other.requests()), (RETAKE, 0));
    }

    #[test]
    fn notes_and_requests_are_apart() {
        let (right, l) = lent(false);
        l.set_request(PANIC | EXTRA_M);
        assert!(l.claim(), "the owner's notes don't stop it");
        l.set_state(USER);
        l.enter_syscall();
        assert!(!l.exit_syscall());
        l.request();
        assert!(right.try_take(&l));
        assert_eq!(l.requests(), PANIC | EXTRA_M | RETAKE);
        l.clear_request(PANIC);
        assert_eq!(l.requests(), EXTRA_M | RETAKE);
    }

    /// The queue that only the M with the claim may touch.
    struct Queue(UnsafeCell<u64>);

    // SAFETY: the protocol under test keeps the threads apart.
    unsafe impl Sync for Queue {}

    /// An owner that claims and calls, and a monitor that takes the P, uses it and gives it back,
    /// without a process-wide barrier. An increment that is lost is a claim of both.
    #[test]
    fn stress() {
        const ROUNDS: u64 = if cfg!(miri) { 200 } else { 100_000 };
        let (right, l) = lent(true);
        let (other, lock) = (Lease::new(true), Mutex::new(()));
        let queue = Queue(UnsafeCell::new(0));
        // SAFETY: only who has claimed the P calls this.
        let touch = |queue: &Queue| unsafe { *queue.0.get() += 1 };
        let monitor = || {
            l.request();
            fence(SeqCst);
            let guard = lock.lock().unwrap();
            if !right.try_take(&l) {
                return false;
            }
            right.grant(&other);
            other.set_state(SCHED);
            drop(guard);
            touch(&queue);
            let _guard = lock.lock().unwrap();
            right.surrender(&other);
            other.set_state(IDLE);
            right.grant(&l);
            true
        };
        let owner = || {
            let claimed = l.claim() || l.claim_fenced() || {
                let _guard = lock.lock().unwrap();
                right.reconfirm(&l)
            };
            if claimed {
                touch(&queue);
            }
            l.set_state(USER);
            l.enter_syscall();
            let _ = l.exit_syscall();
            claimed
        };
        let count = |f: &dyn Fn() -> bool| (0..ROUNDS).map(|_| u64::from(f())).sum::<u64>();
        let touches = thread::scope(|scope| {
            let monitor = scope.spawn(|| count(&monitor));
            count(&owner) + monitor.join().unwrap()
        });
        assert_eq!(l.calls(), ROUNDS);
        assert_eq!(queue.0.into_inner(), touches);
    }
}
