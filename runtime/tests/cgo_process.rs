//! What concerns the whole process: its beginning and end, `fork` and `exec`, and what the C library
//! does on all threads at once.
#![cfg(unix)]

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{export_callback, foreign_call, park, run, yield_now};
use common::{alone, begin, child, spawner, wait_until, yield_until};
use panicking::{test_add_one, through_c};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::{mem, ptr, thread};

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    fn atexit(f: extern "C" fn()) -> c_int;
    safe fn exit(status: c_int) -> !;
    safe fn usleep(us: c_uint) -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
    #[foreign_call(io)]
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    #[foreign_call(io)]
    safe fn setgid(gid: libc::gid_t) -> c_int;
    fn setenv(name: *const c_char, value: *const c_char, overwrite: c_int) -> c_int;
    fn getenv(name: *const c_char) -> *const c_char;
}

/// What a G may call in the child of a `fork`, where no other thread is left: nothing that could wait
/// for one. `leaf` calls don't.
mod forked {
    use std::ffi::{c_char, c_int};
    #[callgate::foreign_call(leaf)]
    unsafe extern "C" {
        pub fn fork() -> c_int;
        pub fn execv(path: *const c_char, args: *const *const c_char) -> c_int;
        pub safe fn _exit(status: c_int) -> !;
    }
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn counts(_: *mut c_void) {
    yield_now();
    CALLS.fetch_add(1, SeqCst);
}

/// Gs and foreign threads that make every move there is, until it is dropped.
struct Noise {
    stop: Arc<AtomicBool>,
    gs: Vec<callgate::JoinHandle<()>>,
    threads: Option<thread::JoinHandle<()>>,
}

impl Noise {
    fn new() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let gs = (0..6)
            .map(|_| {
                let stop = stop.clone();
                spawner().go(move || {
                    while !stop.load(SeqCst) {
                        usleep(20);
                        through_c(yield_now);
                        drop(spawner().go(yield_now));
                        assert_eq!(test_add_one(1), 2);
                    }
                })
            })
            .collect();
        let stopped = stop.clone();
        let threads = thread::spawn(move || {
            while !stopped.load(SeqCst) {
                // SAFETY: the callback ignores its argument.
                assert_eq!(unsafe { test_threads(4, 5, counts, ptr::null_mut()) }, 0);
            }
        });
        Noise { stop, gs, threads: Some(threads) }
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        mem::take(&mut self.gs).into_iter().for_each(|g| g.join().unwrap());
        self.threads.take().unwrap().join().unwrap();
    }
}

/// Forks, and runs a program in the child: what it ends with. The first argument is its path.
fn fork_and_exec(args: &[&CStr]) -> c_int {
    let args: Vec<_> = args.iter().map(|arg| arg.as_ptr()).chain([ptr::null()]).collect();
    // SAFETY: the child does nothing but leaf calls, of functions that may be called there.
    unsafe {
        let pid = forked::fork();
        if pid == 0 {
            forked::execv(args[0], args.as_ptr());
            forked::_exit(99);
        }
        assert!(pid > 0);
        let mut status = 0;
        assert_eq!(waitpid(pid, &raw mut status, 0).unwrap(), pid);
        assert!(libc::WIFEXITED(status), "{status:#x}");
        libc::WEXITSTATUS(status)
    }
}

fn shell(script: &CStr) -> c_int {
    fork_and_exec(&[c"/bin/sh", c"-c", script])
}

#[test]
fn fork_in_a_g_and_exec_in_the_child() {
    let _test = begin();
    let _noise = Noise::new();
    let gs: Vec<_> = (0..4)
        .map(|_| spawner().go(|| (0..5).for_each(|_| assert_eq!(shell(c"exit 7"), 7))))
        .collect();
    run(|| assert_eq!(shell(c"exit 8"), 8));
    through_c(|| assert_eq!(shell(c"exit 9"), 9));
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn processes_of_std_in_gs() {
    let _test = begin();
    let _noise = Noise::new();
    let gs: Vec<_> = (0..10)
        .map(|i| {
            spawner().go(move || {
                let shell = || Command::new("/bin/sh").args(["-c", &format!("exit {i}")]).status();
                let status = if i % 2 == 0 { shell() } else { callgate::blocking(shell) };
                assert_eq!(status.unwrap().code(), Some(i));
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

/// Whether a program that is started here blocks just these signals.
fn starts_blocking(signals: &[c_int]) -> bool {
    let mask: u64 = signals.iter().map(|signal| 1 << (signal - 1)).sum();
    let line = CString::new(format!("^SigBlk:.*{mask:016x}$")).unwrap();
    fork_and_exec(&[c"/bin/grep", c"-q", &line, c"/proc/self/status"]) == 0
}

#[test]
fn exec_keeps_the_signal_mask() {
    let _test = begin();
    // What the runtime blocks for itself, on the monitor and in `needm`, must not be seen here.
    let none = || assert!(starts_blocking(&[]));
    run(none);
    through_c(none);
    spawner().go(none).join().unwrap();
    let some = callgate::go_pinned(|| {
        // SAFETY: the set is plain memory; the thread is this G's.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR2);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut());
        }
        through_c(yield_now);
        starts_blocking(&[libc::SIGUSR2, libc::SIGTERM])
    });
    assert!(some.join().unwrap());
}

#[test]
fn exec_while_other_threads_start() {
    for round in 0..5 {
        let end = child("exec_while_other_threads_start", || {
            let args = [c"sh".as_ptr(), c"-c".as_ptr(), c"exit 6".as_ptr(), ptr::null()];
            let _noise = Noise::new();
            wait_until(|| CALLS.load(SeqCst) > 20);
            let exec = || {
                // SAFETY: the arguments are strings; this process ends here.
                unsafe { forked::execv(c"/bin/sh".as_ptr(), args.as_ptr()) }
            };
            run(exec);
        });
        assert_eq!(end.code, Some(6), "{round}: {end:#?}");
    }
}

/// What an exit handler does: all that a callback may.
#[export_callback(private)]
fn at_exit() {
    yield_now();
    let sum: c_int = (0..4).map(|i| spawner().go(move || test_add_one(i)).join().unwrap()).sum();
    // SAFETY: the callback ignores its argument.
    assert_eq!(unsafe { test_threads(4, 2, counts, ptr::null_mut()) }, 0);
    through_c(yield_now);
    println!("at exit: {sum} and {}", CALLS.load(SeqCst));
}

macro_rules! exits {
    ($($test:ident: $status:expr, $body:expr;)*) => { $(
        #[test]
        fn $test() {
            let end = child(stringify!($test), || {
                // SAFETY: the handler may be called at any time.
                assert_eq!(unsafe { atexit(at_exit) }, 0);
                $body
            });
            assert_eq!((end.code, end.signal), (Some($status), None), "{end:#?}");
            assert!(end.text.contains("at exit: 10 and 8"), "{end:#?}");
        }
    )* };
}

exits! {
    callbacks_at_the_exit_of_a_process_that_never_used_the_runtime: 0, ();
    callbacks_at_the_exit_of_a_plain_thread: 0, run(yield_now);
    callbacks_at_the_exit_by_a_call_of_a_g: 3, drop(spawner().go(|| -> () { exit(3) }).join());
    callbacks_at_the_exit_by_rust_code_of_a_g: 4,
        drop(spawner().go(|| -> () { std::process::exit(4) }).join());
    callbacks_at_the_exit_by_a_callback: 5, through_c(|| exit(5));
    callbacks_at_the_exit_while_gs_wait: 0, {
        (0..50).for_each(|_| drop(spawner().go(park)));
        drop(spawner().go(|| yield_until(|| false)));
    };
}

#[test]
fn setgid_a_thousand_times_under_load() {
    let _test = alone();
    let _noise = Noise::new();
    // SAFETY: no preconditions.
    let gid = unsafe { libc::getgid() };
    let gs: Vec<_> = (0..4)
        .map(|_| {
            spawner().go(move || {
                (0..250).for_each(|_| {
                    setgid(gid).unwrap();
                })
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn setenv_reaches_c_under_load() {
    let _test = alone();
    let _noise = Noise::new();
    let g = spawner().go(|| {
        for i in 0..100 {
            let value = format!("{i}\0");
            // SAFETY: strings; nobody else in this process reads or writes the environment meanwhile.
            unsafe {
                assert_eq!(setenv(c"CALLGATE_TEST_ENV".as_ptr(), value.as_ptr().cast(), 1), 0);
                yield_now();
                let seen = CStr::from_ptr(getenv(c"CALLGATE_TEST_ENV".as_ptr()));
                assert_eq!(seen.to_bytes_with_nul(), value.as_bytes());
            }
            assert_eq!(std::env::var("CALLGATE_TEST_ENV").unwrap(), value[..value.len() - 1]);
        }
    });
    g.join().unwrap();
}
