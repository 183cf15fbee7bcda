//! One P and one thread of the runtime's own: whoever brings a thread needs no other.

mod common;

use callgate::{Builder, blocking, export_callback, foreign_call, go_pinned, run};
use callgate_test_c as _;
use common::{alone, spawner};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Once, mpsc};

#[foreign_call]
unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
}

static CALLED: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn count(_: *mut c_void) {
    CALLED.fetch_add(1, SeqCst);
}

fn one_thread() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(1).max_threads(1).install().unwrap());
}

/// The runtime's one thread waits in C for threads that call back.
#[test]
fn foreign_threads_call_back_though_all_of_ours_are_in_c() {
    let _test = alone();
    one_thread();
    let before = CALLED.load(SeqCst);
    run(|| {
        // SAFETY: the callback uses no argument.
        let g = spawner().go(|| unsafe { test_threads(4, 3, count, null_mut()) });
        assert_eq!(g.join().unwrap(), 0);
    });
    assert_eq!(CALLED.load(SeqCst) - before, 12);
}

/// `run`'s main G has a thread of its own: it goes on while ours is in C.
#[test]
fn main_goes_on_though_all_threads_of_ours_are_in_c() {
    let _test = alone();
    one_thread();
    run(|| {
        let (sender, receiver) = mpsc::channel();
        // Blocks, without saying so, until `main` has slept.
        let g = spawner().go(move || receiver.recv());
        callgate::sleep(std::time::Duration::from_millis(1));
        sender.send(7).unwrap();
        assert_eq!(g.join().unwrap(), Ok(7));
    });
}

/// The end of a thread makes room for work that found none.
#[test]
fn the_end_of_a_thread_makes_room() {
    let _test = alone();
    one_thread();
    run(|| {
        let (sender, receiver) = mpsc::channel();
        let pinned = go_pinned(move || blocking(|| receiver.recv()));
        let g = spawner().go(|| 1);
        sender.send(2).unwrap();
        assert_eq!(pinned.join().unwrap(), Ok(2));
        assert_eq!(g.join().unwrap(), 1);
    });
}
