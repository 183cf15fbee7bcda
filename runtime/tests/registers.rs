//! What each side finds in the processor's registers, whatever the other left there.
#![cfg(all(target_arch = "x86_64", any(target_os = "linux", windows)))]

mod common;

use callgate::{Builder, current, export_callback, foreign_call, park, run, yield_now};
use callgate_arch::zero_register;
use callgate_test_c as _;
use common::{begin, spawner};
use std::arch::asm;
use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// What `test_poisoned_call` finds after the callback; layout in `c/registers.S`.
#[repr(C)]
#[derive(Default)]
struct After {
    kept: [u64; 6],
    sp_difference: u64,
    flags: u64,
    mxcsr: u32,
    x87: u16,
    pad: u16,
    /// `rdi`, `rsi`, and both halves of `xmm6` to `xmm15`.
    #[cfg(windows)]
    kept_on_windows: [u64; 22],
}

type Call = extern "C" fn(*mut c_void);

#[foreign_call]
unsafe extern "C" {
    fn test_poisoned_call(f: Call, arg: *mut c_void, after: *mut After, vectors: c_int);
    fn test_threads(n: c_int, times: c_int, f: Call, arg: *mut c_void) -> c_int;
    safe fn fesetround(mode: c_int) -> c_int;
    safe fn fegetround() -> c_int;
}

const FE_TONEAREST: c_int = 0;
const FE_UPWARD: c_int = 0x800;
const FE_TOWARDZERO: c_int = 0xc00;

/// MXCSR without the flags of past exceptions.
const MXCSR_CONTROL: u32 = 0xffc0;
const RUSTS_MXCSR: u32 = 0x1f80;
const RUSTS_X87: u16 = if cfg!(windows) { 0x027f } else { 0x037f };
/// All exceptions masked, flush-to-zero, denormals-are-zero, round up.
const CS_MXCSR: u32 = 0x1f80 | 1 << 15 | 1 << 6 | 2 << 13;
/// Single precision, round up.
const CS_X87: u16 = 0x007f | 2 << 10;
const DIRECTION: u64 = 1 << 10;

fn mxcsr() -> u32 {
    let mut word = 0_u32;
    // SAFETY: stores the word.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack)) };
    word & MXCSR_CONTROL
}

fn x87() -> u16 {
    let mut word = 0_u16;
    // SAFETY: stores the word.
    unsafe { asm!("fnstcw [{}]", in(reg) &raw mut word, options(nostack)) };
    word
}

fn flags() -> u64 {
    let flags;
    // SAFETY: the push is popped.
    unsafe { asm!("pushfq", "pop {}", out(reg) flags) };
    flags
}

#[track_caller]
fn rust_has_its_registers() {
    let zero = zero_register();
    assert_eq!(zero, 0);
    assert_eq!(mxcsr(), RUSTS_MXCSR);
    assert_eq!(x87(), RUSTS_X87);
    assert_eq!(flags() & DIRECTION, 0);
    // And so arithmetic is what the compiler takes it for.
    let denormal = std::hint::black_box(f64::MIN_POSITIVE) / 2.0;
    assert!(denormal > 0.0);
    assert_eq!(std::hint::black_box(1.0_f64) + f64::EPSILON / 4.0, 1.0);
}

static CALLBACKS: AtomicU32 = AtomicU32::new(0);

#[export_callback(private)]
fn looks(_: *mut c_void) {
    let zero = zero_register();
    assert_eq!(zero, 0);
    rust_has_its_registers();
    CALLBACKS.fetch_add(1, SeqCst);
}

#[export_callback(private)]
fn parks(_: *mut c_void) {
    let zero = zero_register();
    assert_eq!(zero, 0);
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

fn vectors() -> c_int {
    if is_x86_feature_detected!("avx512f") {
        2
    } else {
        c_int::from(is_x86_feature_detected!("avx"))
    }
}

/// Calls `f` through C with all registers full, and checks what C finds when it returns.
fn poisoned(f: Call, arg: *mut c_void) {
    for vectors in 0..=vectors() {
        let mut after = After { mxcsr: CS_MXCSR, x87: CS_X87, ..After::default() };
        // SAFETY: the callbacks ignore their argument; `after` outlives the call.
        unsafe { test_poisoned_call(f, arg, &raw mut after, vectors) };
        let kept = [0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5].map(|b| u64::from_ne_bytes([b; 8]));
        assert_eq!(after.kept, kept, "C gets rbx, rbp and r12 to r15 back");
        #[cfg(windows)]
        {
            let ones = u64::MAX;
            let [rdi, rsi, vectors @ ..] = after.kept_on_windows;
            assert_eq!([rdi, rsi], [0xb6, 0xb7].map(|b| u64::from_ne_bytes([b; 8])), "rdi and rsi");
            assert_eq!(vectors, [ones; 20], "C gets xmm6 to xmm15 back");
        }
        assert_eq!(after.sp_difference, 0);
        assert_eq!(after.flags & DIRECTION, 0);
        assert_eq!(after.mxcsr & MXCSR_CONTROL, CS_MXCSR, "C gets its MXCSR back");
        assert_eq!(after.x87, CS_X87, "C gets its x87 control word back");
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
            let before = (mxcsr(), x87());
            poisoned(f, std::ptr::null_mut());
            assert_eq!((mxcsr(), x87()), before);
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

#[test]
fn a_fresh_g_has_the_default_control_words() {
    let _test = begin();
    install();
    spawner()
        .go(|| {
            assert_eq!(fesetround(FE_UPWARD), 0);
            // Made and first run while this thread rounds up.
            let other = spawner().go(|| {
                rust_has_its_registers();
                fegetround()
            });
            yield_now();
            assert_eq!(other.join().unwrap(), FE_TONEAREST);
            fesetround(FE_TONEAREST);
        })
        .join()
        .unwrap();
}

#[test]
fn a_gs_rounding_mode_moves_with_it_and_others_dont_see_it() {
    let _test = begin();
    install();
    let gs: Vec<_> = [FE_TONEAREST, FE_UPWARD, FE_TOWARDZERO]
        .into_iter()
        .cycle()
        .take(30)
        .map(|mode| {
            spawner().go(move || {
                assert_eq!(fesetround(mode), 0);
                for i in 0..50 {
                    match i % 3 {
                        0 => yield_now(),
                        1 => callgate::sleep(std::time::Duration::from_micros(20)),
                        _ => callgate::blocking(|| ()),
                    }
                    assert_eq!(fegetround(), mode);
                    assert_eq!(mxcsr() >> 13 & 3, mode as u32 >> 10);
                    assert_eq!(u32::from(x87()) >> 10 & 3, mode as u32 >> 10);
                }
                fesetround(FE_TONEAREST);
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
