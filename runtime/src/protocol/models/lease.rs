//! An owner, whose thread lends its P to user code and claims it back, against the monitor, which
//! takes it away. The P's queue is a cell that only the M that has claimed the P may touch.
//!
//! Every model is run in both worlds: with a process-wide barrier, and with `FENCE`, where a light
//! barrier orders nothing.

use super::explore;
use crate::primitives::Barrier;
use crate::primitives::atomic::{AtomicU32, Ordering::*, fence};
use crate::protocol::lease::*;
use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex, MutexGuard};
use loom::thread;

struct World {
    right: Right,
    lock: Mutex<()>,
    queue: UnsafeCell<u32>,
    /// The lease of the M whose P the monitor wants.
    owner: Lease,
    /// The lease of the M that uses the P next.
    other: Lease,
    /// `None`: the world has no process-wide barrier.
    barrier: Option<Barrier>,
}

// SAFETY: `queue` is what the protocol protects, and loom checks it.
unsafe impl Sync for World {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for World {}

impl World {
    /// The calling thread is the owner, and holds the P in `USER`.
    fn new(fenced: bool) -> Arc<Self> {
        let barrier = (!fenced).then(Barrier::new);
        if let Some(barrier) = &barrier {
            barrier.interrupts_this_thread();
        }
        let w = World {
            right: Right::new(),
            lock: Mutex::new(()),
            queue: UnsafeCell::new(0),
            owner: Lease::new(fenced),
            other: Lease::new(fenced),
            barrier,
        };
        let w = Arc::new(w);
        w.right.grant(&w.owner);
        w.owner.set_state(USER);
        w
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap()
    }

    fn touch_queue(&self) {
        // SAFETY: loom fails the model if this is not exclusive.
        self.queue.with_mut(|q| unsafe { *q += 1 });
    }

    /// Owner: true if it has its P.
    fn claim(&self) -> bool {
        let l = &self.owner;
        if l.claim() || l.claim_fenced() {
            return true;
        }
        let _guard = self.lock();
        self.right.reconfirm(l)
    }

    /// Owner: claims, touches the queue once and lends the P again. False, without a touch, if the
    /// P was lost.
    fn use_queue(&self) -> bool {
        let claimed = self.claim();
        if claimed {
            self.touch_queue();
        }
        self.owner.set_state(USER);
        claimed
    }

    /// Owner: a foreign call.
    fn call(&self) {
        self.owner.enter_syscall();
        let _ = self.owner.exit_syscall();
    }

    /// Monitor: asks for the owner's P, and makes sure that the owner has seen it.
    fn request(&self) {
        self.owner.request();
        match &self.barrier {
            Some(barrier) => barrier.heavy(),
            None => fence(SeqCst),
        }
    }

    /// Monitor, after [`request`](Self::request): with the P taken, `other` has it in `SCHED`.
    fn take(&self) -> bool {
        let _guard = self.lock();
        let taken = self.right.try_take(&self.owner);
        if taken {
            self.lend(&self.other);
        }
        taken
    }

    /// Under the lock, by the M of `lease`, or while that sleeps.
    fn lend(&self, lease: &Lease) {
        self.right.grant(lease);
        lease.set_state(SCHED);
    }

    /// Under the lock, by the M of `lease` in `SCHED`.
    fn give_up(&self, lease: &Lease) {
        self.right.surrender(lease);
        lease.set_state(IDLE);
    }

    fn check_touches(&self, expected: u32) {
        // SAFETY: as in `touch_queue`.
        assert_eq!(self.queue.with(|q| unsafe { *q }), expected);
    }
}

/// The model with a process-wide barrier, and the one without.
macro_rules! in_both_worlds {
    ($($name:ident => $model:ident($preemptions:expr);)*) => {$(
        mod $name {
            #[test]
            fn barrier() {
                super::explore($preemptions, || super::$model(false));
            }

            #[test]
            fn fence() {
                super::explore($preemptions, || super::$model(true));
            }
        }
    )*};
}

in_both_worlds! {
    claim_against_retake => claims_and_one_retake(4);
    claim_against_two_retakes => claims_and_two_retakes(3);
    use_after_return => taken_used_and_lent_back(4);
    surrender_against_retake => surrender_and_retake(3);
    late_exit_from_c => exit_after_loss(4);
    call_counter => snapshots_of_two_calls(4);
    own_requests => panic_noted_during_retake(4);
}

fn claims_and_one_retake(fenced: bool) {
    let w = World::new(fenced);
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            w.request();
            let taken = w.take();
            if taken {
                w.touch_queue();
                w.other.set_state(USER);
            }
            taken
        }
    });
    let first = w.use_queue();
    w.call();
    let second = w.use_queue();
    assert!(first || !second, "a P comes back by `grant` only");
    let taken = monitor.join().unwrap();
    assert!(second || taken, "the owner lost a P that nobody took");
    let holder = if taken { &w.other } else { &w.owner };
    assert!(core::ptr::eq(w.right.holder(), holder));
    w.check_touches(u32::from(first) + u32::from(second) + u32::from(taken));
}

/// A request that was withdrawn is no help to the next attempt, and no harm.
fn claims_and_two_retakes(fenced: bool) {
    let w = World::new(fenced);
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            for _ in 0..2 {
                w.request();
                if w.take() {
                    w.touch_queue();
                    return true;
                }
            }
            false
        }
    });
    let first = w.use_queue();
    let second = w.use_queue();
    let taken = monitor.join().unwrap();
    assert!(second || taken);
    // A claim that the monitor's last look came upon left a note at most, not a loss.
    assert_eq!(w.use_queue(), !taken);
    w.check_touches(u32::from(first) + u32::from(second) + u32::from(taken) + u32::from(!taken));
}

/// The P comes back while the owner runs user code, who learns of both only from its next claim.
fn taken_used_and_lent_back(fenced: bool) {
    let w = World::new(fenced);
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            w.request();
            if !w.take() {
                return 0;
            }
            w.touch_queue();
            let _guard = w.lock();
            w.give_up(&w.other);
            w.right.grant(&w.owner);
            1
        }
    });
    let mine = u32::from(w.use_queue()) + u32::from(w.use_queue());
    let others = monitor.join().unwrap();
    assert!(w.use_queue(), "the P was given back");
    w.check_touches(mine + others + 1);
}

/// What a `blocking` call does: the owner gives its P up, another M picks it up, and the owner gets
/// it back if it is free then. The monitor's request was meant for the first lending only.
fn surrender_and_retake(fenced: bool) {
    let w = World::new(fenced);
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            w.request();
            let taken = w.take();
            if taken {
                w.touch_queue();
                let _guard = w.lock();
                w.give_up(&w.other);
            }
            u32::from(taken)
        }
    });
    let third = thread::spawn({
        let w = w.clone();
        move || {
            let lease = Lease::new(fenced);
            {
                let _guard = w.lock();
                if !w.right.holder().is_null() {
                    return 0;
                }
                w.lend(&lease);
            }
            w.touch_queue();
            let _guard = w.lock();
            w.give_up(&lease);
            1
        }
    });
    let mut mine = 0;
    if w.claim() {
        w.touch_queue();
        mine += 1;
        {
            let _guard = w.lock();
            w.give_up(&w.owner);
        }
        // The code that blocks: lent as it looks, there is no P to take.
        w.owner.set_state(USER);
        assert!(!w.use_queue(), "the P was given up");
    }
    let free = {
        let _guard = w.lock();
        let free = w.right.holder().is_null();
        if free {
            w.lend(&w.owner);
        }
        free
    };
    if free {
        w.touch_queue();
        mine += 1;
        w.owner.set_state(USER);
        mine += u32::from(w.use_queue());
    }
    let others = monitor.join().unwrap() + third.join().unwrap();
    w.check_touches(mine + others);
}

/// A borrower that comes back late stores into its own lease: what the P is lent through now is
/// none of its business.
fn exit_after_loss(fenced: bool) {
    let w = World::new(fenced);
    assert!(w.use_queue());
    w.owner.enter_syscall();
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            w.request();
            let taken = w.take();
            if taken {
                w.touch_queue();
                assert_eq!(w.other.state(), SCHED);
                w.other.set_state(USER);
                assert_eq!(w.other.state(), USER);
                w.other.enter_syscall();
                assert_eq!(w.other.snapshot(), w.other.calls() << 2 | SYSCALL);
                assert_eq!(w.other.calls(), 1);
            }
            taken
        }
    });
    let clean = w.owner.exit_syscall();
    let mine = w.use_queue();
    let taken = monitor.join().unwrap();
    assert!(mine || taken);
    assert_eq!(w.owner.calls(), 1);
    assert_eq!(w.owner.state(), USER);
    assert!(!(fenced && clean), "the fast path has nothing to order it here");
    w.check_touches(1 + u32::from(mine) + u32::from(taken));
}

/// One load tells the monitor both whether the M is in C and whether it is still the same call.
fn snapshots_of_two_calls(fenced: bool) {
    let w = World::new(fenced);
    let begun = Arc::new(AtomicU32::new(0));
    let monitor = thread::spawn({
        let (w, begun) = (w.clone(), begun.clone());
        move || {
            let first = w.owner.snapshot();
            let second = w.owner.snapshot();
            assert!(first >> 2 <= second >> 2);
            if first != second && Lease::in_c(first) && Lease::in_c(second) {
                assert_eq!((first >> 2, second >> 2), (1, 2), "two calls look like one");
            }
            if Lease::in_c(second) {
                assert!(u64::from(begun.load(Relaxed)) >= second >> 2, "in C before the call");
            }
        }
    });
    for call in 1..=2 {
        begun.store(call, Relaxed);
        w.call();
    }
    assert_eq!(w.owner.calls(), 2);
    assert_eq!(w.owner.snapshot(), 2 << 2 | USER);
    monitor.join().unwrap();
}

/// The owner's notes to itself share the word of requests with the monitor's.
fn panic_noted_during_retake(fenced: bool) {
    let w = World::new(fenced);
    w.owner.enter_syscall();
    let monitor = thread::spawn({
        let w = w.clone();
        move || {
            w.request();
            w.take()
        }
    });
    w.owner.set_request(PANIC);
    assert!(!w.owner.exit_syscall(), "the panic was overlooked");
    assert!(w.owner.requests() & PANIC != 0);
    w.owner.clear_request(PANIC);
    let mine = w.use_queue();
    let taken = monitor.join().unwrap();
    assert!(mine || taken);
    assert_eq!(w.owner.requests() & PANIC, 0);
    assert_eq!(w.owner.requests() & RETAKE != 0, taken);
    assert_eq!(w.owner.requests() & FENCE != 0, fenced);
}
