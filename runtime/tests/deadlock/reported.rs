//! Deadlocks of all kinds.

use crate::alone;
use crate::common::{End, begin, spawner};
use callgate::{
    Builder, block_on, current, export_callback, foreign_call, go_pinned, lock_os_thread, park, run,
};
use std::ffi::{c_int, c_void};
use std::future::pending;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::time::Duration;
use std::{ptr, thread};

#[foreign_call]
unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    safe fn usleep(us: u32) -> c_int;
}

const TITLE: &str = "callgate: fatal: all Gs are asleep - deadlock!\n";

/// Asserts that `end` is that of a deadlock, with these `words` in the list.
fn reported(end: &End, words: &[&str]) {
    assert_eq!(end.code, Some(2), "{end:#?}");
    assert!(end.text.contains(TITLE), "{end:#?}");
    for word in words {
        assert!(end.text.contains(word), "no {word:?} in {end:#?}");
    }
}

/// How often `word` is in the report.
fn count(end: &End, word: &str) -> usize {
    end.text.matches(word).count()
}

#[test]
fn a_main_g_that_parks() {
    let _turn = begin();
    let end = alone("reported::a_main_g_that_parks", || run(park));
    reported(&end, &["(of a thread that entered by `run` or a callback): parked at "]);
}

#[test]
fn each_g_is_named_with_what_it_waits_for() {
    let _turn = begin();
    let end = alone("reported::each_g_is_named_with_what_it_waits_for", || {
        run(|| {
            let parked = spawner().go(|| {
                println!("<{}>", current().id());
                park();
            });
            let polled = spawner().go(|| block_on(pending::<()>()));
            parked.join().unwrap();
            polled.join().unwrap();
        });
    });
    let line = |text: &str| {
        let source = include_str!("reported.rs");
        let i = source.lines().position(|line| line.contains(text) && !line.contains("line("));
        format!("reported.rs:{}:", i.unwrap() + 1)
    };
    reported(
        &end,
        &[
            &line("let parked = spawner().go("),
            &line("let polled = spawner().go("),
            &line("parked.join().unwrap()"),
            "parked at ",
            "in block_on at ",
            "in join at ",
        ],
    );
    let id = end.text.split_once('<').unwrap().1.split_once('>').unwrap().0;
    reported(&end, &[&format!("G {id} (spawned at ")]);
    assert_eq!(count(&end, "\nG "), 3, "{end:#?}");
}

#[test]
fn a_plain_thread_that_joins() {
    let _turn = begin();
    let end = alone("reported::a_plain_thread_that_joins", || {
        let _ = spawner().go(park).join();
    });
    reported(&end, &["parked at ", "a thread without a G: in join at "]);
}

#[test]
fn plain_threads_that_wait_for_each_other() {
    let _turn = begin();
    let end = alone("reported::plain_threads_that_wait_for_each_other", || {
        run(|| ());
        let thread = thread::spawn(park);
        thread::spawn(|| block_on(pending::<()>()));
        park();
        let _ = thread.join();
    });
    assert_eq!(count(&end, "a thread without a G: parked at "), 2, "{end:#?}");
    reported(&end, &["a thread without a G: in block_on at "]);
}

#[test]
fn locked_and_pinned_gs() {
    let _turn = begin();
    let end = alone("reported::locked_and_pinned_gs", || {
        run(|| {
            let pinned = go_pinned(park);
            let locked = spawner().go(|| {
                let _lock = lock_os_thread();
                park();
            });
            pinned.join().unwrap();
            locked.join().unwrap();
        });
    });
    assert_eq!(count(&end, ", locked to its thread"), 2, "{end:#?}");
    reported(&end, &[]);
}

#[export_callback(private)]
fn parks(_: *mut c_void) {
    park();
}

#[test]
fn a_callback_under_a_call() {
    let _turn = begin();
    let end = alone("reported::a_callback_under_a_call", || {
        // SAFETY: the callback ignores its argument.
        let g = spawner().go(|| unsafe { test_call(parks, ptr::null_mut()) });
        let _ = g.join();
    });
    reported(&end, &["parked at ", ", in a callback"]);
}

#[test]
fn callbacks_on_foreign_threads() {
    let _turn = begin();
    let end = alone("reported::callbacks_on_foreign_threads", || {
        let threads: Vec<_> = (0..3).map(|_| thread::spawn(|| parks(ptr::null_mut()))).collect();
        let _ = spawner().go(park).join();
        drop(threads);
    });
    assert_eq!(count(&end, "by `run` or a callback): parked at "), 3, "{end:#?}");
    reported(&end, &[]);
}

#[test]
fn locked_gs_that_hold_all_threads() {
    let _turn = begin();
    let end = alone("reported::locked_gs_that_hold_all_threads", || {
        Builder::new().max_threads(2).install().unwrap();
        run(|| {
            let last = go_pinned(|| go_pinned(|| spawner().go(|| ()).join()).join());
            let _ = last.join();
        });
    });
    reported(&end, &["waiting for a thread", "hold all 2", "Builder::max_threads"]);
    assert_eq!(count(&end, "in join at "), 3, "{end:#?}");
}

#[test]
fn a_pinned_g_that_can_have_no_thread() {
    let _turn = begin();
    let end = alone("reported::a_pinned_g_that_can_have_no_thread", || {
        Builder::new().max_threads(1).install().unwrap();
        let _ = go_pinned(|| go_pinned(|| ()).join()).join();
    });
    reported(&end, &["waiting for a thread, locked to its thread", "hold all 1"]);
}

#[test]
fn a_deadlock_that_comes_late() {
    let _turn = begin();
    let end = alone("reported::a_deadlock_that_comes_late", || {
        run(|| {
            // Timers, foreign threads, threads of ours that end, Gs in C: all of it is over.
            let gs: Vec<_> = (0..50)
                .map(|_| {
                    spawner().go(|| {
                        callgate::sleep(Duration::from_millis(1));
                        usleep(1000);
                    })
                })
                .collect();
            gs.into_iter().for_each(|g| g.join().unwrap());
            go_pinned(|| ()).join().unwrap();
            // SAFETY: the callback ignores its argument.
            assert_eq!(unsafe { test_threads(4, 3, returns, ptr::null_mut()) }, 0);
            println!("it was fine");
            spawner().go(park).join().unwrap();
        });
    });
    reported(&end, &["it was fine", "parked at "]);
    assert_eq!(count(&end, "\nG "), 2, "{end:#?}");
}

#[export_callback(private)]
fn returns(_: *mut c_void) {}

/// The P goes idle while the main G runs on without it; nothing goes idle when that parks.
#[test]
fn a_g_that_parks_without_a_p() {
    let _turn = begin();
    let end = alone("reported::a_g_that_parks_without_a_p", || {
        Builder::new().procs(1).slice(Duration::from_millis(1)).install().unwrap();
        run(|| {
            static RAN: AtomicBool = AtomicBool::new(false);
            let _other = spawner().go(|| RAN.store(true, Relaxed));
            while !RAN.load(Relaxed) {
                black_box(());
            }
            let idle = || callgate::metrics().idle_ms > 0;
            while !idle() {
                black_box(());
            }
            park();
        });
    });
    reported(&end, &["parked at "]);
}

#[test]
fn the_list_has_an_end() {
    let _turn = begin();
    let end = alone("reported::the_list_has_an_end", || {
        run(|| {
            for _ in 0..1500 {
                spawner().go(park);
            }
            park();
        });
    });
    reported(&end, &["\nand 501 more\n"]);
    assert_eq!(count(&end, "\nG "), 1000, "{:#?}", end.code);
}
