//! Making Gs, and how they wait for time, for each other, and for a turn.

mod common;

use callgate::{
    Builder, JoinHandle, blocking, current, go_pinned, lock_os_thread, metrics, park, run, sleep,
    yield_now,
};
use common::{alone, begin, spawner, yield_until};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Once};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(2).install().unwrap());
}

#[test]
fn go_and_join() {
    let _test = begin();
    install();
    assert_eq!(spawner().go(|| 1).join().unwrap(), 1);
    // SAFETY: the closure uses nothing of a thread.
    assert_eq!(unsafe { callgate::go(|| vec![1, 2]) }.join().unwrap(), [1, 2]);
    let nested =
        spawner().go(|| spawner().go(|| spawner().go(|| 3).join().unwrap()).join().unwrap());
    assert_eq!(nested.join().unwrap(), 3);
    assert_eq!(run(|| spawner().go(|| 4).join().unwrap()), 4);
    let joined_elsewhere = spawner().go(|| 5);
    assert_eq!(thread::spawn(move || joined_elsewhere.join().unwrap()).join().unwrap(), 5);
    let made_elsewhere = thread::spawn(|| spawner().go(|| 6)).join().unwrap();
    assert_eq!(spawner().go(move || made_elsewhere.join().unwrap()).join().unwrap(), 6);
}

#[test]
fn is_finished_says_so() {
    let _test = begin();
    install();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    let g = spawner().go(move || yield_until(|| seen.load(SeqCst)));
    assert!(!g.is_finished());
    stop.store(true, SeqCst);
    common::wait_until(|| g.is_finished());
    g.join().unwrap();
}

#[test]
fn a_detached_g_runs_and_its_result_is_dropped() {
    let _test = begin();
    install();
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let drops = Arc::new(AtomicU32::new(0));
    for _ in 0..100 {
        let counted = Counted(drops.clone());
        drop(spawner().go(move || {
            yield_now();
            counted
        }));
    }
    common::wait_until(|| drops.load(SeqCst) == 100);
}

#[test]
fn yield_now_is_fair() {
    let _test = begin();
    install();
    // Locked to one thread together they take turns; each needs the other's.
    let turn = Arc::new(AtomicU32::new(0));
    let gs: Vec<_> = (0..10)
        .map(|i| {
            let turn = turn.clone();
            spawner().go(move || {
                for round in 0..100 {
                    yield_until(|| turn.load(SeqCst) == round * 10 + i);
                    turn.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn sleeps_don_t_end_early() {
    let _test = begin();
    install();
    let gs: Vec<_> = (0..10_u64)
        .rev()
        .map(|i| {
            spawner().go(move || {
                let (start, d) = (Instant::now(), Duration::from_millis(20 * i + 1));
                sleep(d);
                assert!(start.elapsed() >= d);
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_sleep_of_nothing_and_one_of_ages() {
    let _test = begin();
    install();
    run(|| sleep(Duration::ZERO));
    sleep(Duration::ZERO);
    let g = spawner().go(|| sleep(Duration::MAX));
    run(|| sleep(Duration::from_millis(1)));
    assert!(!g.is_finished());
}

#[test]
fn park_waits_for_unpark() {
    let _test = begin();
    install();
    let g = spawner().go(|| {
        let me = current();
        let woken = Arc::new(AtomicBool::new(false));
        let wake = woken.clone();
        spawner().go(move || {
            wake.store(true, SeqCst);
            me.unpark();
        });
        park();
        assert!(woken.load(SeqCst), "there is no other reason to return");
    });
    g.join().unwrap();
}

#[test]
fn unpark_before_park_is_kept_and_many_are_one() {
    let _test = begin();
    install();
    let body = || {
        let me = current();
        (0..10).for_each(|_| me.unpark());
        park(); // returns at once
        let again = Arc::new(AtomicBool::new(false));
        let set = again.clone();
        let other = spawner().go(move || {
            set.store(true, SeqCst);
            me.unpark();
        });
        park(); // doesn't
        assert!(again.load(SeqCst));
        other.join().unwrap();
    };
    spawner().go(body).join().unwrap();
    run(body);
    thread::spawn(body).join().unwrap();
    go_pinned(body).join().unwrap();
}

#[test]
fn a_stale_handle_does_nothing() {
    let _test = begin();
    install();
    let stale: Vec<_> = (0..50).map(|_| spawner().go(current).join().unwrap()).collect();
    let stale_thread = thread::spawn(current).join().unwrap();
    // These use the same stacks; a token that reached one of them would end its first park.
    let gs: Vec<_> = (0..50)
        .map(|_| {
            spawner().go(|| {
                let me = current();
                let woken = Arc::new(AtomicBool::new(false));
                let wake = woken.clone();
                spawner().go(move || {
                    sleep(Duration::from_millis(5));
                    wake.store(true, SeqCst);
                    me.unpark();
                });
                park();
                woken.load(SeqCst)
            })
        })
        .collect();
    for g in stale.iter().chain([&stale_thread]) {
        g.unpark();
    }
    assert!(gs.into_iter().all(|g| g.join().unwrap()));
}

/// A future that is ready when somebody says so.
#[derive(Clone, Default)]
struct Signal(Arc<Mutex<(bool, Option<Waker>)>>);

impl Signal {
    fn give(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Future for Signal {
    type Output = u32;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut state = self.0.lock().unwrap();
        if state.0 {
            return Poll::Ready(7);
        }
        state.1 = Some(context.waker().clone());
        Poll::Pending
    }
}

#[test]
fn block_on_waits_for_a_wake_from_anywhere() {
    let _test = begin();
    install();
    let bodies: [fn() -> u32; 3] = [
        || {
            let signal = Signal::default();
            let theirs = signal.clone();
            let waker = thread::spawn(move || theirs.give());
            let result = callgate::block_on(signal);
            waker.join().unwrap();
            result
        },
        || {
            let signal = Signal::default();
            let theirs = signal.clone();
            spawner().go(move || theirs.give());
            callgate::block_on(signal)
        },
        || {
            callgate::block_on(async {
                let signal = Signal::default();
                let theirs = signal.clone();
                let other = spawner().go(move || theirs.give());
                // A future that blocks inside is unusual, but not wrong here.
                let inner = callgate::block_on(async { 0 });
                let result = signal.await;
                other.join().unwrap();
                result + inner
            })
        },
    ];
    for body in bodies {
        assert_eq!(body(), 7);
        assert_eq!(run(body), 7);
        assert_eq!(spawner().go(body).join().unwrap(), 7);
        assert_eq!(go_pinned(body).join().unwrap(), 7);
    }
}

#[test]
fn a_hundred_futures_wake_each_other() {
    let _test = begin();
    install();
    let signals: Vec<_> = (0..100).map(|_| Signal::default()).collect();
    let gs: Vec<_> = signals
        .iter()
        .zip(signals[1..].iter().cloned().map(Some).chain([None]))
        .map(|(signal, next)| {
            let signal = signal.clone();
            spawner().go(move || {
                let result = callgate::block_on(signal);
                next.iter().for_each(Signal::give);
                result
            })
        })
        .collect();
    signals[0].give();
    assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 700);
}

#[test]
fn twenty_thousand_gs_each_with_an_id_of_its_own() {
    let _test = alone();
    install();
    let before = metrics().gs;
    fn make() -> Vec<JoinHandle<u64>> {
        let body = || {
            yield_now();
            current().id()
        };
        (0..10_000).map(|_| spawner().go(body)).collect()
    }
    // From a thread into the queue of all, and from a G into its own, which overflows.
    let ids: HashSet<u64> = [make(), spawner().go(make).join().unwrap()]
        .into_iter()
        .flatten()
        .map(|g| g.join().unwrap())
        .collect();
    assert_eq!(ids.len(), 20_000);
    common::wait_until(|| metrics().gs == before);
}

#[test]
fn ten_thousand_gs_are_parked_at_once() {
    let _test = alone();
    install();
    let parked = Arc::new(Mutex::new(Vec::new()));
    let gs: Vec<_> = (0..10_000)
        .map(|_| {
            let parked = parked.clone();
            spawner().go(move || {
                parked.lock().unwrap().push(current());
                park();
            })
        })
        .collect();
    common::wait_until(|| parked.lock().unwrap().len() == 10_000);
    assert!(metrics().gs >= 10_000);
    parked.lock().unwrap().iter().for_each(callgate::G::unpark);
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn closures_of_any_size_and_alignment() {
    let _test = begin();
    install();
    #[repr(align(512))]
    #[derive(Clone, Copy)]
    struct Aligned([u8; 512]);
    let large = [7_u8; 20_000];
    assert_eq!(
        spawner().go(move || large.iter().map(|b| u32::from(*b)).sum::<u32>()).join().unwrap(),
        140_000
    );
    let aligned = Aligned([3; 512]);
    let (address, sum) = spawner()
        .go(move || {
            let aligned = std::hint::black_box(aligned);
            ((&raw const aligned).addr(), aligned.0.iter().map(|b| u32::from(*b)).sum::<u32>())
        })
        .join()
        .unwrap();
    assert_eq!((address % 512, sum), (0, 1536));
    let just_inline = [1_u8; 1000];
    assert_eq!(spawner().go(move || just_inline.len()).join().unwrap(), 1000);
    let result = spawner().go(|| Aligned([9; 512])).join().unwrap();
    assert_eq!((result.0[511], (&raw const result).addr() % 512), (9, 0));
}

static SUM: AtomicU64 = AtomicU64::new(0);

#[test]
fn gs_that_make_gs() {
    let _test = begin();
    install();
    fn tree(depth: u32) {
        SUM.fetch_add(1, SeqCst);
        if depth > 0 {
            let gs = [(); 4].map(|()| spawner().go(move || tree(depth - 1)));
            gs.into_iter().for_each(|g| g.join().unwrap());
        }
    }
    spawner().go(|| tree(5)).join().unwrap();
    assert_eq!(SUM.load(SeqCst), (4_u64.pow(6) - 1) / 3);
}

#[test]
fn plain_threads_make_park_and_join_at_once() {
    let _test = begin();
    install();
    let threads: Vec<_> = (0..16)
        .map(|i| {
            thread::spawn(move || {
                let me = current();
                let g = spawner().go(move || {
                    me.unpark();
                    i
                });
                park();
                sleep(Duration::from_millis(1));
                yield_now();
                drop(lock_os_thread());
                assert_eq!(current().id(), me.id());
                assert_eq!(blocking(|| g.join().unwrap()), i);
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}
