//! Which thread C is called on and calls back from, what it keeps there, and threads that end where they
//! must not.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{blocking, export_callback, foreign_call, lock_os_thread, metrics, run, yield_now};
use callgate_test_c as _;
use common::{alone, begin, borrowed, child, spawner};
use panicking::{test_call, through_c};
use std::ffi::{c_int, c_long, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

#[repr(C)]
struct Waiting {
    _opaque: [u8; 0],
}

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    safe fn test_this_thread() -> usize;
    fn test_call_on_thread(f: Call, arg: *mut c_void) -> usize;
    safe fn test_kept() -> c_long;
    safe fn test_keep(value: c_long);
    safe fn test_pause();
    safe fn test_end_this_thread();
    fn test_waiting_start(f: Call, arg: *mut c_void) -> *mut Waiting;
    fn test_waiting_cancel(waiting: *mut Waiting) -> c_int;
    fn test_call_and_exit(f: Call, arg: *mut c_void) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
}

mod leaf {
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        #[link_name = "test_end_this_thread"]
        pub safe fn end_this_thread();
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

#[export_callback(private)]
fn count(_: *mut c_void) {
    CALLS.fetch_add(1, SeqCst);
}

#[export_callback(private)]
fn count_and_yield(_: *mut c_void) {
    yield_now();
    CALLS.fetch_add(1, SeqCst);
}

/// Other Gs that use every P and thread, so that a G which may move does.
fn busy() -> Vec<callgate::JoinHandle<()>> {
    (0..8).map(|_| spawner().go(|| (0..300).for_each(|_| yield_now()))).collect()
}

#[test]
fn sixty_four_threads_hammer() {
    let _test = alone();
    run(|| ()); // this thread keeps an M too
    let before = metrics();
    let calls = CALLS.load(SeqCst);
    // SAFETY: the callbacks ignore their argument.
    unsafe {
        assert_eq!(run(|| test_threads(64, 1000, count, ptr::null_mut())), 0);
        assert_eq!(test_threads(64, 50, count_and_yield, ptr::null_mut()), 0);
    }
    assert_eq!(CALLS.load(SeqCst) - calls, 64 * 1050);
    let after = metrics();
    assert_eq!(after.callbacks - before.callbacks, 64 * 1050);
    assert_eq!(after.needm - before.needm, 128);
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    assert_eq!(after.gs, before.gs);
}

/// What a callback finds: the thread it is on, while the G may have moved if it could.
#[export_callback(private)]
fn note_thread(at: *mut c_void) {
    let first = test_this_thread();
    for _ in 0..5 {
        yield_now();
        blocking(|| ());
        assert_eq!(test_this_thread(), first);
    }
    // SAFETY: the tests below pass it.
    unsafe { (*at.cast::<AtomicUsize>()).store(first, SeqCst) };
}

fn on_one_thread() {
    let of_callback = AtomicUsize::new(0);
    let at = (&raw const of_callback).cast_mut().cast();
    let outer = lock_os_thread();
    let mine = test_this_thread();
    for _ in 0..20 {
        let inner = lock_os_thread();
        yield_now();
        // SAFETY: the variable outlives the call.
        assert_eq!(unsafe { test_call_on_thread(note_thread, at) }, mine);
        assert_eq!(of_callback.load(SeqCst), mine);
        drop(inner);
        yield_now();
        blocking(|| ());
        assert_eq!(test_this_thread(), mine, "the outer lock still holds");
    }
    drop(outer);
}

#[test]
fn a_locked_g_is_on_one_thread_in_calls_and_callbacks() {
    let _test = begin();
    let others = busy();
    let gs: Vec<_> = (0..4).map(|_| spawner().go(on_one_thread)).collect();
    run(on_one_thread);
    gs.into_iter().chain(others).for_each(|g| g.join().unwrap());
}

#[test]
fn a_callback_is_on_its_calls_thread_without_a_lock_too() {
    let _test = begin();
    let others = busy();
    let gs: Vec<_> = (0..8)
        .map(|_| {
            spawner().go(|| {
                for _ in 0..20 {
                    let of_callback = AtomicUsize::new(0);
                    let at = (&raw const of_callback).cast_mut().cast();
                    // SAFETY: the variable outlives the call.
                    let of_c = unsafe { test_call_on_thread(note_thread, at) };
                    assert_eq!(of_callback.load(SeqCst), of_c);
                    yield_now();
                }
            })
        })
        .collect();
    gs.into_iter().chain(others).for_each(|g| g.join().unwrap());
}

#[test]
fn thread_locals_of_c_are_a_locked_gs_own() {
    let _test = begin();
    let others = busy();
    let gs: Vec<_> = (1..=16)
        .map(|i| {
            let keeps = move || {
                let _lock = lock_os_thread();
                let before = test_kept();
                for n in 0..50 {
                    test_keep(100 * i + n);
                    yield_now();
                    blocking(|| ());
                    through_c(yield_now);
                    assert_eq!(test_kept(), 100 * i + n);
                }
                test_keep(0);
                before
            };
            if i % 2 == 0 { spawner().go(keeps) } else { callgate::go_pinned(keeps) }
        })
        .collect();
    for g in gs {
        assert_eq!(g.join().unwrap(), 0, "a thread that somebody has kept something on was locked");
    }
    others.into_iter().for_each(|g| g.join().unwrap());
}

/// A thread between callbacks is C's own, and may end as C likes.
#[test]
fn a_thread_that_ends_early_between_callbacks() {
    let _test = alone();
    let before = metrics();
    for _ in 0..20 {
        // SAFETY: the callbacks ignore their argument; each thread is cancelled once.
        unsafe {
            assert_eq!(test_call_and_exit(count_and_yield, ptr::null_mut()), 0);
            let waiting = test_waiting_start(count_and_yield, ptr::null_mut());
            assert_eq!(test_waiting_cancel(waiting), 0);
        }
    }
    let after = metrics();
    assert!(borrowed(&after) <= borrowed(&before), "{before:?}, then {after:?}");
    assert_eq!(after.gs, before.gs);
    assert!(after.ms <= before.ms + 2, "{before:?}, then {after:?}");
}

#[export_callback(private)]
fn ends(_: *mut c_void) {
    test_end_this_thread();
}

#[export_callback(private)]
fn ends_in_a_leaf_call(_: *mut c_void) {
    leaf::end_this_thread();
}

#[export_callback(private)]
fn ends_in_a_callback_of_a_callback(_: *mut c_void) {
    // SAFETY: the callback ignores its argument.
    unsafe { test_call(ends, ptr::null_mut()) };
}

#[export_callback(private)]
fn pauses(_: *mut c_void) {
    CALLS.fetch_add(1, SeqCst);
    test_pause();
}

/// Is cancelled while the scheduler has it, and hears of it in C.
#[export_callback(private)]
fn waits_and_pauses(_: *mut c_void) {
    CALLS.fetch_add(1, SeqCst);
    callgate::sleep(Duration::from_millis(20));
    test_pause();
}

const IN_A_CALLBACK: [&str; 3] =
    ["callgate: fatal: a thread ended inside a callback", "pthread_exit", "pthread_cancel"];
const IN_C: [&str; 3] =
    ["callgate: fatal: a thread ended in C that G ", "pthread_exit", "pthread_cancel"];

/// Calls `f` on a thread of C's.
fn on_a_thread(f: Call) {
    // SAFETY: the callbacks ignore their argument.
    assert_eq!(unsafe { test_threads(1, 1, f, ptr::null_mut()) }, 0);
}

/// A thread that is cancelled in its callback.
fn cancelled_in(f: Call) {
    // SAFETY: the callbacks ignore their argument; the thread is cancelled once.
    unsafe {
        let waiting = test_waiting_start(f, ptr::null_mut());
        while CALLS.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        test_waiting_cancel(waiting);
    }
}

#[allow(unused_macros)] // on Windows
macro_rules! fatal {
    ($($test:ident: $words:ident, $body:expr;)*) => { $(
        #[test]
        fn $test() {
            child(stringify!($test), || {
                let _ = $body;
            })
            .aborted_with(&$words);
        }
    )* };
}

/// In a release build, a leaf call is part of the function that makes it, and what unwinds out of C
/// may end the process before there is anybody to ask.
#[cfg(unix)]
#[test]
fn pthread_exit_in_a_leaf_call() {
    let words: &[&str] = if cfg!(debug_assertions) { &IN_C } else { &[] };
    child("pthread_exit_in_a_leaf_call", || {
        let _ = spawner().go(leaf::end_this_thread).join();
    })
    .aborted_with(words);
}

// MinGW's pthreads end a thread without unwinding it: nobody is told.
#[cfg(unix)]
fatal! {
    pthread_exit_in_a_callback_of_a_foreign_thread: IN_A_CALLBACK,
        on_a_thread(ends);
    pthread_exit_in_a_leaf_call_of_a_callback: IN_A_CALLBACK,
        on_a_thread(ends_in_a_leaf_call);
    pthread_exit_in_a_callback_of_a_callback: IN_A_CALLBACK,
        on_a_thread(ends_in_a_callback_of_a_callback);
    pthread_exit_in_a_callback_of_a_g: IN_A_CALLBACK,
        spawner().go(|| ends_in_a_callback_of_a_callback(ptr::null_mut())).join();
    pthread_exit_in_a_g: IN_C, spawner().go(test_end_this_thread).join();
    pthread_exit_in_a_pinned_g: IN_C, callgate::go_pinned(test_end_this_thread).join();
    pthread_exit_in_run: IN_A_CALLBACK, run(test_end_this_thread);
    pthread_cancel_in_a_callback: IN_A_CALLBACK, cancelled_in(pauses);
    pthread_cancel_while_a_callback_waits: IN_A_CALLBACK, cancelled_in(waits_and_pauses);
    pthread_cancel_in_a_g: IN_C, {
        static THREAD: AtomicUsize = AtomicUsize::new(0);
        let g = callgate::go_pinned(|| {
            // SAFETY: no preconditions.
            THREAD.store(unsafe { libc::pthread_self() } as usize, SeqCst);
            test_pause();
        });
        common::wait_until(|| THREAD.load(SeqCst) != 0);
        // SAFETY: the thread runs that G, which doesn't end.
        unsafe { libc::pthread_cancel(THREAD.load(SeqCst) as libc::pthread_t) };
        g.join()
    };
}
