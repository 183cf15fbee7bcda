//! What a G does: one of these at a time, drawn from its seed. Each checks what it gets.

use super::check::{Expected, OPERATIONS, Random, same};
use callgate::{
    Closure, G, Handle, HandleError, Spawner, block_on, blocking, current, export_callback,
    foreign_call, g_local, go_pinned, lock_os_thread, park, sleep, yield_now,
};
use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::future::poll_fn;
use std::panic::{catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use std::{io, ptr, thread};

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    fn strlen(text: *const c_char) -> usize;
    safe fn usleep(us: c_uint) -> c_int;
    #[foreign_call(blocking)]
    #[link_name = "usleep"]
    safe fn usleep_blocking(us: c_uint) -> c_int;
    #[foreign_call(leaf)]
    safe fn labs(x: i64) -> i64;
    #[foreign_call(leaf)]
    safe fn pthread_self() -> usize;
    #[foreign_call(errno)]
    safe fn close(fd: c_int) -> c_int;
    #[foreign_call(io)]
    #[link_name = "close"]
    safe fn close_io(fd: c_int) -> c_int;
    #[foreign_call(variadic(c_int, c_int))]
    fn snprintf(to: *mut c_char, n: usize, format: *const c_char, ...) -> c_int;
    fn bsearch(
        key: *const c_void,
        base: *const c_void,
        n: usize,
        size: usize,
        compare: Compare,
    ) -> *mut c_void;
    fn qsort_r(
        base: *mut c_void,
        n: usize,
        size: usize,
        compare: unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int,
        data: *mut c_void,
    );
}

const EBADF: c_int = 9;
/// Operations that nest stop at this depth.
const DEEP: u32 = 4;

g_local! {
    /// The id of the G that it belongs to.
    static MINE: Cell<u64> = Cell::new(0);
}

/// Makes Gs, without an `unsafe` at each.
pub fn spawner() -> Spawner {
    // SAFETY: no closure of the soak keeps anything of a thread across a scheduling point.
    unsafe { Spawner::new() }
}

/// To be called first by a G that operates.
pub fn begin_g() {
    MINE.with(|mine| mine.set(current().id()));
}

/// What a callback is to go on with.
struct Key {
    seed: u64,
    depth: u32,
}

#[export_callback(private)]
fn nested(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: the key that `call_back` passes.
    let key = unsafe { &*key.cast::<Key>() };
    operate(&mut Random(key.seed), key.depth + 1);
    0
}

#[export_callback(private, panic = unwind)]
fn unwinding(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: as above.
    let key = unsafe { &*key.cast::<Key>() };
    operate(&mut Random(key.seed), key.depth + 2);
    panic_any(Expected(key.seed))
}

#[export_callback(private, panic = return(0))]
fn returning(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: as above.
    panic_any(Expected(unsafe { (*key.cast::<Key>()).seed }))
}

#[export_callback(private)]
fn finds(key: *const c_void, _: *const c_void) -> c_int {
    let value = Handle::<Mutex<u64>>::from_ptr(key).get();
    same("a handle finds its value", value.is_ok(), true);
    if let Ok(value) = value {
        *value.lock().unwrap_or_else(|e| e.into_inner()) += 1;
    }
    0
}

/// Calls `f` with `key` once, through C. True if C went on after it.
fn through_c(key: *const c_void, f: Compare) -> bool {
    let one = 0_u8;
    // SAFETY: an array of one element; the key is for `f`.
    !unsafe { bsearch(key, (&raw const one).cast(), 1, 1, f) }.is_null()
}

fn call_back(key: &Key, f: Compare) -> bool {
    through_c((&raw const *key).cast(), f)
}

/// One operation on a thread that has no G, which enters by a callback.
pub fn entered(seed: u64) {
    let key = Key { seed, depth: 1 };
    same("what a callback returns", nested((&raw const key).cast(), ptr::null()), 0);
}

/// One operation of a G.
pub fn operate(random: &mut Random, depth: u32) {
    let me = current();
    let mine = MINE.with(Cell::get);
    match random.below(if depth >= DEEP { 11 } else { 24 }) {
        0 | 1 => yield_now(),
        2 => sleep(Duration::from_micros(random.below(300))),
        3 => same("usleep", usleep(random.below(200) as c_uint), 0),
        4 => same("usleep, blocking", usleep_blocking(random.below(100) as c_uint), 0),
        5 => same("labs", labs(-5), 5),
        6 => {
            let (result, errno) = close(-1);
            same("errno", (result, errno.raw()), (-1, EBADF));
        }
        7 => {
            let error = close_io(-1).err().and_then(|error: io::Error| error.raw_os_error());
            same("the error", error, Some(EBADF));
        }
        8 => print_numbers(random),
        9 => same("blocking", blocking(|| 5), 5),
        10 => {
            let end = Instant::now() + Duration::from_micros(random.below(3_000));
            while Instant::now() < end {}
        }
        11 | 12 => {
            same("C went on", call_back(&Key { seed: random.seed(), depth }, nested), true);
        }
        13 => sort(random),
        14 => handle(random),
        15 => panic_through(random, depth, unwinding),
        16 => panic_through(random, depth, returning),
        17 => {
            let seed = random.seed();
            let payload = spawner().go(move || panic_any(Expected(seed))).join();
            let payload = payload.unwrap_err().downcast::<Expected>();
            same("a G's panic", payload.ok().map(|p| *p), Some(Expected(seed)));
        }
        18 => wake_by(random, |me| drop(spawner().go(move || me.unpark()))),
        19 => future(random),
        20 => locked(random, depth),
        21 => spawned(random, depth),
        22 if random.below(8) == 0 => pinned(random, depth),
        23 if random.below(8) == 0 => {
            let seed = random.seed();
            let thread = thread::spawn(move || (0..3).for_each(|i| entered(seed + i)));
            same("a thread ended well", blocking(|| thread.join().is_ok()), true);
        }
        _ => {}
    }
    same("the G", current(), me);
    same("what belongs to the G", MINE.with(Cell::get), mine);
    OPERATIONS.fetch_add(1, Relaxed);
}

fn print_numbers(random: &mut Random) {
    let (a, b) = (random.below(1000) as c_int, random.below(1000) as c_int);
    let mut text = [0_u8; 32];
    // SAFETY: the buffer's own size; the format takes two ints.
    let n = unsafe { snprintf(text.as_mut_ptr().cast(), text.len(), c"%d/%d".as_ptr(), a, b) };
    let should_be = format!("{a}/{b}");
    same("what snprintf wrote", &text[..n as usize], should_be.as_bytes());
    // SAFETY: a string that C has ended.
    same("strlen", unsafe { strlen(text.as_ptr().cast()) }, should_be.len());
}

fn sort(random: &mut Random) {
    let mut numbers: Vec<u64> = (0..random.below(30)).map(|_| random.below(100)).collect();
    let mut should_be = numbers.clone();
    should_be.sort_unstable();
    let mut compared = 0_u32;
    let compare = |a: *const c_void, b: *const c_void| {
        compared += 1;
        if compared.is_multiple_of(16) {
            yield_now();
        }
        // SAFETY: qsort_r passes two elements.
        unsafe { (*a.cast::<u64>()).cmp(&*b.cast::<u64>()) as c_int }
    };
    Closure::<fn(*const c_void, *const c_void) -> c_int>::with_mut(compare, |closure| {
        // SAFETY: the slice's own address, length and element size; the closure's own data.
        unsafe {
            qsort_r(
                numbers.as_mut_ptr().cast(),
                numbers.len(),
                size_of::<u64>(),
                closure.last(),
                closure.data(),
            );
        }
    });
    same("what a closure sorted", numbers, should_be);
}

fn handle(random: &mut Random) {
    let start = random.below(1000);
    let handle = Handle::new(Mutex::new(start));
    let other = Handle::<String>::from_raw(handle.into_raw());
    same("the type of a handle", other.get().err(), Some(HandleError::WrongType));
    let times = random.below(4);
    (0..times).for_each(|_| _ = through_c(handle.as_ptr(), finds));
    let value = handle.take().map(|value| value.into_inner().unwrap_or(0));
    same("a handle's value", value, Ok(start + times));
    same("a handle that is deleted", handle.delete(), Err(HandleError::Stale));
}

fn panic_through(random: &mut Random, depth: u32, f: Compare) {
    let key = Key { seed: random.seed(), depth };
    let payload = catch_unwind(|| call_back(&key, f)).map(|_| ()).unwrap_err();
    let payload = payload.downcast::<Expected>().ok().map(|payload| *payload);
    same("a panic that went through C", payload, Some(Expected(key.seed)));
}

/// Parks until `waker` has unparked this G, by another G or by a plain thread.
fn wake_by(random: &mut Random, waker: impl FnOnce(G)) {
    let me = current();
    if random.below(16) == 0 {
        let thread = thread::spawn(move || me.unpark());
        park();
        blocking(|| _ = thread.join());
    } else {
        waker(me);
        park();
    }
}

/// Waits for a future that another G, or a plain thread, makes ready.
fn future(random: &mut Random) {
    let done = Arc::new((AtomicBool::new(false), Mutex::new(None::<Waker>)));
    let theirs = done.clone();
    let finish = move || {
        theirs.0.store(true, SeqCst);
        if let Some(waker) = theirs.1.lock().unwrap_or_else(|e| e.into_inner()).take() {
            waker.wake();
        }
    };
    let thread = if random.below(16) == 0 {
        Some(thread::spawn(finish))
    } else {
        drop(spawner().go(finish));
        None
    };
    block_on(poll_fn(|context| {
        *done.1.lock().unwrap_or_else(|e| e.into_inner()) = Some(context.waker().clone());
        if done.0.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }));
    if let Some(thread) = thread {
        blocking(|| _ = thread.join());
    }
}

fn locked(random: &mut Random, depth: u32) {
    let lock = lock_os_thread();
    let thread = pthread_self();
    for _ in 0..3 {
        operate(random, depth + 2);
        same("the thread of a locked G", pthread_self(), thread);
    }
    drop(lock);
}

fn spawned(random: &mut Random, depth: u32) {
    let seeds: Vec<_> = (0..random.below(6)).map(|_| random.seed()).collect();
    let gs: Vec<_> = seeds
        .iter()
        .map(|&seed| {
            spawner().go(move || {
                begin_g();
                operate(&mut Random(seed), depth + 2);
                seed
            })
        })
        .collect();
    operate(random, depth + 2);
    let results: Vec<_> = gs.into_iter().filter_map(|g| g.join().ok()).collect();
    same("what Gs returned", results, seeds);
}

fn pinned(random: &mut Random, depth: u32) {
    let seed = random.seed();
    let pinned = go_pinned(move || {
        let thread = pthread_self();
        operate(&mut Random(seed), depth + 2);
        same("the thread of a pinned G", pthread_self(), thread);
    });
    same("a pinned G ended well", pinned.join().is_ok(), true);
}
