//! Pointers of every kind: to functions, to values, to what only C knows, to text.

use crate::common::begin;
use crate::panicking::everywhere;
use callgate::{export_callback, foreign_call};
use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::marker::{PhantomData, PhantomPinned};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

type Unary = extern "C" fn(c_int) -> c_int;

#[repr(C)]
#[derive(Clone, Copy)]
struct Operations {
    first: Option<Unary>,
    second: Option<Unary>,
    x: c_int,
}

#[repr(C)]
#[derive(Debug, PartialEq)]
struct Division {
    quotient: c_int,
    remainder: c_int,
    ratio: f64,
}

/// A type of C's, of which only C knows the inside.
#[repr(C)]
struct Counter {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

#[foreign_call]
unsafe extern "C" {
    safe fn test_apply(f: Option<Unary>, x: c_int) -> c_int;
    #[link_name = "test_choose"]
    safe fn choose(which: c_int) -> Option<Unary>;
    safe fn test_is_negated(f: Unary) -> c_int;
    safe fn test_same_function(f: Option<Unary>) -> Option<Unary>;
    safe fn test_keep_function(f: Option<Unary>);
    static mut test_kept_function: Option<Unary>;
    safe fn test_apply_chosen(
        choose: extern "C" fn(c_int) -> Option<Unary>,
        which: c_int,
        x: c_int,
    ) -> c_int;
    safe fn test_swap_operations(o: Operations) -> Operations;
    safe fn test_run_operations(o: &Operations) -> c_int;
    safe fn test_run_swapped(
        f: extern "C" fn(Operations) -> Operations,
        first: Option<Unary>,
        second: Option<Unary>,
        x: c_int,
    ) -> c_int;

    safe fn test_larger<'a>(a: &'a c_int, b: &'a c_int) -> &'a c_int;
    safe fn test_increment(x: Option<&mut c_int>) -> Option<&mut c_int>;
    #[link_name = "test_increment"]
    fn increment_non_null(x: Option<NonNull<c_int>>) -> Option<NonNull<c_int>>;
    #[link_name = "test_is_null"]
    safe fn is_null(p: *const c_void) -> bool;
    safe fn test_call_with_references(
        f: extern "C" fn(&c_int, Option<&mut c_int>) -> *const c_int,
    ) -> c_int;
    safe fn test_divide(a: c_int, b: c_int, out: &mut MaybeUninit<Division>) -> bool;
    #[link_name = "test_divide"]
    fn divide_at(a: c_int, b: c_int, out: *mut MaybeUninit<Division>) -> bool;
    safe fn test_call_divide(
        f: extern "C" fn(c_int, c_int, &mut MaybeUninit<Division>) -> bool,
        a: c_int,
        b: c_int,
    ) -> c_int;

    fn test_counter_new(start: c_int, next: *mut Counter) -> *mut Counter;
    fn test_counter_add(counter: *mut Counter, n: c_int) -> c_int;
    fn test_counter_next(counter: *const Counter) -> Option<NonNull<Counter>>;
    fn test_counter_free(counter: NonNull<Counter>);
    fn test_counter_each(
        counter: *mut Counter,
        f: extern "C" fn(NonNull<Counter>, *mut c_void) -> c_int,
        arg: *mut c_void,
    ) -> c_int;

    fn test_text_length(text: *const c_char) -> usize;
    fn test_wide_length(text: *const libc::wchar_t) -> usize;
    fn test_text_byte(text: *const c_char, i: usize) -> c_int;
    safe fn test_call_text(f: extern "C" fn(*const c_char) -> *const c_char, which: c_int)
    -> c_int;
    safe fn test_char_is_signed() -> bool;
    safe fn test_size_of_long() -> usize;
}

/// Runs `body` on this thread as it is, and wherever the runtime has something to do with it.
fn anywhere(body: fn()) {
    let _test = begin();
    body();
    everywhere(body);
}

#[export_callback(private)]
fn squared(x: c_int) -> c_int {
    x * x
}

#[export_callback(private)]
fn add_three(x: c_int) -> c_int {
    x + 3
}

#[test]
fn function_pointers_of_both_sides() {
    anywhere(|| {
        assert_eq!(test_apply(Some(squared), 7), 49, "Rust's, called by C");
        let (doubled, negated) = (choose(1).unwrap(), choose(2).unwrap());
        assert_eq!((doubled(5), negated(5)), (10, -5), "C's, called by Rust");
        assert_eq!(test_apply(Some(doubled), 6), 12, "C's, by way of Rust");
        assert_eq!((test_is_negated(negated), test_is_negated(squared)), (1, 0));
        let back = test_same_function(Some(squared)).unwrap();
        assert!(ptr::fn_addr_eq(back, squared as Unary), "Rust's, by way of C");
        assert_eq!(back(4), 16);
    });
}

#[test]
fn no_function_both_ways() {
    anywhere(|| {
        assert_eq!(test_apply(None, 7), -1000);
        assert!(choose(0).is_none());
        assert!(test_same_function(None).is_none());
    });
}

#[test]
fn functions_that_return_functions() {
    #[export_callback(private)]
    fn choose_of_rust(which: c_int) -> Option<Unary> {
        match which {
            1 => Some(squared),
            2 => choose(2),
            _ => None,
        }
    }
    anywhere(|| {
        let results = [1, 2, 3].map(|which| test_apply_chosen(choose_of_rust, which, 9));
        assert_eq!(results, [81, -9, -1000]);
    });
}

#[test]
fn functions_in_structs() {
    #[export_callback(private)]
    fn swap(o: Operations) -> Operations {
        Operations { first: o.second, second: o.first, x: o.x + 1 }
    }
    anywhere(|| {
        let o = Operations { first: Some(squared), second: Some(add_three), x: 5 };
        assert_eq!(test_run_operations(&o), 28);
        let swapped = test_swap_operations(o);
        assert_eq!(test_run_operations(&swapped), 4);
        let half = test_swap_operations(Operations { first: None, ..o });
        assert!(half.second.is_none());
        assert_eq!(half.first.unwrap()(1), 4);
        assert_eq!(test_run_swapped(swap, Some(squared), Some(add_three), 1), 25);
        assert_eq!(test_run_swapped(swap, None, choose(1), 1), -1000);
    });
}

#[test]
fn a_function_kept_by_c() {
    let _test = begin();
    callgate::run(|| {
        test_keep_function(Some(squared));
        // SAFETY: this test alone uses it, on one thread.
        let kept = unsafe { test_kept_function };
        assert_eq!(kept.unwrap()(3), 9);
        test_keep_function(None);
        // SAFETY: as above.
        unsafe {
            let kept = test_kept_function;
            assert!(kept.is_none());
            test_kept_function = choose(1);
            let kept = test_kept_function;
            assert_eq!(kept.unwrap()(4), 8);
        }
    });
}

#[test]
fn references_and_none() {
    anywhere(|| {
        let (mut a, b) = (1, 2);
        assert!(ptr::eq(test_larger(&a, &b), &b));
        assert!(test_increment(None).is_none());
        *test_increment(Some(&mut a)).unwrap() += 10;
        assert_eq!(a, 12);
        // SAFETY: `a` outlives the calls.
        unsafe {
            assert!(increment_non_null(None).is_none());
            let to_a = NonNull::from(&mut a);
            assert_eq!(increment_non_null(Some(to_a)), Some(to_a));
        }
        assert_eq!(a, 13);
        assert!(is_null(ptr::null()));
        assert!(!is_null((&raw const a).cast()));
    });
}

#[test]
fn references_in_callbacks() {
    #[export_callback(private)]
    fn copy(from: &c_int, to: Option<&mut c_int>) -> *const c_int {
        let Some(to) = to else { return ptr::null() };
        *to = *from;
        to
    }
    anywhere(|| assert_eq!(test_call_with_references(copy), 0));
}

#[test]
fn results_by_pointer() {
    #[export_callback(private)]
    fn divide(a: c_int, b: c_int, out: &mut MaybeUninit<Division>) -> bool {
        // What the callback writes is what C wrote for it.
        test_divide(a, b, out)
    }
    anywhere(|| {
        let mut out = MaybeUninit::uninit();
        assert!(!test_divide(1, 0, &mut out));
        assert!(test_divide(17, 5, &mut out));
        // SAFETY: C has returned true, and so has written it.
        let division = unsafe { out.assume_init() };
        assert_eq!(division, Division { quotient: 3, remainder: 2, ratio: 3.4 });
        let mut out = MaybeUninit::uninit();
        // SAFETY: as above; the pointer is good.
        unsafe {
            assert!(divide_at(-7, 2, &raw mut out));
            assert_eq!(out.assume_init().remainder, -1);
        }
        assert_eq!((test_call_divide(divide, 17, 5), test_call_divide(divide, 1, 0)), (0, -1));
    });
}

#[test]
fn what_only_c_knows() {
    #[export_callback(private)]
    fn add(counter: NonNull<Counter>, arg: *mut c_void) -> c_int {
        // SAFETY: the test passes an integer; the counter is C's, and alive.
        unsafe {
            let n = arg.cast::<c_int>();
            *n += 1;
            test_counter_add(counter.as_ptr(), *n)
        }
    }
    anywhere(|| {
        let mut n = 0;
        // SAFETY: the counters are freed once, after their last use.
        unsafe {
            let last = test_counter_new(10, ptr::null_mut());
            let first = test_counter_new(20, last);
            assert_eq!(test_counter_next(first), NonNull::new(last));
            assert_eq!(test_counter_next(last), None);
            assert_eq!(test_counter_each(first, add, (&raw mut n).cast()), 21 + 12);
            assert_eq!(test_counter_add(last, 0), 12);
            test_counter_free(NonNull::new(first).unwrap());
            test_counter_free(NonNull::new(last).unwrap());
        }
    });
}

#[test]
fn text_both_ways() {
    #[export_callback(private)]
    fn replies(text: *const c_char) -> *const c_char {
        // SAFETY: C passes a text that ends with NUL.
        match unsafe { CStr::from_ptr(text) }.to_bytes() {
            b"plain" => c"one".as_ptr(),
            b"" => c"".as_ptr(),
            b"h\xc3\xa4user" => c"three".as_ptr(),
            b"\xff\xfe" => text,
            b"cut" => ptr::null(),
            _ => c"something else".as_ptr(),
        }
    }
    anywhere(|| {
        // SAFETY: each text ends with NUL, and is read within its length.
        unsafe {
            assert_eq!(test_text_length(c"four".as_ptr()), 4);
            assert_eq!(test_text_length(c"".as_ptr()), 0);
            assert_eq!(test_text_length(c"häuser".as_ptr()), 7);
            assert_eq!(test_text_byte(c"\xff\x01".as_ptr(), 0), 0xff);
            let wide = ['a', 'ä', '€', '𝄞', '\0'].map(|c| c as libc::wchar_t);
            assert_eq!(test_wide_length(wide.as_ptr()), 4);
        }
        let lengths = [0, 1, 2, 3, 4].map(|which| test_call_text(replies, which));
        assert_eq!(lengths, [3, 0, 5, 2, -1]);
    });
}

#[test]
fn char_and_long_are_cs() {
    anywhere(|| {
        assert_eq!(test_char_is_signed(), c_char::MIN != 0);
        assert_eq!(test_size_of_long(), size_of::<c_long>());
    });
}
