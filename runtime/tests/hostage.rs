//! Nobody can hold a P hostage. There is one P; a G that kept it would make each of these hang.

mod common;

use callgate::{Builder, Spawner, current, export_callback, foreign_call, park, yield_now};
use callgate_test_c as _;
use common::{begin, wait_until};
use std::ffi::{c_int, c_uint, c_void};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, Once};
use std::thread;
use std::time::Duration;

#[repr(C)]
struct Thread {
    _opaque: [u8; 0],
}

#[foreign_call]
unsafe extern "C" {
    fn test_spin_until(flag: *const c_int);
    #[foreign_call(blocking)]
    safe fn usleep(us: c_uint) -> c_int;
    safe fn test_add_one(x: c_int) -> c_int;
    fn test_thread_start(f: extern "C" fn(*mut c_void), arg: *mut c_void) -> *mut Thread;
    fn test_thread_join(thread: *mut Thread);
}

fn spawner() -> Spawner {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(1).install().unwrap());
    common::spawner()
}

/// Spins in Rust, without a scheduling point.
fn spin_until(flag: &AtomicBool) {
    while !flag.load(SeqCst) {
        spin_loop();
    }
}

#[test]
fn a_g_that_computes() {
    let _test = begin();
    static FLAG: AtomicBool = AtomicBool::new(false);
    let hog = spawner().go(|| spin_until(&FLAG));
    let other = spawner().go(|| FLAG.store(true, SeqCst));
    hog.join().unwrap();
    other.join().unwrap();
}

#[test]
fn a_g_that_computes_first() {
    let _test = begin();
    let flag = Arc::new(AtomicBool::new(false));
    let (spinning, set) = (flag.clone(), flag);
    // The hog makes the G that frees it: that one is in the hog's own queue.
    let hog = spawner().go(move || {
        let other = spawner().go(move || set.store(true, SeqCst));
        spin_until(&spinning);
        other.join().unwrap();
    });
    hog.join().unwrap();
}

#[test]
fn a_g_that_spins_in_c() {
    let _test = begin();
    static FLAG: AtomicI32 = AtomicI32::new(0);
    // SAFETY: the flag lives for ever.
    let hog = spawner().go(|| unsafe { test_spin_until(FLAG.as_ptr()) });
    spawner().go(|| FLAG.store(1, SeqCst)).join().unwrap();
    hog.join().unwrap();
}

#[test]
fn a_g_that_waits_on_a_channel_of_std() {
    let _test = begin();
    let (send, receive) = channel();
    let hog = spawner().go(move || (0..20).map(|_| receive.recv().unwrap()).sum::<u32>());
    let feeder = spawner().go(move || {
        for i in 0..20 {
            send.send(i).unwrap();
            yield_now();
        }
    });
    feeder.join().unwrap();
    assert_eq!(hog.join().unwrap(), 190);
}

#[test]
fn a_g_that_waits_on_a_lock_of_std() {
    let _test = begin();
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let theirs = pair.clone();
    let hog = spawner().go(move || {
        let ready = theirs.0.lock().unwrap();
        drop(theirs.1.wait_while(ready, |ready| !*ready).unwrap());
    });
    let other = spawner().go(move || {
        *pair.0.lock().unwrap() = true;
        pair.1.notify_all();
    });
    other.join().unwrap();
    hog.join().unwrap();
}

#[test]
fn a_g_that_sleeps_as_a_thread() {
    let _test = begin();
    let done = Arc::new(AtomicBool::new(false));
    let seen = done.clone();
    let sleeper = spawner().go(move || {
        while !seen.load(SeqCst) {
            thread::sleep(Duration::from_millis(20));
        }
    });
    spawner().go(move || done.store(true, SeqCst)).join().unwrap();
    sleeper.join().unwrap();
}

#[test]
fn fifty_of_them() {
    let _test = begin();
    static FLAG: AtomicBool = AtomicBool::new(false);
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let hogs: Vec<_> = (0..50)
        .map(|_| {
            spawner().go(|| {
                STARTED.fetch_add(1, SeqCst);
                spin_until(&FLAG);
            })
        })
        .collect();
    let other = spawner().go(|| {
        common::yield_until(|| STARTED.load(SeqCst) == 50);
        FLAG.store(true, SeqCst);
    });
    other.join().unwrap();
    hogs.into_iter().for_each(|g| g.join().unwrap());
}

/// Keeps the P busy, one hog after the other, while `f` runs.
fn while_hogged(f: impl FnOnce()) {
    let stop = Arc::new(AtomicBool::new(false));
    let spinning = Arc::new(AtomicU32::new(0));
    let hogs: Vec<_> = (0..3)
        .map(|_| {
            let (stop, spinning) = (stop.clone(), spinning.clone());
            spawner().go(move || {
                spinning.fetch_add(1, SeqCst);
                spin_until(&stop);
            })
        })
        .collect();
    wait_until(|| spinning.load(SeqCst) == 3);
    f();
    stop.store(true, SeqCst);
    hogs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_g_comes_back_from_c() {
    let _test = begin();
    while_hogged(|| {
        let g = spawner().go(|| (0..5).map(|i| usleep(100) + test_add_one(i)).sum::<c_int>());
        assert_eq!(g.join().unwrap(), 15);
    });
}

static CALLBACKS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn count(_: *mut c_void) {
    CALLBACKS.fetch_add(1, SeqCst);
    yield_now();
    assert_eq!(spawner().go(|| 5).join().unwrap(), 5);
    CALLBACKS.fetch_add(1, SeqCst);
}

#[test]
fn a_foreign_thread_calls_back() {
    let _test = begin();
    while_hogged(|| {
        // SAFETY: the callback ignores its argument; the thread is joined once.
        unsafe { test_thread_join(test_thread_start(count, std::ptr::null_mut())) };
    });
    assert_eq!(CALLBACKS.load(SeqCst), 2);
}

#[test]
fn timers_parks_and_pinned_gs_go_on() {
    let _test = begin();
    while_hogged(|| {
        let slept = spawner().go(|| callgate::sleep(Duration::from_millis(1)));
        let parked = spawner().go(|| {
            let me = current();
            spawner().go(move || me.unpark());
            park();
        });
        let pinned = callgate::go_pinned(|| (0..5).for_each(|_| yield_now()));
        slept.join().unwrap();
        parked.join().unwrap();
        pinned.join().unwrap();
        callgate::run(yield_now);
    });
}

#[test]
fn a_hog_goes_on_when_it_waits_at_last() {
    let _test = begin();
    let g = spawner().go(|| {
        for _ in 0..5 {
            let flag = Arc::new(AtomicBool::new(false));
            let set = flag.clone();
            // Takes the P, which the hog has to ask for again at its next scheduling point.
            let other = spawner().go(move || set.store(true, SeqCst));
            spin_until(&flag);
            match test_add_one(0) {
                1 => yield_now(),
                _ => unreachable!(),
            }
            other.join().unwrap();
        }
        3
    });
    assert_eq!(g.join().unwrap(), 3);
}

#[test]
fn a_hog_in_a_leaf_call_and_in_a_callback() {
    let _test = begin();
    mod leaf {
        use std::ffi::c_int;
        #[callgate::foreign_call(leaf)]
        unsafe extern "C" {
            pub fn test_spin_until(flag: *const c_int);
        }
    }
    #[export_callback(private)]
    fn spin_in_callback(flag: *mut c_void) {
        // SAFETY: the test passes an `AtomicBool` that lives for ever.
        spin_until(unsafe { &*flag.cast::<AtomicBool>() });
    }
    #[foreign_call]
    unsafe extern "C" {
        fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    }
    static IN_LEAF: AtomicI32 = AtomicI32::new(0);
    static IN_CALLBACK: AtomicBool = AtomicBool::new(false);
    // SAFETY: the flag lives for ever.
    let leaf = spawner().go(|| unsafe { leaf::test_spin_until(IN_LEAF.as_ptr()) });
    let flag = (&raw const IN_CALLBACK).expose_provenance();
    let callback = spawner().go(move || {
        // SAFETY: as above.
        unsafe { test_call(spin_in_callback, std::ptr::with_exposed_provenance_mut(flag)) }
    });
    let other = spawner().go(|| {
        IN_LEAF.store(1, SeqCst);
        IN_CALLBACK.store(true, SeqCst);
    });
    other.join().unwrap();
    leaf.join().unwrap();
    callback.join().unwrap();
}
