//! Calls of the C library as programs make them: memory, output, text, functions found at run time.
//! Shapes of arguments and results are tested elsewhere, see `README.md` here.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;
#[path = "common/panicking.rs"]
mod panicking;

use callgate::{export_callback, foreign_call, yield_now};
use common::{begin, child, spawner};
use panicking::{everywhere, through_c};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::{io, mem, ptr};

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

#[foreign_call(io)]
unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn calloc(n: usize, size: usize) -> *mut c_void;
    fn realloc(memory: *mut c_void, size: usize) -> *mut c_void;
}

#[foreign_call]
unsafe extern "C" {
    fn free(memory: *mut c_void);
    fn strlen(text: *const c_char) -> usize;
    fn strdup(text: *const c_char) -> *mut c_char;
    fn memcmp(a: *const c_void, b: *const c_void, n: usize) -> c_int;
    fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
    #[cfg(unix)]
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    #[foreign_call(variadic(c_int))]
    fn printf(format: *const c_char, ...) -> c_int;
    safe fn fflush(file: *mut c_void) -> c_int;
}

/// A struct of bit-fields, which only C takes apart.
#[repr(C)]
#[derive(Clone, Copy)]
struct Flags {
    /// Windows' rules start a new word with each new type.
    words: [u64; if cfg!(windows) { 3 } else { 2 }],
}

/// A struct with a `double complex`, which is two doubles to its neighbours.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wave {
    sign: i8,
    z: [f64; 2],
    end: i8,
}

#[foreign_call]
unsafe extern "C" {
    safe fn test_flags(level: c_uint, offset: c_int, address: u64, count: u64) -> Flags;
    safe fn test_flags_level(flags: Flags) -> c_uint;
    safe fn test_flags_offset(flags: Flags) -> c_int;
    safe fn test_flags_address(flags: &Flags) -> u64;
    safe fn test_flags_count(flags: Flags) -> u64;
    safe fn test_turn(wave: Wave, by: &Wave) -> Wave;
}

#[test]
fn bit_fields_behind_accessors() {
    let _test = begin();
    everywhere(|| {
        let flags = test_flags(5, -16, 0xfe_dcba_9876, 0xabc_def0_1234_5678);
        assert_eq!((test_flags_level(flags), test_flags_offset(flags)), (5, -16));
        assert_eq!(test_flags_address(&flags), 0xfe_dcba_9876);
        assert_eq!(test_flags_count(flags), 0xabc_def0_1234_5678);
    });
}

#[test]
fn complex_numbers_in_structs() {
    let _test = begin();
    everywhere(|| {
        let wave = Wave { sign: 1, z: [2.0, 3.0], end: 4 };
        let turned = test_turn(wave, &Wave { sign: 0, z: [0.0, 1.0], end: 5 });
        assert_eq!(turned, Wave { sign: -1, z: [-3.0, 2.0], end: 9 });
    });
}

#[test]
fn sizes_that_no_memory_has_are_errors() {
    let _test = begin();
    everywhere(|| {
        // SAFETY: what was allocated is freed once, and nothing is read.
        unsafe {
            let nothing = malloc(0).unwrap();
            assert!(!nothing.is_null());
            free(nothing);
            for size in
                [usize::MAX, -1_isize as usize, isize::MAX as usize + 1, isize::MAX as usize]
            {
                assert_eq!(malloc(size).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
            }
            // Four bytes, if the product wrapped.
            assert_eq!(
                calloc(usize::MAX / 4 + 2, 4).unwrap_err().kind(),
                io::ErrorKind::OutOfMemory
            );
            let some = malloc(10).unwrap();
            assert!(realloc(some, usize::MAX).is_err());
            free(realloc(some, 100).unwrap());
        }
    });
}

#[test]
fn text_with_nul_and_bytes_that_are_no_text() {
    let _test = begin();
    everywhere(|| {
        for text in [&b""[..], b"plain", b"\xff\xfe\x80 is no UTF-8", "Grüße, 世界".as_bytes()]
        {
            let out = CString::new(text).unwrap();
            // SAFETY: strings of C, each freed once.
            unsafe {
                assert_eq!(strlen(out.as_ptr()), text.len());
                let copy = strdup(out.as_ptr());
                assert_eq!(CStr::from_ptr(copy).to_bytes(), text);
                free(copy.cast());
            }
        }
        // What stands behind a NUL is there, but C's string ends.
        let embedded = b"before\0behind\0";
        // SAFETY: as above; the length is that of both.
        unsafe {
            assert_eq!(strlen(embedded.as_ptr().cast()), 6);
            let copy = malloc(embedded.len()).unwrap();
            copy.cast::<u8>().copy_from(embedded.as_ptr(), embedded.len());
            assert_eq!(memcmp(copy, embedded.as_ptr().cast(), embedded.len()), 0);
            assert_eq!(CStr::from_ptr(copy.cast()).to_bytes(), b"before");
            free(copy);
        }
    });
}

#[export_callback(private)]
fn compare(a: *const c_void, b: *const c_void) -> c_int {
    yield_now();
    // SAFETY: qsort passes two elements of the array.
    unsafe { (*a.cast::<c_int>()).cmp(&*b.cast()) as c_int }
}

/// The address of a function of this process, found by its name.
#[cfg(unix)]
fn find(name: &CStr) -> *mut c_void {
    // SAFETY: a string.
    let found = unsafe { dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    assert!(!found.is_null());
    found
}

#[cfg(unix)]
type Sort = unsafe extern "C" fn(*mut c_void, usize, usize, Compare);

/// Calls the function whose address is given, as C does that has loaded a plugin.
#[cfg(unix)]
extern "C" fn sort_by(arg: *mut c_void) {
    // SAFETY: the test passes it, with the address of `qsort`.
    unsafe {
        let (sort, numbers) = &mut *arg.cast::<(*mut c_void, [c_int; 20])>();
        let sort = mem::transmute::<*mut c_void, Sort>(*sort);
        sort(numbers.as_mut_ptr().cast(), numbers.len(), 4, compare);
    }
}

/// On Windows, see `syscall_n`.
#[cfg(unix)]
#[test]
fn a_function_found_at_run_time_calls_back() {
    let _test = begin();
    everywhere(|| {
        let mut job: (_, [c_int; 20]) =
            (find(c"qsort"), std::array::from_fn(|i| (i as c_int * 7) % 20));
        // SAFETY: the job outlives the call.
        unsafe { test_call(sort_by, (&raw mut job).cast()) };
        assert_eq!(job.1, std::array::from_fn(|i| i as c_int));
        assert_eq!(job.0, find(c"qsort"), "one function has one address");
        // The same by its name.
        job.1.reverse();
        // SAFETY: the array's own address, length and element size.
        unsafe { qsort(job.1.as_mut_ptr().cast(), 20, 4, compare) };
        assert_eq!(job.1, std::array::from_fn(|i| i as c_int));
    });
}

#[test]
fn output_of_c_keeps_its_order() {
    let end = child("output_of_c_keeps_its_order", || {
        let others: Vec<_> =
            (0..4).map(|_| spawner().go(|| (0..200).for_each(|_| yield_now()))).collect();
        let g = spawner().go(|| {
            for i in 0..200 {
                // SAFETY: the format takes one integer.
                let write = || unsafe { printf(c"<%d>".as_ptr(), i) };
                // On whatever thread, from a callback too.
                if i % 3 == 0 {
                    through_c(|| assert!(write() > 0))
                } else {
                    assert!(write() > 0)
                }
                callgate::blocking(|| ());
            }
            assert_eq!(fflush(ptr::null_mut()), 0);
        });
        others.into_iter().chain([g]).for_each(|g| g.join().unwrap());
    });
    end.succeeded();
    let expected: String = (0..200).map(|i| format!("<{i}>")).collect();
    assert!(end.text.contains(&expected), "{end:#?}");
}
