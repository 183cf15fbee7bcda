//! Misuse that no compiler can see ends the process, with a message that names it.

mod common;

use callgate::{export_callback, foreign_call, run, yield_now};
use callgate_test_c as _;
use common::{child, spawner};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

mod leaf {
    use std::ffi::{c_int, c_void};
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        pub safe fn test_call_int(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
        pub fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    }
}

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    safe fn test_end_this_thread();
}

#[export_callback(private)]
fn out_of_a_leaf(x: c_int) -> c_int {
    x
}

#[test]
fn a_callback_out_of_a_leaf_call() {
    let end = child("a_callback_out_of_a_leaf_call", || {
        run(|| leaf::test_call_int(out_of_a_leaf, 1));
    });
    end.aborted_with(&[
        "callgate: fatal",
        "`out_of_a_leaf`",
        "`test_call_int`",
        "leaf",
        "misuse.rs:",
    ]);
}

#[test]
fn a_callback_out_of_a_leaf_call_in_a_callback() {
    #[export_callback(private)]
    fn calls_a_leaf(_: *mut c_void) {
        leaf::test_call_int(out_of_a_leaf, 1);
    }
    let end = child("a_callback_out_of_a_leaf_call_in_a_callback", || {
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, calls_a_leaf, std::ptr::null_mut()) };
    });
    end.aborted_with(&["`out_of_a_leaf`", "`test_call_int`"]);
}

#[test]
fn run_inside_a_leaf_call() {
    extern "C" fn runs(_: *mut c_void) {
        run(yield_now);
    }
    let end = child("run_inside_a_leaf_call", || {
        // SAFETY: the function ignores its argument.
        run(|| unsafe { leaf::test_call(runs, std::ptr::null_mut()) });
    });
    end.aborted_with(&["`callgate::run`", "`test_call`", "leaf"]);
}

#[test]
fn a_leaf_call_on_a_plain_thread_is_a_plain_call() {
    assert_eq!(leaf::test_call_int(out_of_a_leaf, 1), 2);
}

#[export_callback(private)]
fn ends_its_thread(_: *mut c_void) {
    test_end_this_thread();
}

/// MinGW's pthreads end a thread without unwinding it: nobody is told.
#[cfg(unix)]
#[test]
fn a_thread_that_ends_inside_a_callback() {
    let end = child("a_thread_that_ends_inside_a_callback", || {
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, ends_its_thread, std::ptr::null_mut()) };
    });
    assert!(!end.text.is_empty(), "{end:#?}");
    end.aborted_with(&["callgate: fatal", "a thread ended inside a callback", "pthread_exit"]);
}

#[test]
fn a_thread_of_the_runtime_that_c_ends() {
    let end = child("a_thread_of_the_runtime_that_c_ends", || {
        let _ = spawner().go(test_end_this_thread).join();
    });
    let g = format!("(spawned at {}:", file!());
    end.aborted_with(&["callgate: fatal: a thread ended in C", &g, "pthread_exit"]);
}

#[test]
fn a_g_may_exit_the_process() {
    let end = child("a_g_may_exit_the_process", || {
        let _others = (0..10).map(|_| spawner().go(callgate::park)).collect::<Vec<_>>();
        let _ = spawner().go(|| std::process::exit(7)).join();
    });
    assert_eq!(end.code, Some(7), "{end:#?}");
}

#[test]
fn the_value_of_return_panics() {
    #[export_callback(private, panic = return(panic!("no value either")))]
    fn no_value(_: *mut c_void) {
        panic!("at first");
    }
    let end = child("the_value_of_return_panics", || {
        // SAFETY: the callback ignores its argument.
        run(|| unsafe { test_call(no_value, std::ptr::null_mut()) });
    });
    end.aborted_with(&["`no_value`", "panic = return"]);
}

#[test]
fn a_g_local_that_panics_when_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    callgate::g_local! {
        static BOMB: Bomb = Bomb;
    }
    let end = child("a_g_local_that_panics_when_dropped", || {
        let _ = spawner().go(|| BOMB.with(|_| ())).join();
        loop {
            std::thread::park();
        }
    });
    end.aborted_with(&["the destructor of a `g_local!` value panicked", "boom"]);
}

/// Calls back once out of the scheduler, when it is armed.
struct Allocator;

static ARMED: AtomicBool = AtomicBool::new(false);

#[export_callback(private)]
fn out_of_the_scheduler() {}

// SAFETY: the memory is the system's.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let g = callgate_arch::g();
        // SAFETY: the calling thread's `g` is null or alive; a `g0` is its own `g0`.
        let in_scheduler = !g.is_null() && unsafe { (*g).g0 == g };
        if in_scheduler && ARMED.swap(false, SeqCst) {
            out_of_the_scheduler();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

#[test]
fn a_callback_out_of_the_scheduler() {
    let end = child("a_callback_out_of_the_scheduler", || {
        ARMED.store(true, SeqCst);
        // More sleepers than the list of timers has room for at first.
        let gs: Vec<_> =
            (0..100).map(|_| spawner().go(|| callgate::sleep(Duration::from_millis(1)))).collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
    });
    end.aborted_with(&["callgate: fatal", "`out_of_the_scheduler`", "called out of the scheduler"]);
}
