//! `callgate::sync` and `callgate::time`, by Gs, callbacks and plain threads.

#[path = "common/callers.rs"]
mod callers;
mod common;

use callers::everywhere;
use callgate::sync::channel::{TryRecvError, TrySendError, bounded, unbounded};
use callgate::sync::{Condvar, Mutex, WaitGroup};
use callgate::time::{Elapsed, Interval, after, timeout};
use callgate::{block_on, select, yield_now};
use common::{begin, spawner};
use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_bounded_channel_holds_its_sender_up() {
    fn talk() {
        let (sender, receiver) = bounded(2);
        let producer = spawner().go(move || (0..100).for_each(|n| sender.send(n).unwrap()));
        let mut most = 0;
        for n in 0..100 {
            most = most.max(receiver.len());
            assert_eq!(receiver.recv(), Ok(n));
        }
        assert!(most <= 2);
        assert!(receiver.recv().is_err() && receiver.is_closed());
        producer.join().unwrap();
    }
    let _test = begin();
    everywhere(talk);
}

#[test]
fn what_does_not_wait_says_why() {
    let _test = begin();
    let (sender, receiver) = bounded(1);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert!(sender.close() && !sender.close());
    assert_eq!(sender.send(3).unwrap_err().into_inner(), 3);
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(1), Err(TryRecvError::Closed)));
}

#[test]
fn each_message_goes_to_one_of_many_receivers_of_each_kind() {
    const EACH: usize = 200;
    let _test = begin();
    let (sender, receiver) = unbounded();
    let (to, got) = unbounded();
    let group = WaitGroup::new();
    let receive = move || {
        let (receiver, to, member) = (receiver.clone(), to.clone(), group.clone());
        move || {
            receiver.iter().for_each(|n: usize| to.send(n).unwrap());
            drop(member);
        }
    };
    let gs: Vec<_> = (0..4).map(|_| spawner().go(receive())).collect();
    let threads: Vec<_> = (0..2).map(|_| thread::spawn(receive())).collect();
    let pinned = callgate::go_pinned(receive());
    let senders: Vec<_> = (0..4)
        .map(|s| {
            let sender = sender.clone();
            spawner().go(move || {
                for n in 0..EACH {
                    sender.send(s * EACH + n).unwrap();
                    yield_now();
                }
            })
        })
        .collect();
    drop((sender, receive));
    senders.into_iter().chain(gs).chain([pinned]).for_each(|g| g.join().unwrap());
    threads.into_iter().for_each(|t| t.join().unwrap());
    let all: Vec<_> = got.iter().collect();
    assert_eq!(all.len(), 4 * EACH);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 4 * EACH);
}

#[test]
fn a_mutex_is_held_by_gs_that_wait() {
    fn count() {
        let sum = Arc::new(Mutex::new(0));
        let gs: Vec<_> = (0..10)
            .map(|_| {
                let sum = sum.clone();
                spawner().go(move || {
                    for _ in 0..20 {
                        let mut sum = sum.lock();
                        let before = *sum;
                        yield_now();
                        *sum = before + 1;
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            *sum.lock() += 1;
        }
        gs.into_iter().for_each(|g| g.join().unwrap());
        let guard = sum.lock();
        assert_eq!(*guard, 220);
        assert!(sum.try_lock().is_none());
        drop(guard);
        assert_eq!(*block_on(sum.lock_async()), 220);
    }
    let _test = begin();
    everywhere(count);
}

#[test]
fn a_guard_goes_from_one_g_to_another() {
    let _test = begin();
    static VALUE: Mutex<u32> = Mutex::new(0);
    let guard = VALUE.lock();
    let g = spawner().go(move || {
        let mut guard = guard;
        *guard += 1;
    });
    g.join().unwrap();
    assert_eq!(*VALUE.lock(), 1);
}

#[test]
fn a_mutex_is_not_poisoned() {
    let _test = begin();
    let value = Arc::new(Mutex::new(1));
    let theirs = value.clone();
    let g = spawner().go(move || {
        let _guard = theirs.lock();
        panic!("with the lock");
    });
    g.join().unwrap_err();
    assert_eq!(*value.lock(), 1);
}

#[test]
fn a_condition_is_waited_for() {
    fn ping_pong() {
        let turn = Arc::new((Mutex::new(0), Condvar::new()));
        let theirs = turn.clone();
        let other = spawner().go(move || {
            for n in 0..50 {
                let mut turn = theirs.1.wait_while(theirs.0.lock(), |turn| *turn != 2 * n + 1);
                *turn += 1;
                theirs.1.notify_one();
            }
        });
        for n in 0..50 {
            *turn.0.lock() += 1;
            turn.1.notify_one();
            drop(turn.1.wait_while(turn.0.lock(), |turn| *turn != 2 * n + 2));
        }
        other.join().unwrap();
    }
    let _test = begin();
    everywhere(ping_pong);
}

#[test]
fn two_notifications_wake_two_and_one_for_all_wakes_all() {
    let _test = begin();
    let shared = Arc::new((Mutex::new((0, 0)), Condvar::new()));
    let wait = |_| {
        let shared = shared.clone();
        spawner().go(move || {
            let mut state = shared.0.lock();
            state.0 += 1;
            // Whoever is woken takes one of those that may leave.
            let mut state = shared.1.wait_while(state, |state| state.1 == 0);
            state.1 -= 1;
        })
    };
    let gs: Vec<_> = (0..4).map(wait).collect();
    common::wait_until(|| shared.0.lock().0 == 4);
    shared.0.lock().1 = 2;
    shared.1.notify_one();
    shared.1.notify_one();
    common::wait_until(|| shared.0.lock().1 == 0);
    shared.0.lock().1 = 2;
    shared.1.notify_all();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_group_is_waited_for_by_several() {
    fn wait() {
        let done = Arc::new(AtomicUsize::new(0));
        let group = WaitGroup::new();
        let gs: Vec<_> = (0..20)
            .map(|_| {
                let (done, member) = (done.clone(), group.clone());
                spawner().go(move || {
                    yield_now();
                    done.fetch_add(1, SeqCst);
                    // All members have left when this returns, whoever asks.
                    member.wait();
                    assert_eq!(done.load(SeqCst), 20);
                })
            })
            .collect();
        group.wait();
        assert_eq!(done.load(SeqCst), 20);
        gs.into_iter().for_each(|g| g.join().unwrap());
        WaitGroup::new().wait();
    }
    let _test = begin();
    everywhere(wait);
}

#[test]
fn time_limits() {
    fn limits() {
        let short = Duration::from_millis(2);
        assert_eq!(block_on(timeout(short, pending::<()>())), Err(Elapsed));
        assert_eq!(block_on(timeout(LONG, async { 1 })), Ok(1));
        let (sender, receiver) = unbounded();
        let start = Instant::now();
        assert_eq!(receiver.recv_timeout(short), Err(TryRecvError::Empty));
        assert!(start.elapsed() >= short);
        let g = spawner().go(move || sender.send(5).unwrap());
        assert_eq!(receiver.recv_timeout(LONG), Ok(5));
        g.join().unwrap();
        assert_eq!(receiver.recv_timeout(LONG), Err(TryRecvError::Closed));
        let (mutex, condition) = (Mutex::new(()), Condvar::new());
        let (guard, notified) = condition.wait_timeout(mutex.lock(), short);
        assert!(!notified && mutex.try_lock().is_none());
        drop(guard);
    }
    let _test = begin();
    everywhere(limits);
}

#[test]
fn a_notification_in_time_is_told() {
    let _test = begin();
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let theirs = shared.clone();
    let g = spawner().go(move || {
        let (guard, notified) = theirs.1.wait_timeout(theirs.0.lock(), LONG);
        assert!(notified && *guard);
    });
    // Until it has heard of one: it may not wait yet.
    while !g.is_finished() {
        *shared.0.lock() = true;
        shared.1.notify_all();
        thread::yield_now();
    }
    g.join().unwrap();
}

#[test]
fn a_time_is_an_arm_of_select() {
    fn select() {
        let (_sender, receiver) = unbounded::<u8>();
        let late = select! {
            _ = receiver.recv_async() => false,
            () = after(Duration::from_millis(1)) => true,
        };
        assert!(late);
        let (sender, receiver) = unbounded();
        sender.send(1).unwrap();
        let late = select! {
            n = receiver.recv_async() => n.is_err(),
            () = after(LONG) => true,
        };
        assert!(!late);
    }
    let _test = begin();
    everywhere(select);
}

#[test]
fn ticks_are_not_early() {
    fn ticks() {
        let period = Duration::from_millis(1);
        let start = Instant::now();
        let mut ticks = Interval::new(period);
        for n in 1..=5 {
            ticks.tick();
            assert!(start.elapsed() >= period * n);
        }
    }
    let _test = begin();
    everywhere(ticks);
}
