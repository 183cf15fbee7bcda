//! What each side finds in the processor's registers, whatever the other left there.

mod common;

use callgate::{Builder, current, export_callback, foreign_call, metrics, park, run, yield_now};
use callgate_arch::{ZERO_REGISTER_LASTS, zero_register};
use callgate_test_c as _;
use common::{begin, spawner};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    fn test_poisoned_call(f: Call, arg: *mut c_void, poisoning: c_int) -> c_uint;
    safe fn test_poisonings() -> c_int;
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
    fn test_thread_that_ends_full(f: Call, arg: *mut c_void) -> c_int;
    safe fn fesetround(mode: c_int) -> c_int;
    safe fn fegetround() -> c_int;
    safe fn test_rounding(i: c_int) -> c_int;
}

/// A plain call: looks at the registers of the calling code.
fn control() -> c_uint {
    unsafe extern "C" {
        safe fn test_control() -> c_uint;
    }
    test_control()
}

fn control_of_rust() -> c_uint {
    unsafe extern "C" {
        safe static test_control_of_rust: c_uint;
    }
    test_control_of_rust
}

/// The runtime asserts it on each way in, in debug builds; here is what a callback sees.
#[inline(always)]
#[track_caller]
fn zero_register_is_zero() {
    let zero = zero_register();
    assert!(zero == 0 || !ZERO_REGISTER_LASTS, "{zero:#x}");
}

#[track_caller]
fn rust_has_its_registers() {
    zero_register_is_zero();
    assert_eq!(control(), control_of_rust());
    // And so arithmetic is what the compiler takes it for.
    let denormal = std::hint::black_box(f64::MIN_POSITIVE) / 2.0;
    assert!(denormal > 0.0);
    assert_eq!(std::hint::black_box(1.0_f64) + f64::EPSILON / 4.0, 1.0);
}

static CALLBACKS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn looks(_: *mut c_void) {
    zero_register_is_zero();
    rust_has_its_registers();
    CALLBACKS.fetch_add(1, SeqCst);
}

#[export_callback(private)]
fn parks(_: *mut c_void) {
    zero_register_is_zero();
    let me = current();
    let waker = spawner().go(move || {
        rust_has_its_registers();
        me.unpark();
    });
    park();
    rust_has_its_registers();
    waker.join().unwrap();
    yield_now();
    rust_has_its_registers();
    CALLBACKS.fetch_add(1, SeqCst);
}

#[export_callback(private)]
fn nests(arg: *mut c_void) {
    rust_has_its_registers();
    poisoned(looks, arg);
    rust_has_its_registers();
    CALLBACKS.fetch_add(1, SeqCst);
}

/// Calls `f` through C with all registers full, and checks what C finds when it returns.
fn poisoned(f: Call, arg: *mut c_void) {
    for poisoning in 0..test_poisonings() {
        // SAFETY: the callbacks ignore their argument.
        let wrong = unsafe { test_poisoned_call(f, arg, poisoning) };
        assert_eq!(
            wrong, 0,
            "C gets all back that a callee keeps; for the number see c/registers.c"
        );
    }
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(2).install().unwrap());
}

fn in_all_ways(body: fn()) {
    install();
    run(body);
    spawner().go(body).join().unwrap();
    callgate::go_pinned(body).join().unwrap();
    std::thread::spawn(body).join().unwrap();
}

#[test]
fn a_callback_finds_rusts_registers_and_c_gets_its_own_back() {
    let _test = begin();
    in_all_ways(|| {
        for f in [looks, parks, nests] {
            let before = control();
            poisoned(f, std::ptr::null_mut());
            assert_eq!(control(), before);
        }
    });
    assert!(CALLBACKS.load(SeqCst) >= 12);
}

#[test]
fn a_fresh_foreign_thread_finds_them_too() {
    let _test = begin();
    install();
    extern "C" fn poisons(arg: *mut c_void) {
        // Three times: the first borrows an M, the others find it.
        for f in [looks, parks, nests] {
            poisoned(f, arg);
        }
    }
    let before = CALLBACKS.load(SeqCst);
    // SAFETY: the callbacks ignore their argument.
    assert_eq!(unsafe { test_threads(4, 2, poisons, std::ptr::null_mut()) }, 0);
    assert!(CALLBACKS.load(SeqCst) >= before + 24);
}

/// The system calls the runtime when a thread ends that has called back, with whatever is in the registers.
#[test]
fn the_end_of_a_thread_finds_them_too() {
    let _test = begin();
    install();
    for _ in 0..3 {
        let before = metrics().dropm;
        // SAFETY: the callback ignores its argument.
        assert_eq!(unsafe { test_thread_that_ends_full(looks, std::ptr::null_mut()) }, 0);
        assert!(metrics().dropm > before, "the thread has given its M back");
    }
}

#[test]
fn a_fresh_g_has_the_default_control_words() {
    let _test = begin();
    install();
    let [nearest, up] = [0, 1].map(test_rounding);
    spawner()
        .go(move || {
            assert_eq!(fesetround(up), 0);
            // Made and first run while this thread rounds up.
            let other = spawner().go(|| {
                rust_has_its_registers();
                fegetround()
            });
            yield_now();
            assert_eq!(other.join().unwrap(), nearest);
            fesetround(nearest);
        })
        .join()
        .unwrap();
}

#[test]
fn a_gs_rounding_mode_moves_with_it_and_others_dont_see_it() {
    let _test = begin();
    install();
    let nearest = test_rounding(0);
    let gs: Vec<_> = [0, 1, 2]
        .map(test_rounding)
        .into_iter()
        .cycle()
        .take(30)
        .map(|mode| {
            spawner().go(move || {
                assert_eq!(fesetround(mode), 0);
                let words = control();
                assert_eq!(words == control_of_rust(), mode == nearest);
                for i in 0..50 {
                    match i % 3 {
                        0 => yield_now(),
                        1 => callgate::sleep(std::time::Duration::from_micros(20)),
                        _ => callgate::blocking(|| ()),
                    }
                    assert_eq!(fegetround(), mode);
                    assert_eq!(control(), words);
                }
                fesetround(nearest);
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[export_callback(private, panic = unwind)]
fn panics(_: *mut c_void) {
    std::panic::resume_unwind(Box::new(()));
}

#[test]
fn a_panic_out_of_poisoned_c_finds_rusts_registers() {
    let _test = begin();
    in_all_ways(|| {
        // On a plain thread no Rust caller would be there to go on at.
        run(|| {
            let kept = std::hint::black_box([1_u64, 2, 3, 4, 5, 6, 7, 8]);
            let caught = std::panic::catch_unwind(|| poisoned(panics, std::ptr::null_mut()));
            assert!(caught.is_err());
            assert_eq!(std::hint::black_box(kept).iter().sum::<u64>(), 36);
            rust_has_its_registers();
        });
    });
}
