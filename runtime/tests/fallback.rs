//! Everything again where the system has neither a process-wide barrier nor guard pages without
//! mappings.

mod common;

use callgate::{
    Builder, Spawner, blocking, current, export_callback, foreign_call, park, run, sleep, yield_now,
};
use callgate_test_c as _;
use common::{begin, child};
use std::ffi::{c_int, c_uint, c_void};
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Once};
use std::time::Duration;

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    safe fn test_add_one(x: c_int) -> c_int;
    safe fn test_guarded_call(f: extern "C" fn(c_int) -> c_int, n: c_int) -> c_int;
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

fn spawner() -> Spawner {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let slice = Duration::from_micros(100);
        let builder = Builder::new().procs(2).stack_size(64 << 10).slice(slice);
        builder.heavy_barrier(false).guard_install(false).install().unwrap();
    });
    common::spawner()
}

#[export_callback(private, panic = unwind)]
fn descend(n: c_int) -> c_int {
    yield_now();
    match n {
        0 => {
            let me = current();
            spawner().go(move || me.unpark());
            park();
            0
        }
        13 => panic!("thirteen"),
        n => test_guarded_call(descend, n - 1) + 1,
    }
}

#[test]
fn calls_callbacks_and_panics() {
    let _test = begin();
    let body = || {
        assert_eq!((0..1000).map(test_add_one).sum::<c_int>(), 500_500);
        assert_eq!(test_guarded_call(descend, 12), 12);
        assert!(std::panic::catch_unwind(|| test_guarded_call(descend, 15)).is_err());
        assert_eq!(blocking(|| test_add_one(1)), 2);
        sleep(Duration::from_micros(100));
    };
    let gs: Vec<_> = (0..20).map(|_| spawner().go(body)).collect();
    run(body);
    callgate::go_pinned(body).join().unwrap();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn count(_: *mut c_void) {
    yield_now();
    assert_eq!(spawner().go(|| test_add_one(1)).join().unwrap(), 2);
    CALLS.fetch_add(1, SeqCst);
}

#[test]
fn foreign_threads() {
    let _test = begin();
    spawner();
    // SAFETY: the callback ignores its argument.
    run(|| assert_eq!(unsafe { test_threads(16, 20, count, std::ptr::null_mut()) }, 0));
    assert_eq!(CALLS.load(SeqCst), 320);
}

#[test]
fn nobody_holds_a_p_hostage() {
    let _test = begin();
    let free = Arc::new(AtomicBool::new(false));
    let hogs: Vec<_> = (0..10)
        .map(|_| {
            let free = free.clone();
            spawner().go(move || {
                while !free.load(SeqCst) {
                    spin_loop();
                }
            })
        })
        .collect();
    spawner().go(move || free.store(true, SeqCst)).join().unwrap();
    hogs.into_iter().for_each(|g| g.join().unwrap());
}

/// All that moves Ps about, at once, with slices of 100 µs.
#[test]
fn calls_slices_and_queues_race() {
    let _test = begin();
    let total = Arc::new(AtomicU32::new(0));
    let gs: Vec<_> = (0..60_u32)
        .map(|i| {
            let total = total.clone();
            spawner().go(move || {
                for round in 0..60 {
                    match (i + round) % 6 {
                        0 => assert_eq!(usleep(50), 0),
                        1 => (0..20_000).for_each(|n| assert_eq!(black_box(n), n)),
                        2 => assert_eq!(spawner().go(move || round).join().unwrap(), round),
                        3 => yield_now(),
                        4 => (0..50).for_each(|n| assert_eq!(test_add_one(n), n + 1)),
                        _ => blocking(std::thread::yield_now),
                    }
                    total.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
    assert_eq!(total.load(SeqCst), 3600);
}

#[test]
fn an_overflow_is_reported() {
    #[allow(unconditional_recursion)]
    fn overflow(n: u64) -> u64 {
        let room = black_box([n; 16]);
        overflow(n + 1) + room[(n % 16) as usize]
    }
    let end = child("an_overflow_is_reported", || {
        let parked: Vec<_> = (0..500).map(|_| spawner().go(park)).collect();
        let _ = spawner().go(|| overflow(0)).join();
        drop(parked);
    });
    end.aborted_with(&["callgate: fatal: stack overflow in G ", "fallback.rs:", "65536 bytes"]);
}
