//! `gs()` tells of each G what it does, and where it waits.

mod common;

use callgate::{
    Builder, GInfo, GState, block_on, blocking, current, export_callback, foreign_call, go_pinned,
    gs, lock_os_thread, metrics, park, run, sleep, yield_now,
};
use callgate_test_c as _;
use common::{alone, child, spawner, wait_until, yield_until};
use std::ffi::c_void;
use std::future::pending;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::time::Duration;
use std::{ptr, thread};

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    fn read(fd: i32, to: *mut c_void, n: usize) -> isize;
    fn test_threads(n: i32, times: i32, f: extern "C" fn(*mut c_void), arg: *mut c_void) -> i32;
}

fn find(id: u64) -> Option<GInfo> {
    let all = gs();
    let mut its = all.iter().filter(|g| g.id == id);
    let found = its.next().copied();
    assert_eq!(its.next(), None, "a G is listed once");
    found
}

/// Waits until G `id` is in `state`.
fn until(id: u64, state: GState) -> GInfo {
    let mut found = None;
    wait_until(|| {
        found = find(id).filter(|g| g.state == state);
        found.is_some()
    });
    found.unwrap()
}

/// Where `text` stands in this file, the line of this call's own aside.
fn line_of(text: &str) -> u32 {
    let mut lines = include_str!("gs.rs").lines();
    1 + lines.position(|line| line.contains(text) && !line.contains("line_of(")).unwrap() as u32
}

/// A G that tells its id and does `f`.
fn spawned(f: impl FnOnce() + Send + 'static) -> u64 {
    let (to, from) = channel();
    drop(spawner().go(move || {
        to.send(current().id()).unwrap();
        f();
    }));
    from.recv().unwrap()
}

#[test]
fn there_are_none_before_the_first_use() {
    child("there_are_none_before_the_first_use", || {
        assert_eq!(gs(), []);
        run(|| ());
        assert_eq!(gs(), [], "this thread has an M, and is in no callback");
    })
    .succeeded();
}

#[test]
fn one_that_waits_is_told_with_the_line() {
    let _test = alone();
    let other = spawner().go(park);
    for (id, state, text) in [
        (spawned(|| park()), GState::Parked, "(spawned(|| park())"),
        (spawned(|| drop(other.join())), GState::Joining, "(spawned(|| drop(other.join()"),
        (spawned(|| block_on(pending())), GState::BlockedOn, "(spawned(|| block_on("),
        (spawned(|| sleep(Duration::MAX)), GState::Sleeping, "(spawned(|| sleep("),
    ] {
        let g = until(id, state);
        let at = g.waits_at.unwrap();
        assert_eq!((at.file(), at.line()), (file!(), line_of(text)), "{g}");
        let spawned_at = line_of("drop(spawner().go(move || {");
        assert_eq!(g.spawned_at.unwrap().line(), spawned_at, "{g}");
        assert_eq!((g.locked, g.callbacks), (false, 0));
        let words = format!("G {id} (spawned at {}:{spawned_at}:", file!());
        assert!(g.to_string().starts_with(&words), "{g}");
        assert!(g.to_string().ends_with(&format!(": {state} at {at}")), "{g}");
    }
}

#[test]
fn one_that_was_woken_waits_no_more() {
    let _test = alone();
    let (to, from) = channel();
    let g = spawner().go(move || {
        to.send(current()).unwrap();
        park();
        blocking(thread::park);
    });
    let its = from.recv().unwrap();
    until(its.id(), GState::Parked);
    its.unpark();
    let g_now = until(its.id(), GState::InC);
    assert_eq!(g_now.waits_at, None);
    drop(g);
    let slept = spawned(|| {
        sleep(Duration::from_millis(1));
        blocking(thread::park);
    });
    assert_eq!(until(slept, GState::InC).waits_at, None);
}

#[test]
fn one_that_runs_and_one_that_has_ended() {
    let _test = alone();
    let stop = Arc::new(AtomicBool::new(false));
    let theirs = stop.clone();
    let id = spawned(move || wait_until(|| theirs.load(SeqCst)));
    let g = until(id, GState::Running);
    assert_eq!((g.waits_at, g.locked), (None, false));
    stop.store(true, SeqCst);
    wait_until(|| find(id).is_none());
    let g = spawner().go(|| current().id());
    let id = g.join().unwrap();
    wait_until(|| find(id).is_none());
    // From a G, of itself.
    run(|| {
        let me = find(current().id()).unwrap();
        assert_eq!((me.state, me.callbacks, me.locked), (GState::Running, 1, true));
        assert_eq!(me.spawned_at, None);
    });
}

#[test]
fn one_in_c_and_one_in_a_callback_of_it() {
    let _test = alone();
    let (from, mut to) = std::io::pipe().unwrap();
    let fd = from.as_raw_fd();
    let reads = move || {
        let mut byte = 0_u8;
        // SAFETY: there is room for one byte.
        assert_eq!(unsafe { read(fd, (&raw mut byte).cast(), 1) }, 1);
    };
    let in_c = spawned(reads);
    let g = until(in_c, GState::InC);
    assert_eq!((g.callbacks, g.locked, g.waits_at), (0, false, None));
    // SAFETY: the callback ignores its argument.
    let in_callback = spawned(|| unsafe { test_call(parks, ptr::null_mut()) });
    let g = until(in_callback, GState::Parked);
    assert_eq!((g.callbacks, g.locked), (1, true));
    assert!(g.to_string().ends_with(", in a callback"), "{g}");
    to.write_all(&[1]).unwrap();
    wait_until(|| find(in_c).is_none());
}

#[export_callback(private)]
fn parks(_: *mut c_void) {
    park();
}

static ID: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn tells_its_id_and_parks(_: *mut c_void) {
    ID.store(current().id() as u32, SeqCst);
    park();
}

#[test]
fn that_of_a_foreign_thread_is_there_while_it_is_in_a_callback() {
    let _test = alone();
    let (to, from) = channel();
    let foreign = thread::spawn(move || {
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, tells_its_id_and_parks, ptr::null_mut()) };
        to.send(()).unwrap();
    });
    wait_until(|| ID.load(SeqCst) != 0);
    let id = u64::from(ID.load(SeqCst));
    let g = until(id, GState::Parked);
    assert_eq!((g.spawned_at, g.callbacks, g.locked), (None, 1, true));
    assert!(g.to_string().contains("(of a thread that entered by `run` or a callback)"), "{g}");
    assert!(from.try_recv().is_err());
    drop(foreign);
}

#[test]
fn a_locked_one_and_a_pinned_one() {
    let _test = alone();
    let locked = spawned(|| {
        let _lock = lock_os_thread();
        park();
    });
    let (to, from) = channel();
    drop(go_pinned(move || {
        to.send(current().id()).unwrap();
        park();
    }));
    for id in [locked, from.recv().unwrap()] {
        let g = until(id, GState::Parked);
        assert!(g.locked && g.to_string().ends_with(", locked to its thread"), "{g}");
    }
}

#[test]
fn ready_ones_that_have_no_p() {
    child("ready_ones_that_have_no_p", || {
        Builder::new().procs(1).slice(Duration::from_secs(10)).install().unwrap();
        run(|| {
            let seen = Arc::new(AtomicBool::new(false));
            let theirs = seen.clone();
            drop(spawner().go(move || {
                ID.store(current().id() as u32, SeqCst);
                yield_until(|| theirs.load(SeqCst));
                park();
            }));
            assert_eq!((gs().len(), metrics().gs), (1, 2), "it has not begun");
            yield_until(|| ID.load(SeqCst) != 0);
            let id = u64::from(ID.load(SeqCst));
            let g = find(id).unwrap();
            assert_eq!((g.state, g.waits_at), (GState::Runnable, None));
            assert!(g.to_string().ends_with(": waiting for a thread"), "{g}");
            seen.store(true, SeqCst);
            yield_until(|| find(id).unwrap().state == GState::Parked);
        });
    })
    .succeeded();
}

/// Looked at from threads and Gs while Gs come and go, on stacks that are used again.
#[test]
fn at_any_time() {
    let _test = alone();
    let stop = Arc::new(AtomicBool::new(false));
    let lookers: Vec<_> = (0..2)
        .map(|_| {
            let stop = stop.clone();
            thread::spawn(move || {
                let mut seen = 0;
                while !stop.load(SeqCst) || seen == 0 {
                    for g in gs() {
                        let waits = matches!(
                            g.state,
                            GState::Parked | GState::Joining | GState::BlockedOn | GState::Sleeping
                        );
                        assert_eq!(g.waits_at.is_some(), waits, "{g}");
                        assert!(g.id != 0 && (g.spawned_at.is_some() || g.callbacks > 0), "{g}");
                        seen += 1;
                    }
                }
            })
        })
        .collect();
    for _ in 0..50 {
        let gs: Vec<_> = (0..40)
            .map(|i| {
                spawner().go(move || match i % 4 {
                    0 => yield_now(),
                    1 => sleep(Duration::from_micros(50)),
                    2 => assert!(gs().iter().any(|g| g.id == current().id())),
                    // SAFETY: the callback ignores its argument.
                    _ => unsafe { test_call(yields, ptr::null_mut()) },
                })
            })
            .collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
    }
    // Something to see, for a looker that has seen nothing yet.
    let parked = spawned(park);
    stop.store(true, SeqCst);
    lookers.into_iter().for_each(|looker| looker.join().unwrap());
    assert!(find(parked).is_some());
}

#[export_callback(private)]
fn yields(_: *mut c_void) {
    yield_now();
}
