//! Callbacks on threads that the runtime has never seen.

mod common;

use callgate::{
    Metrics, current, export_callback, foreign_call, metrics, park, run, sleep, yield_now,
};
use callgate_test_c as _;
use common::{alone, begin, borrowed, spawner, this_thread, wait_until};
use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[repr(C)]
struct Thread {
    _opaque: [u8; 0],
}

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    safe fn test_add_from_threads(n: c_int, times: c_int) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
    fn test_thread_start(f: Call, arg: *mut c_void) -> *mut Thread;
    fn test_thread_join(thread: *mut Thread);
    safe fn test_thread_local_counts(
        n: c_int,
        times: c_int,
        f: extern "C" fn(c_int) -> c_int,
    ) -> c_int;
    fn test_call_at_thread_exit(f: Call, arg: *mut c_void) -> c_int;
    fn test_call(f: Call, arg: *mut c_void);
}

/// Calls a closure that any thread may call.
#[export_callback(private)]
fn call_shared(closure: *mut c_void) {
    // SAFETY: `on_threads` passes it.
    unsafe { (*closure.cast::<&(dyn Fn() + Sync)>())() }
}

/// `n` threads of C's, each calling `f` `times` times, all ended on return.
fn on_threads(n: usize, times: usize, f: impl Fn() + Sync) {
    let f: &(dyn Fn() + Sync) = &f;
    // SAFETY: the closure outlives the threads.
    let error = unsafe {
        test_threads(n as c_int, times as c_int, call_shared, (&raw const f).cast_mut().cast())
    };
    assert_eq!(error, 0);
}

static SUM: AtomicI32 = AtomicI32::new(0);

#[export_callback]
fn add(x: c_int) {
    SUM.fetch_add(x, SeqCst);
}

#[test]
fn six_threads_add_ten_times_each() {
    let _test = alone();
    type From = fn(fn() -> c_int) -> c_int;
    let ways: [From; 3] = [|f| run(f), |f| spawner().go(f).join().unwrap(), |f| f()];
    for way in ways {
        SUM.store(0, SeqCst);
        assert_eq!(way(|| test_add_from_threads(6, 10)), 0);
        assert_eq!(SUM.load(SeqCst), 60);
    }
}

#[test]
fn sixty_four_threads_are_in_callbacks_at_once() {
    let _test = begin();
    let all_in = Barrier::new(64);
    let calls = AtomicU32::new(0);
    on_threads(64, 1, || {
        // As foreign code would wait: each thread in its callback, none gives anything up.
        callgate::blocking(|| all_in.wait());
        calls.fetch_add(1, SeqCst);
    });
    assert_eq!(calls.load(SeqCst), 64);
}

#[test]
fn callbacks_of_many_threads_park() {
    let _test = begin();
    let calls = AtomicU32::new(0);
    on_threads(32, 20, || {
        let me = current();
        spawner().go(move || me.unpark());
        park();
        sleep(Duration::from_micros(50));
        calls.fetch_add(1, SeqCst);
    });
    assert_eq!(calls.load(SeqCst), 640);
}

#[test]
fn a_thread_keeps_its_m_and_gives_it_back_when_it_ends() {
    let _test = alone();
    on_threads(1, 1, || ());
    let before = metrics();
    on_threads(1, 1000, yield_now);
    let after = metrics();
    assert_eq!(after.needm - before.needm, 1, "one thread borrows one M");
    assert_eq!(after.callbacks - before.callbacks, 1000);
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");

    on_threads(50, 3, || ());
    let after_many = metrics();
    assert_eq!(after_many.needm - after.needm, 50);
    assert!(borrowed(&after_many) <= borrowed(&after), "{after:?}, then {after_many:?}");
    assert_eq!(after_many.gs, before.gs);
    let Metrics { ms, .. } = after_many;
    assert!(ms <= before.ms + 16, "{} Ms were {} before", ms, before.ms);
}

#[test]
fn the_list_of_extra_ms_is_never_left_empty() {
    let _test = alone();
    // The first callback of a thread makes a new spare before its body, if it took the last.
    on_threads(1, 1, || assert!(metrics().extra_ms >= 1));
    let all_in = Barrier::new(40);
    on_threads(40, 1, || {
        callgate::blocking(|| all_in.wait());
        assert!(metrics().extra_ms >= 1);
        callgate::blocking(|| all_in.wait());
    });
    assert!(metrics().extra_ms >= 1);
}

#[test]
fn two_threads_borrow_at_the_same_moment() {
    let _test = begin();
    for _ in 0..200 {
        let both = Barrier::new(2);
        on_threads(2, 1, || {
            callgate::blocking(|| both.wait());
        });
    }
}

#[export_callback(private)]
fn same(x: c_int) -> c_int {
    yield_now();
    x
}

#[test]
fn thread_locals_of_c_survive() {
    let _test = begin();
    assert_eq!(run(|| test_thread_local_counts(16, 50, same)), 0);
}

thread_local! {
    static CALLS_HERE: Cell<u32> = const { Cell::new(0) };
}

#[inline(never)]
fn count_here() -> u32 {
    CALLS_HERE.with(|n| {
        n.set(n.get() + 1);
        n.get()
    })
}

#[test]
fn threads_of_std_call_back() {
    let _test = begin();
    let threads: Vec<_> = (0..16)
        .map(|_| {
            thread::spawn(|| {
                let id = thread::current().id();
                for i in 1..=20 {
                    let (mut seen, mut of) = (0, None);
                    let mut f: &dyn Fn() = &|| yield_now();
                    let mut closure: (&mut u32, &mut Option<ThreadId>, &mut &dyn Fn()) =
                        (&mut seen, &mut of, &mut f);
                    // SAFETY: the tuple outlives the call.
                    unsafe { test_call(count_in_callback, (&raw mut closure).cast()) };
                    assert_eq!((seen, of), (i, Some(id)));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[export_callback(private)]
fn count_in_callback(arg: *mut c_void) {
    // SAFETY: the test above passes it.
    let (seen, of, f) =
        unsafe { &mut *arg.cast::<(&mut u32, &mut Option<ThreadId>, &mut &dyn Fn())>() };
    f();
    **seen = count_here();
    **of = Some(thread::current().id());
}

#[test]
fn a_thread_has_one_id_and_it_is_its_own() {
    let _test = begin();
    let ids = Mutex::new(HashMap::<usize, Vec<u64>>::new());
    let all_in = Barrier::new(8);
    on_threads(8, 3, || {
        // All at once, so that none ends before another begins and its id is used anew.
        callgate::blocking(|| all_in.wait());
        yield_now();
        let me = this_thread();
        callgate::blocking(|| ids.lock().unwrap().entry(me).or_default().push(current().id()));
    });
    // `blocking` made `current` that of the thread in C; ask in the callback itself too.
    let of_callbacks = Mutex::new(HashMap::<usize, Vec<u64>>::new());
    on_threads(8, 3, || {
        callgate::blocking(|| all_in.wait());
        let me = this_thread();
        let id = current().id();
        callgate::blocking(|| of_callbacks.lock().unwrap().entry(me).or_default().push(id));
    });
    for ids in [ids, of_callbacks] {
        let ids = ids.into_inner().unwrap();
        assert_eq!(ids.len(), 8);
        let mut distinct: Vec<u64> = Vec::new();
        for ids in ids.values() {
            assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
            distinct.push(ids[0]);
        }
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 8);
    }
}

#[test]
fn a_callback_on_a_foreign_thread_does_whatever_a_g_does() {
    let _test = begin();
    let sum = AtomicU64::new(0);
    on_threads(4, 3, || {
        let made = spawner().go(|| 1).join().unwrap();
        let pinned = callgate::go_pinned(|| 2).join().unwrap();
        let ran = run(|| 3);
        sleep(Duration::from_millis(1));
        sum.fetch_add(made + pinned + ran + callgate::block_on(async { 4 }), SeqCst);
        on_threads(2, 2, || {
            sum.fetch_add(100, SeqCst);
        });
    });
    assert_eq!(sum.load(SeqCst), 12 * (10 + 400));
}

#[test]
fn a_foreign_thread_wakes_a_g_and_a_g_wakes_it() {
    let _test = begin();
    let answer = spawner().go(|| {
        let me = current();
        let other = Mutex::new(None);
        let f = || {
            *other.lock().unwrap() = Some(current());
            me.unpark();
            park();
        };
        let f: &(dyn Fn() + Sync) = &f;
        // SAFETY: the closure outlives the thread, which is joined below.
        let thread = unsafe { test_thread_start(call_shared, (&raw const f).cast_mut().cast()) };
        park();
        other.lock().unwrap().unwrap().unpark();
        // SAFETY: started above, joined once.
        unsafe { test_thread_join(thread) };
        9
    });
    assert_eq!(answer.join().unwrap(), 9);
}

#[test]
fn a_thread_that_ends_may_call_back_from_a_destructor() {
    let _test = alone();
    let before = metrics();
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let f = || {
        yield_now();
        CALLS.fetch_add(1, SeqCst);
    };
    let f: &(dyn Fn() + Sync) = &f;
    // SAFETY: the closure outlives the thread.
    let error = unsafe { test_call_at_thread_exit(call_shared, (&raw const f).cast_mut().cast()) };
    assert_eq!(error, 0);
    assert!(CALLS.load(SeqCst) >= 4, "{CALLS:?}");
    let after = metrics();
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    assert_eq!(after.gs, before.gs);
}

#[test]
fn g_locals_of_a_foreign_thread_end_with_it() {
    let _test = begin();
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            // The thread ends, and is a plain one; it may still do all that those do.
            yield_now();
            run(yield_now);
            assert_eq!(spawner().go(|| 1).join().unwrap(), 1);
            DROPS.fetch_add(1, SeqCst);
        }
    }
    static DROPS: AtomicU32 = AtomicU32::new(0);
    static MADE: AtomicU32 = AtomicU32::new(0);
    callgate::g_local! {
        static LOCAL: (Counted, Cell<u32>) = {
            MADE.fetch_add(1, SeqCst);
            (Counted, Cell::new(0))
        };
    }
    on_threads(5, 4, || LOCAL.with(|(_, n)| n.set(n.get() + 1)));
    assert_eq!((MADE.load(SeqCst), DROPS.load(SeqCst)), (5, 5));
}

#[test]
fn a_forgotten_lock_of_a_callback_harms_nobody() {
    let _test = begin();
    on_threads(20, 5, || {
        std::mem::forget(callgate::lock_os_thread());
        yield_now();
    });
    on_threads(20, 5, yield_now);
}

#[test]
fn a_thread_local_of_rust_calls_back_when_its_thread_ends() {
    let _test = begin();
    static CALLS: AtomicU32 = AtomicU32::new(0);
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            run(|| CALLS.fetch_add(spawner().go(|| 1).join().unwrap(), SeqCst));
        }
    }
    thread_local!(static AT_END: AtEnd = const { AtEnd });
    for with_an_m in [false, true] {
        thread::spawn(move || {
            AT_END.with(|_| ());
            if with_an_m {
                run(yield_now);
            }
        })
        .join()
        .unwrap();
    }
    assert_eq!(CALLS.load(SeqCst), 2);
}

#[test]
fn gs_go_on_while_foreign_threads_come_and_go() {
    let _test = begin();
    static STOP: AtomicBool = AtomicBool::new(false);
    let ticks = spawner().go(|| {
        let mut ticks = 0_u32;
        while !STOP.load(SeqCst) {
            ticks += 1;
            yield_now();
        }
        ticks
    });
    for _ in 0..20 {
        on_threads(8, 5, yield_now);
    }
    STOP.store(true, SeqCst);
    wait_until(|| ticks.is_finished());
    assert!(ticks.join().unwrap() > 0);
}
