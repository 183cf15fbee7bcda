//! Programs that wait, and are not to be ended.

use crate::alone;
use crate::common::{begin, child, spawner, wait_until};
use callgate::{Builder, block_on, current, export_callback, foreign_call, go_pinned, park, run};
use std::ffi::{c_int, c_void};
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use std::{fs, process, ptr, thread};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: u32) -> c_int;
}

/// Several times as long as a report takes to come.
const LONG: Duration = Duration::from_millis(700);

/// Asserts that `program` ended by itself, and well.
fn goes_on(test: &str, program: impl FnOnce()) {
    let _turn = begin();
    alone(test, program).succeeded();
}

#[test]
fn a_std_thread_unparks() {
    goes_on("none::a_std_thread_unparks", || {
        run(|| {
            let me = current();
            thread::spawn(move || {
                thread::sleep(LONG);
                me.unpark();
            });
            park();
        });
    });
}

#[test]
fn a_g_sleeps() {
    goes_on("none::a_g_sleeps", || {
        run(|| {
            let parked = spawner().go(park);
            spawner().go(|| callgate::sleep(LONG)).join().unwrap();
            drop(parked);
        });
    });
}

/// Ready when a plain thread has said so.
fn after_a_while() -> impl Future<Output = ()> {
    let done = Arc::new((AtomicBool::new(false), Mutex::new(None::<Waker>)));
    let theirs = done.clone();
    thread::spawn(move || {
        thread::sleep(LONG);
        theirs.0.store(true, SeqCst);
        theirs.1.lock().unwrap().take().unwrap().wake();
    });
    poll_fn(move |context| {
        *done.1.lock().unwrap() = Some(context.waker().clone());
        if done.0.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    })
}

#[test]
fn a_std_thread_wakes_a_future() {
    goes_on("none::a_std_thread_wakes_a_future", || {
        run(|| block_on(after_a_while()));
        block_on(after_a_while());
    });
}

#[test]
fn a_g_is_in_c() {
    goes_on("none::a_g_is_in_c", || {
        run(|| {
            let me = current();
            spawner().go(move || {
                usleep(LONG.as_micros() as u32);
                me.unpark();
            });
            park();
            spawner().go(|| callgate::blocking(|| thread::sleep(LONG))).join().unwrap();
        });
    });
}

#[test]
fn code_in_blocking_waits_for_a_process() {
    goes_on("none::code_in_blocking_waits_for_a_process", || {
        let wait = || process::Command::new("sleep").arg("0.7").status();
        assert!(spawner().go(move || callgate::blocking(wait)).join().unwrap().is_ok());
    });
}

#[test]
fn the_runtime_idles_after_run() {
    goes_on("none::the_runtime_idles_after_run", || {
        run(|| drop(spawner().go(park)));
        thread::sleep(LONG);
    });
}

#[test]
fn a_foreign_thread_calls_back_later() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static MAIN: Mutex<Option<callgate::G>> = Mutex::new(None);
    #[export_callback(private)]
    fn unparks(_: *mut c_void) {
        if CALLS.fetch_add(1, SeqCst) == 1 {
            MAIN.lock().unwrap().unwrap().unpark();
        }
    }
    goes_on("none::a_foreign_thread_calls_back_later", || {
        run(|| {
            *MAIN.lock().unwrap() = Some(current());
            // Binds an M to the thread, outside of which it is for long.
            thread::spawn(|| {
                unparks(ptr::null_mut());
                thread::sleep(LONG);
                unparks(ptr::null_mut());
            });
            park();
        });
    });
}

#[test]
fn all_threads_are_in_use_and_one_is_in_c() {
    goes_on("none::all_threads_are_in_use_and_one_is_in_c", || {
        Builder::new().max_threads(2).install().unwrap();
        run(|| {
            let sleeper = go_pinned(|| usleep(LONG.as_micros() as u32));
            let last = go_pinned(|| spawner().go(|| ()).join());
            last.join().unwrap().unwrap();
            sleeper.join().unwrap();
        });
    });
}

#[test]
fn the_program_handles_a_signal() {
    extern "C" fn handler(_: c_int) {
        // SAFETY: may be called in a handler.
        unsafe { libc::_exit(0) }
    }
    goes_on("none::the_program_handles_a_signal", || {
        let handler: extern "C" fn(c_int) = handler;
        // SAFETY: the handler only ends the process, after a second.
        unsafe {
            libc::signal(libc::SIGALRM, handler as *const () as usize);
            libc::alarm(1);
        }
        run(park);
    });
}

#[test]
fn it_can_be_switched_off() {
    let _turn = begin();
    let end = alone("none::it_can_be_switched_off", || {
        Builder::new().detect_deadlock(false).install().unwrap();
        // SAFETY: the signal's default action ends the process.
        unsafe { libc::alarm(1) };
        run(park);
    });
    assert_eq!(end.code, Some(100 + libc::SIGALRM), "{end:#?}");
}

/// The monitor's folder in /proc, once the thread has taken its name.
fn monitor() -> Option<PathBuf> {
    let mut tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    tasks.find(|task| {
        fs::read_to_string(task.join("comm")).is_ok_and(|name| name.starts_with("callgate-mon"))
    })
}

/// How often the thread has given its processor up by itself.
fn switches(task: &Path) -> String {
    let status = fs::read_to_string(task.join("status")).unwrap();
    status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap().to_owned()
}

#[test]
fn the_monitor_of_an_idle_program_sleeps() {
    let _turn = begin();
    let end = child("none::the_monitor_of_an_idle_program_sleeps", || {
        run(|| {
            spawner().go(park);
        });
        wait_until(|| monitor().is_some());
        let monitor = monitor().unwrap();
        // Twice as long as it waits between its last looks.
        let settled = || {
            let before = switches(&monitor);
            thread::sleep(Duration::from_secs(3));
            switches(&monitor) == before
        };
        wait_until(settled);
    });
    end.succeeded();
}
