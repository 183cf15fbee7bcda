//! Each ABI that Rust can name here, both ways; each shape of the table by those that differ is in
//! `by_value`.

use crate::by_value::{check, functions};
use crate::common::begin;
use crate::panicking::everywhere;
use crate::types;
use std::ffi::c_int;

/// A few shapes of each class by one ABI, which is C's by another name where `$prefix` is "c_".
macro_rules! abi {
    ($module:ident, $abi:tt, $prefix:literal) => {
        mod $module {
            use super::*;
            functions! { an_i32, $abi, $prefix }
            functions! { an_f32_nan, $abi, $prefix }
            functions! { an_i128, $abi, $prefix }
            functions! { an_address, $abi, $prefix }
            functions! { u8x3, $abi, $prefix }
            functions! { f32x4, $abi, $prefix }
            functions! { i32_f32, $abi, $prefix }
            functions! { i64_f64, $abi, $prefix }
            functions! { i64x8, $abi, $prefix }
        }
    };
}
abi!(c_unwind, "C-unwind", "c_");
abi!(system, "system", "c_");
abi!(system_unwind, "system-unwind", "c_");
// The C side is compiled by the ABI of the system.
#[cfg(all(target_arch = "x86_64", unix))]
abi!(sysv64, "sysv64", "c_");
#[cfg(all(target_arch = "x86_64", unix))]
abi!(sysv64_unwind, "sysv64-unwind", "c_");
#[cfg(target_arch = "x86_64")]
abi!(win64_unwind, "win64-unwind", "win64_");

/// A block without an ABI is C's.
mod unnamed {
    use super::*;
    #[callgate::foreign_call]
    #[allow(missing_abi)]
    unsafe extern "C" {
        safe fn test_add_one(x: c_int) -> c_int;
    }
    #[test]
    fn a_block_without_an_abi() {
        let _test = begin();
        everywhere(|| assert_eq!(test_add_one(1), 2));
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod registers {
    use super::*;
    use callgate::{current, export_callback, foreign_call, park, yield_now};
    use std::ffi::c_void;
    use std::panic::catch_unwind;

    /// As `c/shapes/win64.S` has it.
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Kept {
        general: [u64; 8],
        vectors: [[u64; 2]; 10],
        sp_difference: u64,
    }

    type Call = extern "win64" fn(*mut c_void);

    #[foreign_call]
    unsafe extern "C" {
        fn test_win64_call(f: Call, arg: *mut c_void, fill: u64, kept: *mut Kept);
    }

    /// Calls `f` out of C that has its registers full, and checks that it has them back.
    fn full(f: Call, fill: u64) {
        let mut kept = Kept::default();
        // SAFETY: the callbacks ignore their argument; `kept` outlives the call.
        unsafe { test_win64_call(f, std::ptr::null_mut(), fill, &raw mut kept) };
        assert_eq!(kept.general, std::array::from_fn(|i| fill + i as u64 + 1));
        assert_eq!(kept.vectors, std::array::from_fn(|i| [fill + i as u64 + 9; 2]));
        assert_eq!(kept.sp_difference, 0);
    }

    #[export_callback(private)]
    extern "win64" fn returns(_: *mut c_void) {}

    #[export_callback(private)]
    extern "win64" fn overwrites(_: *mut c_void) {
        // Leaves the vectors as it has filled them.
        full(returns, 0x5555_0000);
    }

    #[export_callback(private)]
    extern "win64" fn parks(_: *mut c_void) {
        let me = current();
        let waker = crate::common::spawner().go(move || {
            full(overwrites, 0x7777_0000);
            me.unpark();
        });
        park();
        yield_now();
        waker.join().unwrap();
    }

    #[export_callback(private, panic = unwind)]
    extern "win64" fn panics(_: *mut c_void) {
        std::panic::resume_unwind(Box::new("on purpose"));
    }

    #[export_callback(private, panic = return)]
    extern "win64" fn panics_and_returns(_: *mut c_void) {
        std::panic::resume_unwind(Box::new("on purpose"));
    }

    #[test]
    fn win64_gets_its_registers_back() {
        let _test = begin();
        let body = || {
            for f in [returns, overwrites, parks] {
                full(f, 0x1234_5678_0000);
            }
        };
        body();
        everywhere(body);
    }

    #[test]
    fn a_panic_in_a_win64_callback() {
        let _test = begin();
        everywhere(|| {
            let numbers = std::hint::black_box([1.5_f64, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]);
            for f in [panics as Call, panics_and_returns] {
                let payload = catch_unwind(|| full(f, 0x4444_0000)).unwrap_err();
                assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
            }
            assert_eq!(numbers.iter().sum::<f64>(), 40.0);
        });
    }
}
