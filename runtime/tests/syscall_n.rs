//! Calls of functions that are found at run time, by their address.

mod common;

use callgate::{Builder, current, export_callback, go_pinned, park, run, syscall_n, yield_now};
use callgate_test_c as _;
use common::{begin, panic_of, spawner};
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::Once;

unsafe extern "C" {
    fn test_weigh();
    fn test_call_and_return();
}

/// The address of a function of the C library.
#[cfg(unix)]
fn find(name: &CStr) -> *const c_void {
    // SAFETY: the name is a string; null stands for all that the program has loaded.
    let f = unsafe { libc::dlsym(ptr::null_mut(), name.as_ptr()) };
    assert!(!f.is_null(), "{name:?}");
    f
}

#[cfg(windows)]
fn find(name: &CStr) -> *const c_void {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleA(name: *const i8) -> *mut c_void;
        fn GetProcAddress(module: *mut c_void, name: *const i8) -> *const c_void;
    }
    [c"msvcrt", c"kernel32"]
        .into_iter()
        // SAFETY: the names are strings.
        .map(|module| unsafe {
            GetProcAddress(GetModuleHandleA(module.as_ptr().cast()), name.as_ptr().cast())
        })
        .find(|f| !f.is_null())
        .unwrap_or_else(|| panic!("{name:?}"))
}

fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| Builder::new().procs(2).install().unwrap());
}

fn in_all_ways(body: fn()) {
    install();
    run(body);
    spawner().go(body).join().unwrap();
    go_pinned(body).join().unwrap();
    std::thread::spawn(body).join().unwrap();
}

/// Calls back, then returns `x` and leaves its lowest byte as the system's error.
fn call_and_return(f: extern "C" fn(*mut c_void), arg: *mut c_void, x: usize) -> (usize, i32) {
    let args = [f as *const () as usize, arg.expose_provenance(), x];
    // SAFETY: the function takes these.
    let (r1, _, err) = unsafe { syscall_n(test_call_and_return as *const c_void, &args) };
    (r1, err)
}

#[cfg(unix)]
#[test]
fn results_and_the_error_of_functions_found_by_name() {
    let _test = begin();
    in_all_ways(|| {
        // SAFETY: `close` refuses what is no file.
        let (r1, _, err) = unsafe { syscall_n(find(c"close"), &[usize::MAX]) };
        assert_eq!((r1 as c_int, err), (-1, libc::EBADF));
        // SAFETY: it takes nothing, and doesn't fail.
        let (r1, _, err) = unsafe { syscall_n(find(c"getpid"), &[]) };
        assert_eq!((r1 as u32, err), (std::process::id(), 0), "no error of an earlier call");
    });
}

#[cfg(windows)]
#[test]
fn results_and_the_error_of_functions_found_by_name() {
    let _test = begin();
    const ERROR_INVALID_HANDLE: i32 = 6;
    in_all_ways(|| {
        // SAFETY: `CloseHandle` refuses what is no handle.
        let (r1, _, err) = unsafe { syscall_n(find(c"CloseHandle"), &[0x7fff_fff0]) };
        assert_eq!((r1 as c_int, err), (0, ERROR_INVALID_HANDLE));
        // SAFETY: it takes nothing, and doesn't fail.
        let (r1, _, err) = unsafe { syscall_n(find(c"GetCurrentProcessId"), &[]) };
        assert_eq!((r1 as u32, err), (std::process::id(), 0), "no error of an earlier call");
    });
}

/// `ldiv` returns a struct of two words.
#[cfg(all(unix, target_pointer_width = "64"))]
#[test]
fn a_result_of_two_words() {
    let _test = begin();
    in_all_ways(|| {
        // SAFETY: two numbers.
        let (quotient, rest, _) = unsafe { syscall_n(find(c"ldiv"), &[1_000_003, 1_000]) };
        assert_eq!((quotient, rest), (1_000, 3));
    });
}

/// 64-bit Windows takes the bits of an `f64` for an argument, and gives one back.
#[cfg(all(windows, target_pointer_width = "64"))]
#[test]
fn floats_by_their_bits() {
    let _test = begin();
    in_all_ways(|| {
        let args = [2.0_f64, 10.0].map(|x| x.to_bits() as usize);
        // SAFETY: two numbers.
        let (_, power, _) = unsafe { syscall_n(find(c"pow"), &args) };
        assert_eq!(f64::from_bits(power as u64), 1024.0);
    });
}

#[test]
fn as_many_arguments_as_there_can_be() {
    let _test = begin();
    in_all_ways(|| {
        let args: [usize; 42] = std::array::from_fn(|i| i * i + 1);
        let expected: usize = args.iter().enumerate().map(|(i, arg)| (i + 10) * arg).sum();
        // SAFETY: the function takes 42 words.
        let (r1, _, _) = unsafe { syscall_n(test_weigh as *const c_void, &args) };
        assert_eq!(r1, expected);
        // SAFETY: nothing is called.
        let text = panic_of(|| unsafe { syscall_n(test_weigh as *const c_void, &[0; 43]) });
        assert_eq!(text, "callgate::syscall_n passes at most 42 arguments, and was given 43");
    });
}

/// Calls again, by way of C, so often as the counter says; each call returns what it was given.
#[export_callback(private)]
fn nests(depth: *mut c_void) {
    // SAFETY: the test passes a counter that outlives the call.
    let depth = unsafe { &*depth.cast::<Cell<usize>>() };
    if depth.get() > 0 {
        depth.set(depth.get() - 1);
        let x = depth.get() + 0xabc00;
        assert_eq!(
            call_and_return(nests, ptr::from_ref(depth).cast_mut().cast(), x),
            (x, x as i32 & 0xff)
        );
        // And others run meanwhile, maybe with such calls of their own.
        yield_now();
    }
}

#[test]
fn a_callback_makes_calls_of_its_own() {
    let _test = begin();
    in_all_ways(|| {
        let depth = Cell::new(5_usize);
        let outer = call_and_return(nests, ptr::from_ref(&depth).cast_mut().cast(), 0x12345);
        assert_eq!(outer, (0x12345, 0x45));
        assert_eq!(depth.get(), 0);
    });
}

#[export_callback(private)]
fn waits_for_another(_: *mut c_void) {
    let me = current();
    let waker = spawner().go(move || me.unpark());
    park();
    waker.join().unwrap();
}

/// Each G is woken on whatever thread is free after its call, with its own results and not those of a call
/// that the thread made since.
#[test]
fn results_go_with_the_g() {
    let _test = begin();
    install();
    let gs: Vec<_> = (0..40_usize)
        .map(|i| {
            spawner().go(move || {
                for j in 0..50 {
                    let x = i * 1000 + j;
                    let f = if j % 5 == 0 { waits_for_another } else { yields };
                    assert_eq!(call_and_return(f, ptr::null_mut(), x), (x, x as i32 & 0xff));
                }
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
}

#[export_callback(private)]
fn yields(_: *mut c_void) {
    yield_now();
}

/// Calls a function of the C library that takes a file, some bytes of memory, and their number.
fn call_with_bytes(name: &CStr, file: c_int, bytes: *mut u8, n: usize) -> c_int {
    let args = [file as usize, bytes.expose_provenance(), n];
    // SAFETY: the callers have so many bytes.
    let (r1, ..) = unsafe { syscall_n(find(name), &args) };
    r1 as c_int
}

/// Where the call blocks, its P goes to others, and the G waits for one when it comes back.
#[test]
fn a_call_that_blocks_holds_nobody_up() {
    let _test = begin();
    install();
    let [read, write, pipe, close] = if cfg!(windows) {
        [c"_read", c"_write", c"_pipe", c"_close"]
    } else {
        [c"read", c"write", c"pipe", c"close"]
    };
    let mut ends = [0; 2];
    // Windows asks for the size, and whether it is text: no.
    let args = [(&raw mut ends).expose_provenance(), 256, 0x8000];
    // SAFETY: there is room for two files.
    let made = unsafe { syscall_n(find(pipe), &args[..if cfg!(windows) { 3 } else { 1 }]) };
    assert_eq!(made.0 as c_int, 0);
    let [from, to] = ends;
    // More than there are Ps.
    let readers: Vec<_> = (0..8)
        .map(|_| {
            spawner().go(move || {
                let mut byte = 0_u8;
                assert_eq!(call_with_bytes(read, from, &raw mut byte, 1), 1);
                usize::from(byte)
            })
        })
        .collect();
    spawner()
        .go(move || {
            for mut i in 1..=8_u8 {
                assert_eq!(call_with_bytes(write, to, &raw mut i, 1), 1);
                yield_now();
            }
        })
        .join()
        .unwrap();
    assert_eq!(readers.into_iter().map(|g| g.join().unwrap()).sum::<usize>(), 36);
    for end in ends {
        // SAFETY: nobody uses it.
        let closed = unsafe { syscall_n(find(close), &[end as usize]) };
        assert_eq!(closed.0 as c_int, 0);
    }
}

#[export_callback(private, panic = unwind)]
fn panics(_: *mut c_void) {
    panic!("out of a callback");
}

#[export_callback(private, panic = return(()))]
fn panics_later(_: *mut c_void) {
    panic!("at the end of the call");
}

/// In a callback, one inner call is left by a panic; the outer one's parameters are there after.
#[export_callback(private)]
fn catches(_: *mut c_void) {
    let text = panic_of(|| call_and_return(panics, ptr::null_mut(), 1));
    assert_eq!(text, "out of a callback");
    let text = panic_of(|| call_and_return(panics_later, ptr::null_mut(), 2));
    assert_eq!(text, "at the end of the call");
    assert_eq!(call_and_return(yields, ptr::null_mut(), 3), (3, 3));
}

#[test]
fn panics_of_callbacks_leave_the_call() {
    let _test = begin();
    in_all_ways(|| {
        run(|| {
            for _ in 0..3 {
                catches(ptr::null_mut());
                assert_eq!(call_and_return(catches, ptr::null_mut(), 0x77), (0x77, 0x77));
            }
        });
    });
}
