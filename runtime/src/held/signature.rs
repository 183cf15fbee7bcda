//! The C signatures of closures, for each number of arguments.

use super::block::{Body, Exclusive, Shared, enter};
use super::closure::{Closure, Pointers};
use core::ffi::c_void;
use core::panic::Location;

mod sealed {
    pub trait Sealed {}
}

/// The signature of a C callback, without its user data: `fn(A, B) -> R`, of up to eight arguments.
/// What [`Closure`] is made for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the signature of a `Closure`",
    label = "not a `fn(A, B) -> R` of up to eight arguments",
    note = "write the callback's C signature without its `void *user_data`, as in \
            `Closure<fn(c_int, *const c_char) -> c_int>`, with pointers for references"
)]
pub trait Signature: sealed::Sealed {
    /// The C function that has its user data before the other arguments.
    type First: Copy;
    /// The C function that has its user data after the other arguments.
    type Last: Copy;
}

/// A signature for which closures of the type that `B` holds have functions for C.
pub(super) trait Trampolines<B>: Signature + Sized {
    const POINTERS: Pointers<Self>;
}

/// An [`Fn`] whose arguments are one tuple.
pub(super) trait Apply<Args, R> {
    fn apply(&self, args: Args) -> R;
}

/// An [`FnMut`] whose arguments are one tuple.
pub(super) trait ApplyMut<Args, R> {
    fn apply_mut(&mut self, args: Args) -> R;
}

macro_rules! signatures {
    ($([$($a:ident: $A:ident),*])*) => { $(
        impl<$($A,)* R> sealed::Sealed for fn($($A),*) -> R {}

        impl<$($A,)* R> Signature for fn($($A),*) -> R {
            type First = unsafe extern "C" fn(*mut c_void, $($A),*) -> R;
            type Last = unsafe extern "C" fn($($A,)* *mut c_void) -> R;
        }

        impl<F: Fn($($A),*) -> R, $($A,)* R> Apply<($($A,)*), R> for F {
            #[inline(always)]
            fn apply(&self, ($($a,)*): ($($A,)*)) -> R {
                self($($a),*)
            }
        }

        impl<F: FnMut($($A),*) -> R, $($A,)* R> ApplyMut<($($A,)*), R> for F {
            #[inline(always)]
            fn apply_mut(&mut self, ($($a,)*): ($($A,)*)) -> R {
                self($($a),*)
            }
        }

        impl<B: Body<($($A,)*), R>, $($A,)* R> Trampolines<B> for fn($($A),*) -> R {
            const POINTERS: Pointers<Self> = {
                unsafe extern "C" fn first<B, $($A,)* R, const UNWIND: bool>(
                    data: *mut c_void,
                    $($a: $A),*
                ) -> R
                where
                    B: Body<($($A,)*), R>,
                {
                    // SAFETY: C passes the closure's own data, while it is alive.
                    unsafe { enter::<B, _, R, UNWIND>(data, ($($a,)*)) }
                }
                unsafe extern "C" fn last<B, $($A,)* R, const UNWIND: bool>(
                    $($a: $A,)*
                    data: *mut c_void,
                ) -> R
                where
                    B: Body<($($A,)*), R>,
                {
                    // SAFETY: as above.
                    unsafe { enter::<B, _, R, UNWIND>(data, ($($a,)*)) }
                }
                Pointers {
                    first: first::<B, $($A,)* R, false>,
                    last: last::<B, $($A,)* R, false>,
                    first_unwinding: first::<B, $($A,)* R, true>,
                    last_unwinding: last::<B, $($A,)* R, true>,
                }
            };
        }

        /// Constructors for this number of arguments. Name the signature, from which the closure's
        /// arguments get their types: `Closure::<fn(A, B) -> R>::new(…)`.
        impl<$($A,)* R> Closure<fn($($A),*) -> R> {
            /// An owned closure, which C may call from several threads at once, and until it is
            /// [freed](Self::free).
            #[must_use = "dropping it frees it"]
            #[track_caller]
            pub fn new<F>(f: F) -> Self
            where
                F: Fn($($A),*) -> R + Send + Sync + 'static,
            {
                Self::owned(Shared(f), Location::caller())
            }

            /// An owned closure that changes what it has captured. One call at a time: one that
            /// begins while another runs, on another thread or within it, ends the process.
            #[must_use = "dropping it frees it"]
            #[track_caller]
            pub fn new_mut<F>(f: F) -> Self
            where
                F: FnMut($($A),*) -> R + Send + 'static,
            {
                Self::owned(Exclusive::new(f), Location::caller())
            }

            /// A closure that may borrow from the caller, for C that calls it before it returns:
            /// `body` calls that C. Returns what `body` returns.
            ///
            /// C must not call it after `body`, as it must not use a pointer to a local after that.
            /// Its [`free`](Self::free) does nothing.
            #[track_caller]
            pub fn with<F, T>(f: F, body: impl FnOnce(&Self) -> T) -> T
            where
                F: Fn($($A),*) -> R + Sync,
            {
                Self::scoped(Shared(f), Location::caller(), body)
            }

            /// [`with`](Self::with) of a closure that changes what it has captured, with the rule of
            /// [`new_mut`](Self::new_mut).
            #[track_caller]
            pub fn with_mut<F, T>(f: F, body: impl FnOnce(&Self) -> T) -> T
            where
                F: FnMut($($A),*) -> R + Send,
            {
                Self::scoped(Exclusive::new(f), Location::caller(), body)
            }
        }
    )* };
}

signatures! {
    []
    [a1: A1]
    [a1: A1, a2: A2]
    [a1: A1, a2: A2, a3: A3]
    [a1: A1, a2: A2, a3: A3, a4: A4]
    [a1: A1, a2: A2, a3: A3, a4: A4, a5: A5]
    [a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6]
    [a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7]
    [a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8]
}
