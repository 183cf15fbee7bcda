//! Everything at once: Gs, plain threads and pinned Gs do operations drawn from a seed, in each other's
//! way. `CALLGATE_SEED=n` runs one seed, `CALLGATE_SEED=n..m` several; a failure and a hang name theirs.
//! The seed fixes which operations each G does, in which order, and how long they take; which thread
//! comes first is the machine's, so run a seed that has failed many times: `CALLGATE_ROUNDS=100`.

mod common;

use callgate::{
    Builder, blocking, current, export_callback, foreign_call, go_pinned, lock_os_thread, park,
    run, sleep, yield_now,
};
use common::{spawner, this_thread};
use std::ffi::{c_int, c_uint, c_void};
use std::io::Write;
use std::ops::Range;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[foreign_call]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    #[foreign_call(blocking)]
    #[link_name = "usleep"]
    safe fn usleep_blocking(us: c_uint) -> c_int;
    #[foreign_call(leaf)]
    safe fn abs(x: c_int) -> c_int;
    #[foreign_call(errno)]
    safe fn close(fd: c_int) -> c_int;
    fn bsearch(
        key: *const c_void,
        base: *const c_void,
        n: usize,
        size: usize,
        compare: extern "C" fn(*const c_void, *const c_void) -> c_int,
    ) -> *mut c_void;
}

/// A small generator (Knuth's MMIX constants): the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What a callback is to go on with.
struct Key {
    seed: u64,
    depth: u32,
}

#[export_callback(private)]
fn compare(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: bsearch passes the key that it was given.
    let key = unsafe { &*key.cast::<Key>() };
    operate(&mut Random(key.seed), key.depth + 1);
    0
}

#[export_callback(private, panic = unwind)]
fn panicking(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: as above.
    resume_unwind(Box::new(unsafe { (*key.cast::<Key>()).seed }))
}

/// Calls `f` with a key, through C.
fn call_back(key: &Key, f: extern "C" fn(*const c_void, *const c_void) -> c_int) {
    let one = 0_u8;
    // SAFETY: an array of one element, at whose comparison the key is passed on.
    unsafe { bsearch((&raw const *key).cast(), (&raw const one).cast(), 1, 1, f) };
}

/// One operation; those that nest stop at a depth.
fn operate(random: &mut Random, depth: u32) {
    match random.below(if depth > 3 { 9 } else { 18 }) {
        0 | 1 => yield_now(),
        2 => sleep(Duration::from_micros(random.below(300))),
        3 => assert_eq!(usleep(random.below(200) as c_uint), 0),
        4 => assert_eq!(usleep_blocking(random.below(100) as c_uint), 0),
        5 => assert_eq!(abs(-3), 3),
        6 => {
            let (result, errno) = close(-1);
            assert_eq!((result, errno.raw()), (-1, libc::EBADF));
        }
        7 => {
            let end = Instant::now() + Duration::from_micros(random.below(400));
            while Instant::now() < end {}
        }
        8 => assert_eq!(blocking(|| 5), 5),
        9..=11 => call_back(&Key { seed: random.below(1 << 30), depth }, compare),
        12 => {
            let lock = lock_os_thread();
            let thread = this_thread();
            for _ in 0..3 {
                operate(random, depth + 2);
                assert_eq!(thread, this_thread(), "a locked G moved");
            }
            drop(lock);
        }
        13 => {
            let seed = random.below(1 << 30);
            let g = spawner().go(move || {
                operate(&mut Random(seed), depth + 2);
                seed
            });
            operate(random, depth + 2);
            assert_eq!(g.join().unwrap(), seed);
        }
        14 => {
            let key = Key { seed: random.below(1 << 30), depth };
            let payload = catch_unwind(|| call_back(&key, panicking)).unwrap_err();
            assert_eq!(*payload.downcast::<u64>().unwrap(), key.seed);
        }
        15 if random.below(10) == 0 => {
            let seed = random.below(1 << 30);
            let pinned = go_pinned(move || {
                let thread = this_thread();
                operate(&mut Random(seed), depth + 2);
                assert_eq!(thread, this_thread(), "a pinned G moved");
            });
            pinned.join().unwrap();
        }
        16 => {
            let me = current();
            let other = spawner().go(move || me.unpark());
            park();
            other.join().unwrap();
        }
        17 if random.below(10) == 0 => {
            let key = Key { seed: random.below(1 << 30), depth: 2 };
            let thread = std::thread::spawn(move || {
                for _ in 0..3 {
                    compare((&raw const key).cast(), std::ptr::null());
                }
            });
            blocking(|| thread.join().unwrap());
        }
        _ => {}
    }
}

/// The seed that runs, for whoever tells of the end.
static SEED: AtomicU64 = AtomicU64::new(0);

/// The seeds to run, and how often each.
fn asked_for() -> (Range<u64>, u32) {
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let seeds = match std::env::var("CALLGATE_SEED") {
        Err(_) => 1..9,
        Ok(text) => match text.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => number(&text)..number(&text) + 1,
        },
    };
    let rounds = std::env::var("CALLGATE_ROUNDS").map_or(1, |text| number(&text) as u32);
    (seeds, rounds)
}

/// Prints the seed if the process comes to a bad end: by a panic, or by the signal of an abort.
fn tell_the_seed_at_a_bad_end() {
    extern "C" fn tell(signal: c_int) {
        let mut text = [0; 64];
        let mut rest = &mut text[..];
        // Formatting a number into an array allocates nothing: this may be a handler.
        let _ = writeln!(rest, "CALLGATE_SEED={}", SEED.load(Relaxed));
        let len = 64 - rest.len();
        // SAFETY: the bytes are alive; the signal comes again and has its default action then.
        unsafe {
            libc::write(2, text.as_ptr().cast(), len as _);
            if signal != 0 {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
        }
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tell(0);
        before(info);
    }));
    let tell: extern "C" fn(c_int) = tell;
    // SAFETY: the handler only writes and raises.
    unsafe { libc::signal(libc::SIGABRT, tell as *const () as usize) };
}

#[test]
fn everything_at_once() {
    // A round takes less than a second; the limit in time is for those that run by default.
    let _turn = (asked_for() == (1..9, 1)).then(common::alone);
    tell_the_seed_at_a_bad_end();
    // More Ps than this machine may have processors, a short slice, threads that end soon.
    Builder::new()
        .procs(3)
        .slice(Duration::from_millis(1))
        .idle_timeout(Duration::from_millis(5))
        .install()
        .unwrap();
    let (seeds, rounds) = asked_for();
    for seed in seeds.flat_map(|seed| (0..rounds).map(move |_| seed)) {
        SEED.store(seed, Relaxed);
        run(|| {
            let gs: Vec<_> = (0..60)
                .map(|i| {
                    spawner().go(move || {
                        let mut random = Random(seed * 1_000 + i);
                        (0..150).for_each(|_| operate(&mut random, 0));
                    })
                })
                .collect();
            gs.into_iter().for_each(|g| g.join().unwrap());
        });
        let metrics = callgate::metrics();
        assert_eq!(metrics.gs, 0, "seed {seed}: {metrics:?}");
    }
}
