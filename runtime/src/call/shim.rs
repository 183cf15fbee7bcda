//! The shims `_cgo_Cfunc_f` as values: functions of C's calling convention, and how one is called on the
//! `g0` stack.
//!
//! Where all arguments lie in registers, they stay there: [`arch::asmcgocall`] is called as if it were
//! the shim. Where some don't, they are packed into a frame on the G's stack, whose address is then the
//! only argument.

use super::foreign::Call;
use crate::g::G;
use crate::private::Passed;
use crate::sanitize;
use core::ffi::c_void;
use core::mem::{ManuallyDrop, MaybeUninit, transmute, transmute_copy};

/// `unsafe extern "C-unwind" fn(A, …) -> R`
///
/// # Safety
/// The methods do what they say.
pub unsafe trait Shim: Copy {
    /// `(A, …)`
    type Args;
    /// `R`
    type Ret;

    /// Its address.
    fn address(self) -> *const c_void;

    /// Calls it.
    ///
    /// # Safety
    /// As the function itself.
    unsafe fn call(self, args: Self::Args) -> Self::Ret;

    /// Calls `arch::asmcgocall` as this type of function.
    ///
    /// # Safety
    /// As `arch::asmcgocall`, for the shim that the G has.
    unsafe fn switch(args: Self::Args) -> MaybeUninit<Self::Ret>;

    /// The arguments, which are words, one after another.
    fn words(args: Self::Args) -> [MaybeUninit<u64>; arch::WORD_ARGS];
}

/// The bytes of a word.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
fn word<A>(value: A) -> MaybeUninit<u64> {
    let value = ManuallyDrop::new(value);
    // SAFETY: it has as many bytes as are read. Those of a `u32` are all set: nothing that is passed
    // as a word has padding.
    unsafe {
        match size_of::<A>() {
            8 => transmute_copy(&value),
            4 => MaybeUninit::new(transmute_copy::<_, u32>(&value).into()),
            _ => unreachable!("a word has four or eight bytes"),
        }
    }
}

/// The value whose bytes are a word's lowest, or the one that has none.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub(super) fn of_word<R>(word: u64) -> MaybeUninit<R> {
    const { assert!(u16::from_ne_bytes([1, 0]) == 1, "the lowest come first") };
    assert!(size_of::<R>() <= 8, "a word has at most eight bytes");
    // SAFETY: not more than there are.
    unsafe { transmute_copy(&word) }
}

macro_rules! shim {
    ($($arg:ident)*) => {
        // SAFETY: as written.
        unsafe impl<R, $($arg),*> Shim for unsafe extern "C-unwind" fn($($arg),*) -> R {
            type Args = ($($arg,)*);
            type Ret = R;

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[cfg_attr(debug_assertions, inline)]
            fn address(self) -> *const c_void {
                self as *const c_void
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[cfg_attr(debug_assertions, inline)]
            #[allow(non_snake_case)]
            unsafe fn call(self, ($($arg,)*): Self::Args) -> R {
                // SAFETY: the caller's promise.
                unsafe { self($($arg),*) }
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[cfg_attr(debug_assertions, inline)]
            #[allow(non_snake_case)]
            unsafe fn switch(($($arg,)*): Self::Args) -> MaybeUninit<R> {
                type Switch = unsafe extern "C-unwind" fn();
                // SAFETY: the routine is of whatever type its shim is; `MaybeUninit` is passed as
                // what it holds, and holds anything after `drop_to_call`. The rest is the caller's
                // promise.
                unsafe {
                    let call: unsafe extern "C-unwind" fn($($arg),*) -> MaybeUninit<R> =
                        transmute(arch::asmcgocall as Switch);
                    let r = call($($arg),*);
                    super::came_back();
                    r
                }
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            #[cfg_attr(debug_assertions, inline)]
            #[allow(non_snake_case, unused_mut, unused_assignments, unused_variables)]
            fn words(($($arg,)*): Self::Args) -> [MaybeUninit<u64>; arch::WORD_ARGS] {
                let mut words = [MaybeUninit::uninit(); arch::WORD_ARGS];
                let mut n = 0;
                $(
                    words[n] = word($arg);
                    n += 1;
                )*
                words
            }
        }
    };
}
/// One for each number of arguments, down to none.
macro_rules! shims {
    () => {
        shim!();
    };
    ($first:ident $($rest:ident)*) => {
        shim!($first $($rest)*);
        shims!($($rest)*);
    };
}
shims!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27 A28 A29 A30 A31);

/// The arguments of a shim that don't all lie in registers, and the room for its result.
#[repr(C)]
struct Frame<S: Shim> {
    shim: S,
    args: ManuallyDrop<S::Args>,
    r: MaybeUninit<S::Ret>,
}

/// Calls the frame's shim: what `asmcgocall` calls instead of it.
unsafe extern "C-unwind" fn call_with_frame<S: Shim>(frame: *mut Frame<S>) {
    // SAFETY: `on_g0` passes a frame that waits for us; its arguments are moved out once.
    unsafe {
        sanitize::now_in_c();
        let args = ManuallyDrop::take(&mut (*frame).args);
        (*frame).r = MaybeUninit::new((*frame).shim.call(args));
    }
}

/// Makes a call on the `g0` stack of the calling G. The result is anything
/// if a callback has left by `drop_to_call`.
///
/// # Safety
/// The shim is sound to call; the code runs on the G's stack; `how` is true.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub(super) unsafe fn on_g0<S: Shim>(g: &G, call: Call<S>) -> MaybeUninit<S::Ret> {
    let Call { shim, address, args, how } = call;
    // SAFETY: the caller's promises; a G's context is its thread's alone.
    unsafe {
        // The sanitizer is told of the switch by `call_with_frame`.
        if how != Passed::Otherwise && !sanitize::ON {
            (*g.ctx()).shim = address;
            return S::switch(args);
        }
        let mut frame = Frame { shim, args: ManuallyDrop::new(args), r: MaybeUninit::uninit() };
        let call: unsafe extern "C-unwind" fn(*mut Frame<S>) = call_with_frame::<S>;
        (*g.ctx()).shim = call.address();
        <unsafe extern "C-unwind" fn(*mut Frame<S>) as Shim>::switch((&raw mut frame,))
            .assume_init();
        sanitize::now_on_g(g);
        frame.r
    }
}
