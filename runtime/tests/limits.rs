//! What `Builder` takes, what it limits, and what happens when the system has no more to give.
//! Each in a process of its own, because a process has one runtime.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;

use callgate::{Builder, Error, blocking, foreign_call, go_pinned, metrics, park, run, yield_now};
use callgate_test_c as _;
use common::{Deadline, child, spawner, wait_until};
use std::ffi::{c_int, c_uint};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
}

/// Threads that this process has now.
#[cfg(windows)]
fn threads() -> usize {
    use windows_sys::Win32::System::Diagnostics::ToolHelp::*;
    let mut entry =
        THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..Default::default() };
    let mut n = 0;
    // SAFETY: the entry says how large it is; the handle is closed.
    unsafe {
        let all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
        let mut more = Thread32First(all, &mut entry) != 0;
        while more {
            n += usize::from(entry.th32OwnerProcessID == std::process::id());
            more = Thread32Next(all, &mut entry) != 0;
        }
        windows_sys::Win32::Foundation::CloseHandle(all);
    }
    n
}

/// Threads that this process has now.
#[cfg(unix)]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn values_out_of_range_are_refused_with_the_range() {
    let _deadline = Deadline::new();
    let new = Builder::new;
    for (builder, what, range) in [
        (new().procs(0), "procs must be", "from 1 to 4096, not 0"),
        (new().procs(usize::MAX), "procs must be", &format!("from 1 to 4096, not {}", usize::MAX)),
        (new().stack_size(0), "stack_size", "from 16384 to 1073741824, not 0"),
        (new().stack_size(16383), "stack_size", "from 16384 to 1073741824, not 16383"),
        (new().stack_size(usize::MAX), "stack_size", "from 16384 to 1073741824"),
        (new().thread_stack_size(1), "thread_stack_size", "from 16384 to 1073741824, not 1"),
        (new().max_threads(0), "max_threads must be", "from 1 to 1000000, not 0"),
        (new().max_threads(1_000_001), "max_threads must be", "not 1000001"),
        (new().slice(Duration::ZERO), "slice", "from 100 to 10000000, not 0"),
        (new().slice(Duration::MAX), "slice", "from 100 to 10000000"),
        (new().idle_timeout(Duration::ZERO), "idle_timeout", "from 1 to 86400000, not 0"),
        (new().idle_timeout(Duration::MAX), "idle_timeout", "from 1 to 86400000"),
    ] {
        let error = builder.install().unwrap_err();
        assert!(matches!(error, Error::OutOfRange { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(range), "{text}");
    }
}

#[test]
fn a_refused_builder_leaves_the_runtime_to_be_installed() {
    let end = child("a_refused_builder_leaves_the_runtime_to_be_installed", || {
        assert!(Builder::new().procs(0).install().is_err());
        Builder::new().procs(3).install().unwrap();
        assert_eq!(metrics().procs, 3);
    });
    end.succeeded();
}

#[test]
fn a_second_install_is_refused() {
    let end = child("a_second_install_is_refused", || {
        Builder::new().procs(1).install().unwrap();
        for _ in 0..2 {
            let error = Builder::new().procs(2).install().unwrap_err();
            assert!(matches!(error, Error::AlreadyRunning));
            assert!(error.to_string().contains("is running already"), "{error}");
        }
        assert_eq!(metrics().procs, 1);
        assert_eq!(run(|| 1), 1);
    });
    end.succeeded();
}

#[test]
fn the_first_use_installs_the_defaults() {
    let end = child("the_first_use_installs_the_defaults", || {
        run(|| ());
        assert!(matches!(Builder::new().install(), Err(Error::AlreadyRunning)));
        assert!(metrics().procs >= 1);
    });
    end.succeeded();
}

#[test]
fn the_smallest_values_work() {
    let end = child("the_smallest_values_work", || {
        Builder::new()
            .procs(1)
            .stack_size(16 << 10)
            .max_threads(1)
            .slice(Duration::from_micros(100))
            .idle_timeout(Duration::from_millis(1))
            .install()
            .unwrap();
        let gs: Vec<_> = (0..50)
            .map(|i| {
                spawner().go(move || {
                    (0..20).for_each(|_| yield_now());
                    usleep(10);
                    blocking(|| ());
                    i
                })
            })
            .collect();
        assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 1225);
    });
    end.succeeded();
}

#[test]
fn the_largest_values_work() {
    let end = child("the_largest_values_work", || {
        Builder::new()
            .procs(4096)
            .stack_size(1 << 30)
            .thread_stack_size(1 << 30)
            .max_threads(1_000_000)
            .slice(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(86_400))
            .install()
            .unwrap();
        let gs: Vec<_> = (0..200).map(|i| spawner().go(move || i + usleep(10))).collect();
        assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<c_int>(), 19_900);
        assert_eq!(metrics().procs, 4096);
    });
    end.succeeded();
}

#[test]
fn max_threads_bounds_what_calls_that_block_take() {
    let end = child("max_threads_bounds_what_calls_that_block_take", || {
        let before = threads();
        Builder::new().procs(2).max_threads(8).install().unwrap();
        let most = Arc::new(AtomicUsize::new(0));
        let gs: Vec<_> = (0..100)
            .map(|_| {
                let most = most.clone();
                spawner().go(move || {
                    for _ in 0..5 {
                        usleep(500);
                        most.fetch_max(threads(), SeqCst);
                        blocking(|| std::thread::sleep(Duration::from_micros(200)));
                    }
                })
            })
            .collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
        let most = most.load(SeqCst);
        // Ours, and the monitor's.
        assert!(most <= before + 8 + 1, "{most} threads, {before} before");
        assert!(most >= before + 4, "only {most} threads: this has tested nothing");
    });
    end.succeeded();
}

#[test]
fn pinned_gs_past_max_threads_wait_and_then_run() {
    let end = child("pinned_gs_past_max_threads_wait_and_then_run", || {
        let before = threads();
        Builder::new().procs(2).max_threads(4).install().unwrap();
        let most = Arc::new(AtomicUsize::new(0));
        let gs: Vec<_> = (0..40)
            .map(|i| {
                let most = most.clone();
                go_pinned(move || {
                    most.fetch_max(threads(), SeqCst);
                    yield_now();
                    blocking(|| std::thread::sleep(Duration::from_micros(300)));
                    i
                })
            })
            .collect();
        assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 780);
        // A thread that has reported its end may still be there for a moment.
        let most = most.load(SeqCst);
        assert!(most <= before + 2 * 4 + 1, "{most} threads, {before} before");
        assert_eq!(spawner().go(|| 1).join().unwrap(), 1);
    });
    end.succeeded();
}

#[test]
fn foreign_threads_are_not_counted() {
    let end = child("foreign_threads_are_not_counted", || {
        Builder::new().procs(1).max_threads(1).install().unwrap();
        let inside = AtomicU32::new(0);
        std::thread::scope(|s| {
            for _ in 0..20 {
                s.spawn(|| {
                    run(|| {
                        inside.fetch_add(1, SeqCst);
                        common::yield_until(|| inside.load(SeqCst) == 20);
                        assert_eq!(spawner().go(|| 2).join().unwrap(), 2);
                    });
                });
            }
        });
    });
    end.succeeded();
}

#[test]
fn idle_threads_are_given_back() {
    let end = child("idle_threads_are_given_back", || {
        Builder::new().procs(2).idle_timeout(Duration::from_millis(20)).install().unwrap();
        let inside = Arc::new(AtomicU32::new(0));
        let seen = Arc::new(AtomicBool::new(false));
        let gs: Vec<_> = (0..50)
            .map(|_| {
                let (inside, seen) = (inside.clone(), seen.clone());
                spawner().go(move || {
                    blocking(|| {
                        inside.fetch_add(1, SeqCst);
                        wait_until(|| seen.load(SeqCst));
                    });
                })
            })
            .collect();
        wait_until(|| inside.load(SeqCst) == 50);
        assert!(metrics().ms >= 50, "each is on a thread of its own");
        seen.store(true, SeqCst);
        gs.into_iter().for_each(|g| g.join().unwrap());
        wait_until(|| metrics().ms <= 3);
        assert_eq!(spawner().go(|| 3).join().unwrap(), 3);
    });
    end.succeeded();
}

/// Leaves this process `bytes` of address space beyond what it has.
#[cfg(unix)]
fn limit_memory(bytes: libc::rlim_t) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: libc::rlim_t = statm.split(' ').next().unwrap().parse().unwrap();
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is alive; what fails for want of memory from here on is the test's subject.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_AS, &raw mut limit), 0);
        limit.rlim_cur = pages * 4096 + bytes;
        assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &raw const limit), 0);
    }
}

#[cfg(unix)]
#[test]
fn no_memory_for_a_stack_is_an_error() {
    let end = child("no_memory_for_a_stack_is_an_error", || {
        Builder::new().procs(1).stack_size(64 << 20).thread_stack_size(1 << 20).install().unwrap();
        let (send, receive) = channel();
        let in_a_g = spawner().go(move || {
            send.send(callgate::current()).unwrap();
            park();
            spawner().try_go(|| ()).map(drop)
        });
        let g = receive.recv().unwrap();
        limit_memory(512 << 20);
        let start = Instant::now();
        let mut made = Vec::new();
        let error = loop {
            match spawner().try_go(park) {
                Ok(g) => made.push(g),
                Err(error) => break error,
            }
        };
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(matches!(error, Error::Stack { size: 0x400_0000, .. }), "{error:?}");
        assert!(error.to_string().contains("no memory for a stack of 67108864 bytes"), "{error}");
        assert!(!made.is_empty());
        let captured = Arc::new(());
        let theirs = captured.clone();
        assert!(spawner().try_go(move || drop(theirs)).is_err());
        assert_eq!(Arc::strong_count(&captured), 1, "the closure is dropped");
        // The same in a G, for a pinned one, and for one that must not fail.
        g.unpark();
        assert!(matches!(in_a_g.join().unwrap(), Err(Error::Stack { .. })));
        assert!(matches!(callgate::try_go_pinned(|| ()), Err(Error::Stack { .. })));
        let panic = std::panic::catch_unwind(|| spawner().go(|| ())).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains("no memory for a stack"), "{text}");
    });
    end.succeeded();
}

#[cfg(unix)]
#[test]
fn no_thread_for_a_pinned_g_is_an_error() {
    let end = child("no_thread_for_a_pinned_g_is_an_error", || {
        Builder::new().procs(1).thread_stack_size(1 << 30).install().unwrap();
        let dropped = Arc::new(());
        let theirs = dropped.clone();
        limit_memory(600 << 20);
        let error = callgate::try_go_pinned(move || drop(theirs)).unwrap_err();
        assert!(matches!(error, Error::Thread(_)), "{error:?}");
        assert!(error.to_string().contains("can't start an OS thread"), "{error}");
        assert_eq!(Arc::strong_count(&dropped), 1, "the closure is dropped");
        assert_eq!(metrics().gs, 0);
    });
    end.succeeded();
}

#[cfg(unix)]
#[test]
fn no_thread_for_ready_gs_is_a_named_end_and_no_hang() {
    let end = child("no_thread_for_ready_gs_is_a_named_end_and_no_hang", || {
        Builder::new().procs(2).thread_stack_size(1 << 30).install().unwrap();
        limit_memory(600 << 20);
        let _ = spawner().go(|| 1).join();
    });
    end.aborted_with(&["callgate: fatal", "Gs are ready and no OS thread can be started"]);
}

#[cfg(unix)]
#[test]
fn no_memory_to_start_with_is_an_error() {
    let end = child("no_memory_to_start_with_is_an_error", || {
        limit_memory(64 << 20);
        let error = Builder::new().stack_size(1 << 30).install().unwrap_err();
        assert!(matches!(error, Error::Stack { size: 0x4000_0000, .. }), "{error:?}");
        // It is not running, so another may be tried.
        limit_memory(1 << 30);
        Builder::new().stack_size(64 << 10).install().unwrap();
    });
    end.succeeded();
}

#[cfg(unix)]
#[test]
fn gs_go_on_when_no_more_threads_are_to_be_had() {
    let end = child("gs_go_on_when_no_more_threads_are_to_be_had", || {
        Builder::new().procs(2).thread_stack_size(256 << 20).install().unwrap();
        // Room for one or two threads, and all the Gs block.
        limit_memory(1200 << 20);
        let gs: Vec<_> = (0..30)
            .map(|i| {
                spawner().go(move || {
                    (0..5).for_each(|_| assert_eq!(usleep(300), 0));
                    i
                })
            })
            .collect();
        assert_eq!(gs.into_iter().map(|g| g.join().unwrap()).sum::<u32>(), 435);
    });
    end.succeeded();
}
