//! ThreadSanitizer finds races between Gs, wherever they run, and sees the order that the runtime makes.
//! Only in builds for it: see `.ci/sanitizers`.
#![cfg(callgate_tsan)]

mod common;

use callgate::{
    Builder, JoinHandle, blocking, current, export_callback, foreign_call, go_pinned, park,
    yield_now,
};
use callgate_test_c as _;
use common::{End, begin, child, spawner};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    fn memset(to: *mut c_void, byte: c_int, n: usize) -> *mut c_void;
}

/// A number that anyone may touch, in order or not.
struct Plain(UnsafeCell<u64>);

// SAFETY: none: that some use it at once is what half of the tests are about.
unsafe impl Sync for Plain {}

impl Plain {
    const fn new() -> Self {
        Plain(UnsafeCell::new(0))
    }

    #[inline(never)]
    fn add(&self, x: u64) -> u64 {
        // SAFETY: as above.
        unsafe {
            *self.0.get() += x;
            *self.0.get()
        }
    }
}

static SHARED: Plain = Plain::new();
static MET: AtomicU32 = AtomicU32::new(0);

/// Waits for the other one, in a way that orders nothing.
fn meet(round: u32) {
    MET.fetch_add(1, Relaxed);
    while MET.load(Relaxed) < 2 * (round + 1) {
        std::thread::yield_now();
    }
}

/// Many rounds: of two accesses at the very same moment, the sanitizer may see none.
fn meet_and_add() {
    for round in 0..100 {
        meet(round);
        SHARED.add(1);
    }
}

#[export_callback(private)]
fn meets_and_adds(_: *mut c_void) {
    meet_and_add();
}

fn race_found(end: &End) {
    assert!(end.text.contains("WARNING: ThreadSanitizer: data race"), "{end:#?}");
}

fn two(f: impl Fn() -> JoinHandle<()>) {
    let both = [f(), f()];
    both.into_iter().for_each(|g| g.join().unwrap());
}

#[test]
fn a_race_of_two_gs_is_found() {
    let _turn = begin();
    race_found(&child("a_race_of_two_gs_is_found", || two(|| go_pinned(meet_and_add))));
}

#[test]
fn a_race_of_gs_that_have_moved_is_found() {
    let _turn = begin();
    let end = child("a_race_of_gs_that_have_moved_is_found", || {
        // One for each, whoever makes room for the other.
        Builder::new().procs(4).install().unwrap();
        two(|| {
            spawner().go(|| {
                (0..100).for_each(|_| blocking(yield_now));
                meet_and_add();
            })
        });
    });
    race_found(&end);
}

#[test]
fn a_race_in_c_is_found() {
    let _turn = begin();
    let end = child("a_race_in_c_is_found", || {
        two(|| {
            go_pinned(|| {
                for round in 0..100 {
                    meet(round);
                    // SAFETY: there is room for eight bytes.
                    unsafe { memset(SHARED.0.get().cast(), 1, 8) };
                }
            })
        });
    });
    race_found(&end);
}

#[test]
fn a_race_in_callbacks_is_found() {
    let _turn = begin();
    let end = child("a_race_in_callbacks_is_found", || {
        // SAFETY: the callback ignores its argument.
        two(|| go_pinned(|| unsafe { test_call(meets_and_adds, ptr::null_mut()) }));
    });
    race_found(&end);
}

#[test]
fn a_race_of_foreign_threads_is_found() {
    let _turn = begin();
    let end = child("a_race_of_foreign_threads_is_found", || {
        // SAFETY: the callback ignores its argument.
        assert_eq!(unsafe { test_threads(2, 1, meets_and_adds, ptr::null_mut()) }, 0);
    });
    race_found(&end);
}

/// One G after another has the number; what hands it on is the runtime alone.
#[test]
fn spawn_unpark_and_join_order_what_gs_do() {
    let _turn = begin();
    let shared = Arc::new(Plain::new());
    let adds = |g: u64| {
        let shared = shared.clone();
        spawner().go(move || {
            for i in 0..100 {
                let (me, theirs) = (current(), shared.clone());
                let other = spawner().go(move || {
                    yield_now();
                    theirs.add(g);
                    me.unpark();
                    blocking(yield_now);
                });
                park();
                assert_eq!(shared.add(1), (i + 1) * (g + 1));
                // SAFETY: the callback's argument is the number.
                unsafe { test_call(adds_nothing, Arc::as_ptr(&shared).cast_mut().cast()) };
                other.join().unwrap();
            }
            shared.add(0)
        })
    };
    assert_eq!(adds(2).join().unwrap(), 300);
    assert_eq!(shared.add(0), 300);
}

#[export_callback(private)]
fn adds_nothing(number: *mut c_void) {
    yield_now();
    // SAFETY: the test passes one.
    unsafe { &*number.cast::<Plain>() }.add(0);
}
