//! Signals of a host that profiles, faults and interrupts: on every kind of thread, at every moment.
#![cfg(unix)]

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Builder, blocking, export_callback, foreign_call, metrics, park, run, yield_now};
use common::{End, alone, borrowed, child, spawner, wait_until};
use panicking::{test_add_one, through_c};
use std::ffi::{c_int, c_long, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::{mem, ptr, thread};

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    safe fn test_look_at_signal(signal: c_int) -> c_int;
    safe fn test_signals_on_stack() -> c_int;
    safe fn test_signals_elsewhere() -> c_int;
    safe fn test_raise(signal: c_int) -> c_int;
    fn test_fault(at: *mut c_int) -> c_int;
    fn test_in_a_storm(signal: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_long;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
    fn test_threads_that_raise(
        n: c_int,
        s: c_int,
        times: c_int,
        f: Call,
        arg: *mut c_void,
    ) -> c_int;
    fn test_threads_in_storms(n: c_int, s: c_int, times: c_int, f: Call, arg: *mut c_void)
    -> c_int;
}

mod leaf {
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        #[link_name = "test_raise"]
        pub safe fn raise(signal: std::ffi::c_int) -> std::ffi::c_int;
    }
}

/// Signals that a handler has seen on the thread's signal stack, and elsewhere, while `f` ran.
fn seen(signal: c_int, f: impl FnOnce()) -> (c_int, c_int) {
    assert_eq!(test_look_at_signal(signal), 0);
    let before = (test_signals_on_stack(), test_signals_elsewhere());
    f();
    (test_signals_on_stack() - before.0, test_signals_elsewhere() - before.1)
}

/// Three signals: in C, in a leaf call, in Rust code.
fn raise_thrice(signal: c_int) {
    assert_eq!(test_raise(signal), 0);
    assert_eq!(leaf::raise(signal), 0);
    // SAFETY: the handler may run anywhere.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

#[export_callback(private)]
fn raises_here(_: *mut c_void) {
    raise_thrice(libc::SIGUSR2);
    yield_now();
    raise_thrice(libc::SIGUSR2);
}

#[test]
fn handlers_run_on_the_signal_stack_of_every_m() {
    let _test = alone();
    let seen = seen(libc::SIGUSR2, || {
        // All in C at once, so that each is on a thread of its own.
        let inside = Arc::new(AtomicU32::new(0));
        let gs: Vec<_> = (0..20)
            .map(|i| {
                let inside = inside.clone();
                let raises = move || {
                    blocking(|| {
                        inside.fetch_add(1, SeqCst);
                        wait_until(|| inside.load(SeqCst) == 20);
                        // SAFETY: as above.
                        assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
                    });
                    raise_thrice(libc::SIGUSR2);
                    through_c(|| raises_here(ptr::null_mut()));
                };
                if i % 2 == 0 { spawner().go(raises) } else { callgate::go_pinned(raises) }
            })
            .collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
        run(|| raises_here(ptr::null_mut()));
    });
    assert_eq!(seen, (20 * 10 + 6, 0));
}

#[test]
fn on_foreign_threads_in_c_in_a_callback_and_in_between() {
    let _test = alone();
    let seen = seen(libc::SIGUSR2, || {
        // SAFETY: the callback ignores its argument.
        let error =
            unsafe { test_threads_that_raise(8, libc::SIGUSR2, 50, raises_here, ptr::null_mut()) };
        assert_eq!(error, 0);
    });
    // A thread has a signal stack from its first callback to its end; C gave it none before.
    assert_eq!(seen, (8 * 50 * 8 - 8, 8));
}

#[export_callback(private)]
fn add_one(x: c_int) -> c_int {
    x + 1
}

#[export_callback(private)]
fn add_one_often(sum: *mut c_void) {
    // SAFETY: the test passes it.
    let sum = unsafe { &*sum.cast::<AtomicU32>() };
    sum.fetch_add((0..1000).map(|x| (test_add_one(x) - x) as u32).sum(), SeqCst);
}

fn profile_every(us: libc::suseconds_t) {
    unsafe extern "C" {
        fn setitimer(which: c_int, new: *const libc::itimerval, old: *mut libc::itimerval)
        -> c_int;
    }
    let interval = libc::timeval { tv_sec: 0, tv_usec: us };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: the structure is alive.
    assert_eq!(unsafe { setitimer(libc::ITIMER_PROF, &raw const timer, ptr::null_mut()) }, 0);
}

#[test]
fn a_profiler_at_a_kilohertz_during_a_million_calls_and_callbacks() {
    let _test = alone();
    let (on_stack, elsewhere) = seen(libc::SIGPROF, || {
        profile_every(1000);
        let gs: Vec<_> = (0..4)
            .map(|_| {
                spawner().go(|| {
                    // Each a call with a callback in it.
                    (0..125_000)
                        .for_each(|x| assert_eq!(panicking::test_call_int(add_one, x), x + 2));
                    (0..125_000).for_each(|x| assert_eq!(test_add_one(x), x + 1));
                })
            })
            .collect();
        let sum = AtomicU32::new(0);
        // SAFETY: the variable outlives the threads.
        let error =
            unsafe { test_threads(4, 125, add_one_often, (&raw const sum).cast_mut().cast()) };
        assert_eq!((error, sum.load(SeqCst)), (0, 500_000));
        gs.into_iter().for_each(|g| g.join().unwrap());
        // A machine on which that was a matter of no time at all has not tested much.
        while test_signals_on_stack() + test_signals_elsewhere() < 20 {
            run(|| through_c(|| assert_eq!(test_add_one(1), 2)));
        }
        profile_every(0);
    });
    assert!(on_stack + elsewhere >= 20);
}

static COUNTED: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn counts(_: *mut c_void) {
    COUNTED.fetch_add(1, SeqCst);
}

#[export_callback(private)]
fn counts_and_waits(_: *mut c_void) {
    yield_now();
    let me = callgate::current();
    spawner().go(move || me.unpark());
    park();
    COUNTED.fetch_add(1, SeqCst);
}

#[test]
fn a_storm_while_threads_borrow_and_give_back() {
    let _test = alone();
    run(|| ()); // this thread keeps an M too
    let before = (metrics(), COUNTED.load(SeqCst));
    let (on_stack, elsewhere) = seen(libc::SIGUSR2, || {
        for f in [counts, counts_and_waits] {
            // SAFETY: the callbacks ignore their argument.
            let error =
                unsafe { test_threads_in_storms(100, libc::SIGUSR2, 3, f, ptr::null_mut()) };
            assert_eq!(error, 0);
        }
    });
    assert!(on_stack + elsewhere > 0);
    let after = metrics();
    assert_eq!(COUNTED.load(SeqCst) - before.1, 600);
    assert_eq!(after.needm - before.0.needm, 200);
    assert!(borrowed(&after) <= borrowed(&before.0), "{before:?}, then {after:?}");
    assert_eq!(after.gs, before.0.gs);
}

#[test]
fn a_storm_on_calls_of_gs() {
    let _test = alone();
    let before = COUNTED.load(SeqCst);
    let (_, elsewhere) = seen(libc::SIGUSR2, || {
        let gs: Vec<_> = (0..4)
            .map(|_| {
                spawner().go(|| {
                    let (f, nothing) = (counts_and_waits, ptr::null_mut());
                    // SAFETY: the callback ignores its argument.
                    assert!(unsafe { test_in_a_storm(libc::SIGUSR2, 300, f, nothing) } >= 0);
                })
            })
            .collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
    });
    assert_eq!((COUNTED.load(SeqCst) - before, elsewhere), (1200, 0));
}

extern "C" fn calls_back(_: c_int) {
    SIGNALLED.fetch_add(1, SeqCst);
    counts(ptr::null_mut());
}

static SIGNALLED: AtomicU32 = AtomicU32::new(0);

/// Such a handler is forbidden where it could interrupt the scheduler. There is work for nobody here.
#[test]
fn a_handler_that_calls_back_falls_on_needm() {
    let end = child("a_handler_that_calls_back_falls_on_needm", || {
        Builder::new().procs(16).install().unwrap();
        // SAFETY: the handler's callback only counts.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = calls_back as *const () as usize;
            action.sa_flags = libc::SA_ONSTACK;
            assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()), 0);
            let error = test_threads_in_storms(1500, libc::SIGUSR1, 1, counts, ptr::null_mut());
            assert_eq!(error, 0);
        }
        assert!(SIGNALLED.load(SeqCst) > 0);
        assert_eq!(COUNTED.load(SeqCst), 1500 + SIGNALLED.load(SeqCst));
        // Each thread has had one M at a time, whichever of the two asked for it.
        assert_eq!(metrics().needm, metrics().dropm);
    });
    end.succeeded();
}

fn fault() {
    // SAFETY: none: the fault is what the tests are about. The process doesn't outlive it.
    unsafe { test_fault(ptr::without_provenance_mut(64)) };
}

#[export_callback(private)]
fn faults(_: *mut c_void) {
    fault();
}

/// A child that faults while other Gs and threads run, wait and hold locks.
fn faulty(test: &str, fault: impl FnOnce()) -> End {
    child(test, || {
        let lock = Arc::new(std::sync::Mutex::new(()));
        let _held = lock.lock().unwrap();
        for i in 0..8 {
            let lock = lock.clone();
            match i % 4 {
                0 => drop(spawner().go(|| {
                    loop {
                        callgate::sleep(std::time::Duration::from_millis(1))
                    }
                })),
                1 => drop(spawner().go(park)),
                2 => drop(spawner().go(move || blocking(|| drop(lock.lock())))),
                _ => drop(thread::spawn(|| {
                    // SAFETY: the callback ignores its argument.
                    unsafe { test_threads(1, c_int::MAX, counts, ptr::null_mut()) }
                })),
            }
        }
        wait_until(|| COUNTED.load(SeqCst) > 100);
        fault();
    })
}

macro_rules! ends_by_sigsegv {
    ($($test:ident: $words:expr, $body:expr;)*) => { $(
        #[test]
        fn $test() {
            let end = faulty(stringify!($test), || {
                let _ = $body;
            });
            assert_eq!(end.signal, Some(libc::SIGSEGV), "{end:#?}");
            for word in ["callgate: SIGSEGV at address 0x40, in ", $words] {
                assert!(end.text.contains(word), "no {word:?} in {end:#?}");
            }
            // A trace, where the signal stack is the runtime's.
            let traced = end.text.contains("  0: ") && end.text.contains("cgo_signals-");
            assert!(traced || stringify!($test).ends_with("_run"), "{end:#?}");
        }
    )* };
}

const IN_C: &str = "in C that G ";
const IN_RUST: &str = "in Rust code of G ";

extern "C" fn faults_in_rust(_: *mut c_void) {
    // SAFETY: as in `fault`.
    unsafe { ptr::without_provenance::<u8>(64).read_volatile() };
}

ends_by_sigsegv! {
    a_fault_in_rust_of_a_g: IN_RUST, spawner().go(|| faults_in_rust(ptr::null_mut())).join();
    a_fault_in_rust_of_a_callback: IN_RUST,
        spawner().go(|| through_c(|| faults_in_rust(ptr::null_mut()))).join();
    a_fault_in_c_of_a_g: IN_C, spawner().go(fault).join();
    a_fault_in_c_of_a_pinned_g: IN_C, callgate::go_pinned(fault).join();
    a_fault_in_c_of_run: IN_C, run(fault);
    a_fault_in_c_of_a_callback: IN_C, spawner().go(|| through_c(fault)).join();
    a_fault_in_c_of_a_foreign_thread: IN_C,
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, faults, ptr::null_mut()) };
}
