//! Which thread a G runs on: `run`, `go_pinned`, `lock_os_thread`; and what moves with it: `g_local!`.

mod common;

use callgate::{
    Builder, blocking, current, g_local, go_pinned, lock_os_thread, metrics, park, run, sleep,
    yield_now,
};
use common::{alone, begin, spawner, yield_until};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(2).install().unwrap());
}

/// The calling OS thread, asked of the kernel: no thread-local is used on both sides of a switch.
#[cfg(unix)]
fn tid() -> libc::pid_t {
    // SAFETY: no preconditions.
    unsafe { libc::gettid() }
}

#[cfg(windows)]
fn tid() -> u32 {
    common::this_thread() as u32
}

/// Whether the process has this thread.
#[cfg(windows)]
fn exists(tid: u32) -> bool {
    const SYNCHRONIZE: u32 = 0x0010_0000;
    const WAIT_TIMEOUT: u32 = 258;
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn OpenThread(access: u32, inherit: i32, id: u32) -> *mut std::ffi::c_void;
        fn WaitForSingleObject(handle: *mut std::ffi::c_void, millis: u32) -> u32;
        fn CloseHandle(handle: *mut std::ffi::c_void) -> i32;
    }
    // SAFETY: the handle is closed; that of a thread that has ended can be waited for at once.
    unsafe {
        let thread = OpenThread(SYNCHRONIZE, 0, tid);
        let lives = !thread.is_null() && WaitForSingleObject(thread, 0) == WAIT_TIMEOUT;
        CloseHandle(thread);
        lives
    }
}

/// Whether the process has this thread.
#[cfg(unix)]
fn exists(tid: libc::pid_t) -> bool {
    std::path::Path::new(&format!("/proc/self/task/{tid}")).exists()
}

#[test]
fn run_is_on_the_calling_thread() {
    let _test = begin();
    install();
    let thread = tid();
    run(|| {
        for _ in 0..20 {
            assert_eq!(tid(), thread);
            yield_now();
            spawner().go(yield_now).join().unwrap();
            sleep(Duration::from_micros(100));
            blocking(|| assert_eq!(tid(), thread));
        }
    });
}

#[test]
fn run_borrows_and_returns() {
    let _test = begin();
    install();
    let mut list = vec![1];
    let len = run(|| {
        list.push(2);
        &list
    })
    .len();
    assert_eq!(len, 2);
}

#[test]
fn run_inside_run() {
    let _test = begin();
    install();
    let (outer, inner) = run(|| (current().id(), run(|| current().id())));
    assert_eq!(outer, inner, "it is the same G");
    let g = spawner().go(|| {
        let thread = run(|| {
            let thread = tid();
            (0..50).for_each(|_| yield_now());
            assert_eq!(tid(), thread, "locked while it lasts");
            thread
        });
        thread != 0 && blocking(|| run(|| run(|| true)))
    });
    assert!(g.join().unwrap());
}

#[test]
fn many_threads_run_at_once() {
    let _test = begin();
    install();
    let sum = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..32)
        .map(|_| {
            let sum = sum.clone();
            thread::spawn(move || {
                for i in 0..20 {
                    let add = sum.clone();
                    run(|| {
                        spawner().go(move || add.fetch_add(i, SeqCst)).join().unwrap();
                    });
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(sum.load(SeqCst), 32 * 190);
}

#[test]
fn other_gs_outlive_run() {
    let _test = begin();
    install();
    let go_on = Arc::new(AtomicBool::new(false));
    let seen = go_on.clone();
    let g = run(|| {
        spawner().go(move || {
            yield_until(|| seen.load(SeqCst));
            5
        })
    });
    assert!(!g.is_finished());
    go_on.store(true, SeqCst);
    assert_eq!(g.join().unwrap(), 5);
}

#[test]
fn a_pinned_g_has_a_thread_of_its_own_that_ends_with_it() {
    let _test = begin();
    install();
    let gs: Vec<_> = (0..10)
        .map(|_| {
            go_pinned(|| {
                thread_local!(static HERE: Cell<u32> = const { Cell::new(0) });
                let thread = tid();
                for i in 0..20 {
                    assert_eq!((tid(), HERE.replace(i + 1)), (thread, i));
                    yield_now();
                    sleep(Duration::from_micros(50));
                    spawner().go(yield_now).join().unwrap();
                    blocking(|| assert_eq!(tid(), thread));
                }
                // The others are on theirs at this moment.
                thread
            })
        })
        .collect();
    let threads: HashSet<_> = gs.into_iter().map(|g| g.join().unwrap()).collect();
    assert!(!threads.contains(&tid()));
    common::wait_until(|| threads.iter().all(|t| !exists(*t)));
}

#[test]
fn pinned_gs_are_on_different_threads() {
    let _test = begin();
    install();
    let here = Arc::new(AtomicU32::new(0));
    let gs: Vec<_> = (0..10)
        .map(|_| {
            let here = here.clone();
            go_pinned(move || {
                here.fetch_add(1, SeqCst);
                yield_until(|| here.load(SeqCst) == 10);
                tid()
            })
        })
        .collect();
    let threads: HashSet<_> = gs.into_iter().map(|g| g.join().unwrap()).collect();
    assert_eq!(threads.len(), 10);
}

/// Gs that keep both Ps busy until the returned flag is set, so that others move about.
fn noise() -> (Arc<AtomicBool>, Vec<callgate::JoinHandle<()>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let gs = (0..8)
        .map(|_| {
            let stop = stop.clone();
            spawner().go(move || {
                while !stop.load(SeqCst) {
                    sleep(Duration::from_micros(20));
                    blocking(|| ());
                }
            })
        })
        .collect();
    (stop, gs)
}

#[test]
fn a_lock_keeps_a_g_on_its_thread_and_nests() {
    let _test = begin();
    install();
    let (stop, noise) = noise();
    let g = spawner().go(|| {
        for _ in 0..20 {
            let outer = lock_os_thread();
            let thread = tid();
            let inner = lock_os_thread();
            (0..5).for_each(|_| yield_now());
            assert_eq!(tid(), thread);
            drop(inner);
            (0..5).for_each(|_| blocking(|| ()));
            sleep(Duration::from_micros(50));
            assert_eq!(tid(), thread, "the outer lock holds");
            drop(outer);
            yield_now();
        }
    });
    g.join().unwrap();
    stop.store(true, SeqCst);
    noise.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn locks_may_be_dropped_in_any_order() {
    let _test = begin();
    install();
    spawner()
        .go(|| {
            let (a, b) = (lock_os_thread(), lock_os_thread());
            let thread = tid();
            drop(a);
            (0..20).for_each(|_| yield_now());
            assert_eq!(tid(), thread);
            drop(b);
        })
        .join()
        .unwrap();
}

#[test]
fn a_g_without_a_lock_may_migrate() {
    let _test = begin();
    install();
    let (stop, noise) = noise();
    // It needn't at any one moment, but it does in the end: the deadline is the limit.
    spawner()
        .go(|| {
            let thread = tid();
            yield_until(|| {
                blocking(|| ());
                tid() != thread
            });
        })
        .join()
        .unwrap();
    stop.store(true, SeqCst);
    noise.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_g_that_ends_locked_takes_its_thread_with_it() {
    let _test = begin();
    install();
    let thread = spawner()
        .go(|| {
            std::mem::forget(lock_os_thread());
            tid()
        })
        .join()
        .unwrap();
    common::wait_until(|| !exists(thread));
    assert_eq!(spawner().go(|| 1).join().unwrap(), 1);
}

#[test]
fn locked_gs_wake_each_other() {
    let _test = begin();
    install();
    let turn = Arc::new(Mutex::new((0, Vec::new())));
    let gs: Vec<_> = (0..6)
        .map(|i| {
            let turn = turn.clone();
            spawner().go(move || {
                let _lock = lock_os_thread();
                turn.lock().unwrap().1.push((i, current()));
                yield_until(|| turn.lock().unwrap().1.len() == 6);
                for round in 0..50 {
                    while turn.lock().unwrap().0 != round * 6 + i {
                        park();
                    }
                    let mut turn = turn.lock().unwrap();
                    turn.0 += 1;
                    let next = turn.0 % 6;
                    let next = turn.1.iter().find(|(i, _)| *i == next).unwrap().1;
                    drop(turn);
                    next.unpark();
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

static INITS: AtomicU32 = AtomicU32::new(0);
static DROPS: AtomicU32 = AtomicU32::new(0);

struct Counted(u32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.fetch_add(1, SeqCst);
    }
}

g_local! {
    static COUNTED: RefCell<Counted> = {
        INITS.fetch_add(1, SeqCst);
        RefCell::new(Counted(0))
    };
    /// A second one, so that there is more than one key.
    static NUMBER: Cell<u64> = Cell::new(7);
}

#[test]
fn a_g_local_belongs_to_its_g_and_is_dropped_with_it() {
    let _test = begin();
    install();
    let (stop, noise) = noise();
    let body = || {
        for i in 0..20 {
            COUNTED.with_borrow_mut(|c| {
                assert_eq!(c.0, i);
                c.0 += 1;
            });
            assert_eq!(NUMBER.get(), 7 + u64::from(i));
            NUMBER.set(8 + u64::from(i));
            blocking(|| ());
            yield_now();
        }
        // A borrow may live across scheduling points: the value is on no thread's storage.
        NUMBER.with(|n| {
            let before = n.get();
            yield_now();
            assert_eq!(n.replace(1), before);
        });
        assert_eq!(NUMBER.replace(2), 1);
    };
    let gs: Vec<_> = (0..20).map(|_| spawner().go(body)).collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
    go_pinned(body).join().unwrap();
    thread::spawn(body).join().unwrap();
    // A G's values are dropped after its result is there.
    common::wait_until(|| DROPS.load(SeqCst) == 22);
    assert_eq!(INITS.load(SeqCst), 22);
    stop.store(true, SeqCst);
    noise.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_g_local_may_use_others_when_it_is_made_and_dropped() {
    let _test = begin();
    install();
    static ENDED: AtomicU32 = AtomicU32::new(0);
    struct Uses;
    impl Drop for Uses {
        fn drop(&mut self) {
            // The newest goes first, and what it used when it was made is older.
            assert_eq!(OTHER.get(), 6);
            yield_now();
            ENDED.fetch_add(1, SeqCst);
        }
    }
    g_local! {
        static OTHER: Cell<u32> = Cell::new(5);
        static USES: Uses = {
            assert_eq!(OTHER.replace(6), 5);
            Uses
        };
    }
    spawner().go(|| USES.with(|_| assert_eq!(OTHER.get(), 6))).join().unwrap();
    common::wait_until(|| ENDED.load(SeqCst) == 1);
}

#[test]
fn callbacks_and_blocking_code_have_their_own_view() {
    let _test = begin();
    install();
    spawner()
        .go(|| {
            NUMBER.set(100);
            run(|| assert_eq!(NUMBER.get(), 100, "`run` in a G is that G"));
            // In `blocking` the code is a plain thread's.
            blocking(|| assert_ne!(NUMBER.replace(7), 100));
            assert_eq!(NUMBER.get(), 100);
        })
        .join()
        .unwrap();
}

#[test]
fn a_burst_of_pinned_gs_leaves_no_thread() {
    let _test = alone();
    install();
    go_pinned(|| ()).join().unwrap();
    let gs: Vec<_> = (0..200).map(|i| go_pinned(move || i)).collect();
    assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 199 * 100);
    common::wait_until(|| metrics().ms < 100);
}
