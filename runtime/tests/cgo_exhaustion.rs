//! When something runs out: each ends in an error, a message, or a wait that resolves.
#![cfg(unix)]

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{Builder, Error, blocking, export_callback, foreign_call, go_pinned, metrics, run};
use common::{child, spawner, wait_until};
use panicking::{IntFn, test_add_one, test_call_int, through_c};
use std::ffi::{c_int, c_uint, c_void};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    #[foreign_call(io)]
    fn read(fd: c_int, to: *mut c_void, n: usize) -> isize;
}

/// Calls C, which calls this, and so on: each level takes some of both stacks.
#[export_callback(private)]
fn nests(n: c_int) -> c_int {
    test_call_int(nests as IntFn, n + 1)
}

#[export_callback(private)]
fn nests_here(_: *mut c_void) {
    nests(0);
}

#[test]
fn nesting_that_uses_up_cs_stack_is_named() {
    let end = child("nesting_that_uses_up_cs_stack_is_named", || {
        Builder::new().stack_size(512 << 20).install().unwrap();
        let _ = spawner().go(|| nests(0)).join();
    });
    end.aborted_with(&[
        "callgate: fatal: stack overflow in C",
        "8388608 bytes",
        "calls and callbacks nested too deep",
        "Builder::thread_stack_size",
    ]);
}

#[test]
fn nesting_that_uses_up_a_small_stack_of_c_is_named() {
    let end = child("nesting_that_uses_up_a_small_stack_of_c_is_named", || {
        Builder::new().stack_size(64 << 20).thread_stack_size(64 << 10).install().unwrap();
        let _ = go_pinned(|| nests(0)).join();
    });
    end.aborted_with(&["callgate: fatal: stack overflow in C", "65536 bytes"]);
}

#[test]
fn nesting_on_a_foreign_thread_is_named() {
    let end = child("nesting_on_a_foreign_thread_is_named", || {
        Builder::new().stack_size(512 << 20).install().unwrap();
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 2, nests_here, ptr::null_mut()) };
    });
    end.aborted_with(&["callgate: fatal: stack overflow in C", "nested too deep"]);
}

#[test]
fn nesting_in_run_is_named() {
    let end = child("nesting_in_run_is_named", || {
        Builder::new().stack_size(512 << 20).install().unwrap();
        run(|| nests(0));
    });
    end.aborted_with(&["callgate: fatal: stack overflow in C", "nested too deep"]);
}

#[test]
fn nesting_that_uses_up_the_gs_stack_is_named() {
    let end = child("nesting_that_uses_up_the_gs_stack_is_named", || {
        Builder::new().stack_size(64 << 10).install().unwrap();
        let _ = spawner().go(|| nests(0)).join();
    });
    end.aborted_with(&[
        "callgate: fatal: stack overflow in G ",
        "runtime/tests/cgo_exhaustion.rs:",
        "65536 bytes",
        "Builder::stack_size",
    ]);
}

/// No thread may be made in this process from here on.
fn no_more_threads() {
    // SAFETY: the limit is plain memory. Root is not limited, so the process becomes nobody.
    unsafe {
        if libc::getuid() == 0 {
            assert_eq!(libc::setgid(65534), 0);
            assert_eq!(libc::setuid(65534), 0);
        }
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const none), 0);
    }
    assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "this limits nothing");
}

#[test]
fn no_thread_to_start_with_is_an_error() {
    let end = child("no_thread_to_start_with_is_an_error", || {
        no_more_threads();
        let error = Builder::new().install().unwrap_err();
        assert!(matches!(error, Error::Thread(_)), "{error:?}");
        assert_eq!(metrics(), callgate::Metrics::default());
    });
    end.succeeded();
}

#[test]
fn no_thread_for_a_pinned_g_is_an_error() {
    let end = child("no_thread_for_a_pinned_g_is_an_error", || {
        run(|| ());
        no_more_threads();
        let captured = Arc::new(());
        let theirs = captured.clone();
        let error = callgate::try_go_pinned(move || drop(theirs)).unwrap_err();
        assert!(matches!(error, Error::Thread(_)), "{error:?}");
        assert_eq!(Arc::strong_count(&captured), 1, "the closure is dropped");
        // Calls, callbacks and their panics need none.
        run(|| through_c(|| assert_eq!(test_add_one(1), 2)));
    });
    end.succeeded();
}

#[test]
fn gs_share_the_threads_there_are() {
    let end = child("gs_share_the_threads_there_are", || {
        Builder::new().procs(4).install().unwrap();
        // Two threads, both in use at once.
        let inside = Arc::new(AtomicU32::new(0));
        let meet = |inside: Arc<AtomicU32>| {
            move || {
                inside.fetch_add(1, SeqCst);
                blocking(|| wait_until(|| inside.load(SeqCst) >= 2));
            }
        };
        let two = [spawner().go(meet(inside.clone())), spawner().go(meet(inside))];
        two.into_iter().for_each(|g| g.join().unwrap());
        no_more_threads();
        let gs: Vec<_> = (0..200).map(|i| spawner().go(move || (usleep(100), i).1)).collect();
        assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 19_900);
    });
    end.succeeded();
}

#[test]
fn no_thread_at_all_for_ready_gs_is_named() {
    let end = child("no_thread_at_all_for_ready_gs_is_named", || {
        Builder::new().install().unwrap();
        no_more_threads();
        let _ = spawner().go(|| ()).join();
    });
    end.aborted_with(&["callgate: fatal", "Gs are ready and no OS thread can be started for them"]);
}

#[test]
fn all_threads_block_and_the_others_wait_for_one() {
    let end = child("all_threads_block_and_the_others_wait_for_one", || {
        Builder::new().procs(2).max_threads(4).install().unwrap();
        let (from, mut to) = std::io::pipe().unwrap();
        let fd = from.as_raw_fd();
        let (reading, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let read_one = || {
            let (reading, done) = (reading.clone(), done.clone());
            spawner().go(move || {
                let mut byte = 0_u8;
                reading.fetch_add(1, SeqCst);
                // SAFETY: there is room for one byte.
                assert_eq!(unsafe { read(fd, (&raw mut byte).cast(), 1) }.unwrap(), 1);
                done.fetch_add(1, SeqCst);
            })
        };
        let gs: Vec<_> = (0..20).map(|_| read_one()).collect();
        wait_until(|| reading.load(SeqCst) >= 4);
        // All four are in C for as long as we like. A thread that is here already still gets a P.
        run(|| through_c(|| assert_eq!(test_add_one(1), 2)));
        assert_eq!((reading.load(SeqCst), done.load(SeqCst)), (4, 0));
        to.write_all(&[7; 20]).unwrap();
        gs.into_iter().for_each(|g| g.join().unwrap());
        assert_eq!(done.load(SeqCst), 20);
    });
    end.succeeded();
}

/// How many Gs want to be in C at once: more than there can be threads. A build that isn't optimised
/// would need some minutes for the million.
const MANY: u32 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

/// Kilobytes of memory that this process has had at most.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// All threads there may be are in C, and block. The other Gs queue behind them, and go on when there is
/// something to read.
#[test]
fn a_million_gs_are_in_c_at_once() {
    let end = child("a_million_gs_are_in_c_at_once", || {
        const THREADS: u32 = 64;
        Builder::new().max_threads(THREADS as usize).stack_size(16 << 10).install().unwrap();
        let (from, mut to) = std::io::pipe().unwrap();
        let fd = from.as_raw_fd();
        let (inside, back) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let before = peak();
        for _ in 0..MANY {
            let (inside, back) = (inside.clone(), back.clone());
            drop(spawner().go(move || {
                inside.fetch_add(1, SeqCst);
                let mut byte = 0_u8;
                // SAFETY: there is room for one byte.
                assert_eq!(unsafe { read(fd, (&raw mut byte).cast(), 1) }.unwrap(), 1);
                through_c(|| assert_eq!(test_add_one(1), 2));
                back.fetch_add(1, SeqCst);
            }));
        }
        wait_until(|| inside.load(SeqCst) == THREADS);
        assert_eq!((metrics().gs, back.load(SeqCst)), (u64::from(MANY), 0));
        to.write_all(&vec![7; MANY as usize]).unwrap();
        wait_until(|| back.load(SeqCst) == MANY);
        wait_until(|| metrics().gs == 0);
        assert!(metrics().ms <= u64::from(THREADS) + 2, "{:?}", metrics());
        // None has a stack of its own but those that have begun.
        let each = 1024 * (peak() - before) / u64::from(MANY);
        assert!(each <= 1024, "{each} bytes for each");
    });
    end.succeeded();
}

#[test]
fn memory_that_runs_out_while_gs_are_made_in_callbacks() {
    let end = child("memory_that_runs_out_while_gs_are_made_in_callbacks", || {
        Builder::new().stack_size(8 << 20).thread_stack_size(1 << 20).install().unwrap();
        run(|| through_c(|| spawner().go(|| ()).join().unwrap()));
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
        let limit = libc::rlimit { rlim_cur: (pages << 12) + (256 << 20), rlim_max: u64::MAX };
        // SAFETY: the limit is plain memory.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
        run(|| {
            through_c(|| {
                let mut made = Vec::new();
                let error = loop {
                    match spawner().try_go(callgate::park) {
                        Ok(g) => made.push(g),
                        Err(error) => break error,
                    }
                };
                assert!(matches!(error, Error::Stack { size: 0x80_0000, .. }), "{error:?}");
                assert!(made.len() >= 8, "{}", made.len());
                through_c(|| assert_eq!(test_add_one(1), 2));
            });
        });
    });
    end.succeeded();
}
