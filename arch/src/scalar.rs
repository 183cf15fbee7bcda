//! The types that take one register, at most, wherever they are passed.

use core::ptr::NonNull;

/// A type that every C ABI passes as one integer or one float of at most a pointer's size or a
/// `double`'s, and never by parts. A struct of the same size may go to memory: one with a packed struct
/// inside does (System V AMD64 ABI, §3.2.3), and no size or alignment tells it.
///
/// # Safety
/// The type is an integer, a float, `bool` or a pointer that C knows, of at most eight bytes, or a type
/// with the same ABI.
pub unsafe trait Scalar {
    /// Whether it goes in an integer register as the bytes it is, with nothing that a callee may ask of
    /// the rest of the register. Of the small ones, some callees expect them extended.
    const WORD: bool = true;
}

macro_rules! scalars {
    ($word:literal: $($t:ty)*) => {
        $(
            // SAFETY: an integer or a float of at most eight bytes.
            unsafe impl Scalar for $t {
                const WORD: bool = $word;
            }
        )*
    };
}
scalars!(false: bool i8 u8 i16 u16 f32 f64);
scalars!(true: i32 u32 isize usize);
#[cfg(target_pointer_width = "64")]
scalars!(true: i64 u64);

// SAFETY: thin pointers.
unsafe impl<T> Scalar for *const T {}
// SAFETY: as above.
unsafe impl<T> Scalar for *mut T {}
// SAFETY: references and the like are pointers that are never null, and null is their `None`.
unsafe impl<T> Scalar for &T {}
// SAFETY: as above.
unsafe impl<T> Scalar for &mut T {}
// SAFETY: as above.
unsafe impl<T> Scalar for NonNull<T> {}
// SAFETY: as above.
unsafe impl<T> Scalar for Option<&T> {}
// SAFETY: as above.
unsafe impl<T> Scalar for Option<&mut T> {}
// SAFETY: as above.
unsafe impl<T> Scalar for Option<NonNull<T>> {}

macro_rules! functions {
    ($($arg:ident)*) => {
        // SAFETY: function pointers.
        unsafe impl<R, $($arg),*> Scalar for extern "C" fn($($arg),*) -> R {}
        // SAFETY: as above.
        unsafe impl<R, $($arg),*> Scalar for unsafe extern "C" fn($($arg),*) -> R {}
        // SAFETY: null is their `None`.
        unsafe impl<R, $($arg),*> Scalar for Option<extern "C" fn($($arg),*) -> R> {}
        // SAFETY: as above.
        unsafe impl<R, $($arg),*> Scalar for Option<unsafe extern "C" fn($($arg),*) -> R> {}
    };
}
functions!();
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E F);
functions!(A B C D E F G);
functions!(A B C D E F G H);
