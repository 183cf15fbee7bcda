//! Signals of the host: handlers, masks and signal stacks are as they would be without callgate.
#![cfg(unix)]

mod common;

use callgate::{current, export_callback, foreign_call, park, run, yield_now};
use callgate_test_c as _;
use common::{alone, begin, spawner};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::{mem, ptr, thread};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

static TICKS: AtomicU32 = AtomicU32::new(0);

extern "C" fn on_tick(_: c_int) {
    // As a profiler would: uses some stack of wherever it is.
    let stack = std::hint::black_box([1_u8; 2048]);
    TICKS.fetch_add(u32::from(stack[7]), SeqCst);
}

/// Sends the process a signal every 200 µs of processor time, or none.
fn profile(every: libc::suseconds_t) {
    // SAFETY: the handler only counts; the structures are alive.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = on_tick as *const () as usize;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        assert_eq!(libc::sigaction(libc::SIGPROF, &raw const action, ptr::null_mut()), 0);
        let interval = libc::timeval { tv_sec: 0, tv_usec: every };
        let timer = libc::itimerval { it_interval: interval, it_value: interval };
        assert_eq!(setitimer(libc::ITIMER_PROF, &raw const timer, ptr::null_mut()), 0);
    }
}

unsafe extern "C" {
    fn setitimer(which: c_int, new: *const libc::itimerval, old: *mut libc::itimerval) -> c_int;
}

#[export_callback(private)]
fn works(_: *mut c_void) {
    let me = current();
    spawner().go(move || me.unpark());
    park();
    yield_now();
}

#[test]
fn a_profiler_interrupts_everything() {
    let _test = alone();
    profile(200);
    let mut rounds = 0;
    while TICKS.load(SeqCst) < 300 {
        rounds += 1;
        let gs: Vec<_> = (0..20)
            .map(|_| {
                spawner().go(|| {
                    for _ in 0..20 {
                        usleep(10);
                        // SAFETY: the callback ignores its argument.
                        unsafe { test_call(works, ptr::null_mut()) };
                    }
                })
            })
            .collect();
        // SAFETY: as above.
        assert_eq!(unsafe { test_threads(4, 20, works, ptr::null_mut()) }, 0);
        gs.into_iter().for_each(|g| g.join().unwrap());
    }
    profile(0);
    assert!(rounds > 0);
}

static SIGNALLED: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn counts(_: *mut c_void) {
    SIGNALLED.fetch_add(1, SeqCst);
}

extern "C" fn handler_that_calls_back(_: c_int) {
    counts(ptr::null_mut());
}

#[test]
fn a_handler_may_call_back_on_a_plain_thread() {
    let _test = alone();
    // SAFETY: the thread is in a system call of its own making when the handler runs.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler_that_calls_back as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()), 0);
        thread::spawn(|| (0..100).for_each(|_| assert_eq!(libc::raise(libc::SIGUSR1), 0)))
            .join()
            .unwrap();
    }
    assert_eq!(SIGNALLED.load(SeqCst), 100);
}

/// The signals that the calling thread blocks.
fn mask() -> Vec<bool> {
    // SAFETY: a set is plain memory, which the call fills.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set);
        (1..32).map(|signal| libc::sigismember(&raw const set, signal) == 1).collect()
    }
}

#[test]
fn the_mask_of_a_thread_is_the_same_in_a_callback_and_after() {
    let _test = begin();
    thread::spawn(|| {
        // SAFETY: the set is plain memory; the thread is this test's.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR2);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut());
        }
        let before = mask();
        assert!(before[libc::SIGUSR2 as usize - 1]);
        let inside = Mutex::new(Vec::new());
        for _ in 0..2 {
            run(|| *inside.lock().unwrap() = mask());
            assert_eq!(*inside.lock().unwrap(), before);
            assert_eq!(mask(), before);
        }
    })
    .join()
    .unwrap();
}

/// Where the calling thread's signal stack is, and whether it has one.
fn signal_stack() -> (usize, bool) {
    // SAFETY: the call fills the structure.
    unsafe {
        let mut now: libc::stack_t = mem::zeroed();
        assert_eq!(libc::sigaltstack(ptr::null(), &raw mut now), 0);
        (now.ss_sp.addr(), now.ss_flags & libc::SS_DISABLE == 0)
    }
}

extern "C" fn with_a_stack_of_its_own(_: *mut c_void) {
    let mut room = vec![0_u8; 64 << 10];
    let stack = libc::stack_t { ss_sp: room.as_mut_ptr().cast(), ss_flags: 0, ss_size: room.len() };
    // SAFETY: the room outlives its use, which ends below.
    unsafe { assert_eq!(libc::sigaltstack(&raw const stack, ptr::null_mut()), 0) };
    let its = (room.as_ptr().addr(), true);
    for _ in 0..3 {
        works(ptr::null_mut());
        assert_eq!(signal_stack(), its, "the host's is kept");
        run(|| assert_eq!(signal_stack(), its));
    }
    let off = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
    // SAFETY: nothing runs on it.
    unsafe { assert_eq!(libc::sigaltstack(&raw const off, ptr::null_mut()), 0) };
}

extern "C" fn without_a_stack(_: *mut c_void) {
    assert!(!signal_stack().1, "a thread of C's has none");
    run(|| assert!(signal_stack().1, "in a callback there is one, for the report of an overflow"));
}

#[test]
fn a_signal_stack_of_the_hosts_is_kept() {
    let _test = begin();
    // SAFETY: the functions ignore their argument.
    unsafe {
        assert_eq!(test_threads(4, 2, with_a_stack_of_its_own, ptr::null_mut()), 0);
        assert_eq!(test_threads(4, 1, without_a_stack, ptr::null_mut()), 0);
    }
}
