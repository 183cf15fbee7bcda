//! What a program does.

use crate::common::{spawner, this_thread};
use crate::program::{
    Body,
    Event::{self, Ended, Saw},
    Op,
};
use callgate::{
    blocking, current, export_callback, foreign_call, g_local, go_pinned, lock_os_thread, park,
    sleep, yield_now,
};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use std::{mem, thread};

#[foreign_call]
unsafe extern "C" {
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    safe fn abs(x: c_int) -> c_int;
    #[foreign_call(leaf)]
    #[link_name = "abs"]
    safe fn abs_leaf(x: c_int) -> c_int;
    #[foreign_call(errno)]
    safe fn close(fd: c_int) -> c_int;
}

g_local! {
    pub static LOCAL: Cell<i64> = Cell::new(0);
}

/// A G as it runs.
#[derive(Default)]
struct RunningG {
    token: bool,
    /// The thread that it must stay on.
    thread: Option<usize>,
    /// Whether it must for the rest of its life.
    stays: bool,
    saw: Vec<Event>,
}

/// Runs `f`; the number that it panics with, if it does.
fn panic_of(f: impl FnOnce()) -> Option<i64> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    Some(*payload.downcast::<i64>().expect("no other panics are about"))
}

/// What a callback is passed.
struct Arg<'a> {
    body: &'a [Op],
    g: &'a mut RunningG,
}

fn in_callback(arg: *mut c_void) {
    // SAFETY: an `Arg`, which waits for the callback's end.
    let arg = unsafe { &mut *arg.cast::<Arg<'_>>() };
    on_this_thread(arg.g, |g| execute(arg.body, g));
}

#[export_callback(private, panic = unwind)]
fn unwinding(arg: *mut c_void) {
    in_callback(arg);
}

#[export_callback(private, panic = return(()))]
fn returning(arg: *mut c_void) {
    in_callback(arg);
}

#[export_callback(private)]
fn of_a_thread(arg: *mut c_void) {
    // SAFETY: an `Arg`, which waits for the callback's end.
    let arg = unsafe { &mut *arg.cast::<Arg<'_>>() };
    let panic = panic_of(|| on_this_thread(arg.g, |g| execute(arg.body, g)));
    arg.g.saw.push(Ended(panic, vec![]));
}

/// Runs `f`, which may not leave the thread.
fn on_this_thread(g: &mut RunningG, f: impl FnOnce(&mut RunningG)) {
    struct Before<'a>(&'a mut RunningG, Option<usize>);
    impl Drop for Before<'_> {
        fn drop(&mut self) {
            if !self.0.stays {
                self.0.thread = self.1;
            }
        }
    }
    let before = g.thread.replace(this_thread());
    f(Before(g, before).0);
}

/// The whole of a G: what it saw goes with its end.
pub fn whole(body: Body) -> (Option<i64>, Vec<Event>) {
    let mut g = RunningG::default();
    let panic = panic_of(|| execute(&body, &mut g));
    (panic, g.saw)
}

/// [`whole`], ending by a panic if the body does.
fn ends_as(body: Body) -> Vec<Event> {
    match whole(body) {
        (None, saw) => saw,
        (Some(panic), saw) => resume_unwind(Box::new((panic, saw))),
    }
}

fn ended(result: thread::Result<Vec<Event>>) -> Event {
    match result {
        Ok(saw) => Ended(None, saw),
        Err(payload) => {
            let (panic, saw) = *payload.downcast::<(i64, Vec<Event>)>().expect("as `ends_as` says");
            Ended(Some(panic), saw)
        }
    }
}

fn execute(body: &[Op], g: &mut RunningG) {
    let mut spawned = Vec::new();
    let id = current().id();
    for op in body {
        match op {
            Op::Yield => yield_now(),
            Op::Sleep => sleep(Duration::from_micros(50)),
            Op::Token => {
                current().unpark();
                g.token = true;
            }
            Op::Park => {
                let woken = parks(g.token);
                g.token = false;
                g.saw.push(Saw(i64::from(woken)));
            }
            Op::Call(x) => g.saw.push(Saw(i64::from(abs(*x)))),
            Op::Leaf(x) => g.saw.push(Saw(i64::from(abs_leaf(*x)))),
            Op::Blocking(x) => g.saw.push(Saw(blocking(|| i64::from(x.abs())))),
            Op::Errno => g.saw.push(Saw(i64::from(close(-1).1.raw()))),
            Op::SetLocal(x) => LOCAL.with(|local| local.set(*x)),
            Op::GetLocal => g.saw.push(Saw(LOCAL.with(Cell::get))),
            Op::Panic(x) => resume_unwind(Box::new(*x)),
            Op::Catch(body) => {
                let panic = panic_of(|| execute(body, g));
                g.saw.push(Ended(panic, vec![]));
            }
            Op::Lock(body) => {
                let _lock = lock_os_thread();
                on_this_thread(g, |g| execute(body, g));
            }
            Op::StayLocked => {
                mem::forget(lock_os_thread());
                (g.thread, g.stays) = (Some(this_thread()), true);
            }
            Op::Callback(unwinds, body) => {
                let f = if *unwinds { unwinding } else { returning };
                let mut arg = Arg { body, g };
                // SAFETY: both take an `Arg`.
                unsafe { test_call(f, (&raw mut arg).cast()) };
            }
            Op::Spawn(body) => {
                let body = body.clone();
                spawned.push(spawner().go(move || ends_as(body)));
            }
            Op::Pinned(body) => {
                let body = body.clone();
                g.saw.push(ended(go_pinned(move || ends_as(body)).join()));
            }
            Op::Thread(first, second) => g.saw.push(Ended(None, foreign(first, second))),
        }
        assert_eq!(current().id(), id, "another G");
        if let Some(thread) = g.thread {
            assert_eq!(this_thread(), thread, "a locked G moved");
        }
    }
    g.saw.extend(spawned.into_iter().map(|g| ended(g.join())));
}

/// Parks; whether it was woken by whom it should be.
fn parks(has_token: bool) -> bool {
    if has_token {
        park();
        return true;
    }
    let (me, woken) = (current(), Arc::new(AtomicBool::new(false)));
    let by_them = woken.clone();
    let waker = spawner().go(move || {
        by_them.store(true, SeqCst);
        me.unpark();
    });
    park();
    let woken = woken.load(SeqCst);
    waker.join().expect("it doesn't panic");
    woken
}

fn foreign(first: &Body, second: &Body) -> Vec<Event> {
    let bodies = [first.clone(), second.clone()];
    let thread = thread::spawn(move || {
        let mut g = RunningG::default();
        for body in &bodies {
            let mut arg = Arg { body, g: &mut g };
            of_a_thread((&raw mut arg).cast());
        }
        g.saw
    });
    blocking(|| thread.join().expect("it doesn't panic"))
}
