//! Rust closures as what C takes for a callback: a function pointer and a `void *user_data`.

use super::block::{Block, drop_block, free};
use super::signature::{Signature, Trampolines};
use core::ffi::c_void;
use core::fmt;
use core::mem::ManuallyDrop;
use core::panic::Location;

/// A Rust closure as the pair that C takes for a callback: a function pointer and a
/// `void *user_data` (dtolnay/cxx#114 asks for it).
///
/// `S` is the callback's C signature without the user data: for
/// `int (*compare)(const void *, const void *, void *user_data)` it is
/// `fn(*const c_void, *const c_void) -> c_int`. Its types must be those that C has. Name it at the
/// constructor, which is another one for each number of arguments:
///
/// ```
/// use callgate::{Closure, foreign_call};
/// use std::ffi::{c_int, c_void};
///
/// type Compare = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;
///
/// #[foreign_call]
/// unsafe extern "C" {
///     fn qsort_r(base: *mut c_void, n: usize, size: usize, compare: Compare, arg: *mut c_void);
/// }
///
/// callgate::run(|| {
///     let ages = [31, 7, 60];
///     let mut order = [0_usize, 1, 2];
///     let by_age = |a: *const c_void, b: *const c_void| {
///         // SAFETY: qsort_r passes two elements of `order`.
///         let (a, b) = unsafe { (*a.cast::<usize>(), *b.cast::<usize>()) };
///         ages[a].cmp(&ages[b]) as c_int
///     };
///     Closure::<fn(*const c_void, *const c_void) -> c_int>::with(by_age, |c| {
///         // SAFETY: the array's own address, length and element size; the user data comes last,
///         // and qsort_r keeps nothing.
///         unsafe { qsort_r(order.as_mut_ptr().cast(), 3, size_of::<usize>(), c.last(), c.data()) }
///     });
///     assert_eq!(order, [1, 0, 2]);
/// });
/// ```
///
/// # First or last
/// Pass C the function whose arguments stand as C has them: [`first`](Self::first) if `user_data`
/// is the first argument, as in `void (*row)(void *user_data, int n)`, [`last`](Self::last) if it is
/// the last one, as in `int (*compare)(const void *, const void *, void *user_data)`; and
/// [`data`](Self::data) as the user data. Each closure type has functions of its own, so a call is a
/// callback like any other: no table, no allocation.
///
/// # Who owns it
/// - `Closure::with` and `with_mut` lend a closure for the time that their body runs. It may
///   borrow locals, and can't leave the body.
/// - `Closure::new` and `new_mut` own theirs. Dropping the `Closure` frees it: C must not call it
///   after that. To give it to C for good, pass C `free()` as its `void (*free)(void *)` and
///   [`into_raw`](Self::into_raw)`()` as the user data. C then frees it once, from any thread,
///   when no call of it runs or will begin; where C can't, it is leaked.
///
/// C may call it, and free it, from any thread, known to the runtime or not; it may park. If calls
/// may come at once or within each other, it is an `Fn` (`new`, `with`): a call of an `FnMut`
/// (`new_mut`, `with_mut`) while another runs is a fatal error that names the place where it was
/// made.
///
/// # Panics in the closure
/// As in `#[export_callback]`. With [`first`](Self::first) and [`last`](Self::last), a panic prints
/// the place where the closure was made, and aborts. With
/// [`first_unwinding`](Self::first_unwinding) and [`last_unwinding`](Self::last_unwinding), the C
/// frames are dropped, and the panic goes on at the foreign call that C was called by; where no
/// Rust caller waits on the thread, it aborts. Use them where C can be left in the middle: `qsort_r`
/// can, what holds a lock or memory can't.
///
/// # It can't outlive what it borrows
/// ```compile_fail,E0521
/// # use callgate::Closure;
/// let mut escaped: Option<&Closure<fn()>> = None;
/// let n = 1;
/// Closure::<fn()>::with(|| assert_eq!(n, 1), |c| escaped = Some(c));
/// ```
/// ```compile_fail
/// # use callgate::Closure;
/// let escaped = Closure::<fn()>::with(|| (), |c| c); // the same by its result
/// ```
/// ```compile_fail,E0373
/// # use callgate::Closure;
/// fn owned(n: u32) -> Closure<fn() -> u32> {
///     Closure::<fn() -> u32>::new(|| n) // needs `move`
/// }
/// ```
/// ```compile_fail,E0277
/// # use {callgate::Closure, std::cell::Cell};
/// let n = Cell::new(0);
/// // Several threads may call it at once.
/// Closure::<fn()>::with(|| n.set(n.get() + 1), |_| ());
/// ```
pub struct Closure<S: Signature> {
    data: *mut c_void,
    pointers: Pointers<S>,
    /// What C calls for the end of the block.
    free: unsafe extern "C" fn(*mut c_void),
    /// The same for Rust.
    drop: unsafe fn(*mut c_void),
}

// SAFETY: an owned closure is `Send` by its constructors' bounds, and a scoped one is never moved.
unsafe impl<S: Signature> Send for Closure<S> {}
// SAFETY: a shared reference gives only pointers, and what C may do with them from any thread is
// what the constructors' bounds allow: calls at once of what is `Sync`, one at a time of what is
// `Send`.
unsafe impl<S: Signature> Sync for Closure<S> {}

/// The functions that C may call, with both orders of arguments and both policies.
pub(super) struct Pointers<S: Signature> {
    pub(super) first: S::First,
    pub(super) last: S::Last,
    pub(super) first_unwinding: S::First,
    pub(super) last_unwinding: S::Last,
}

impl<S: Signature> Closure<S> {
    /// The caller's bounds make `B` fit to be called and dropped by any thread.
    pub(super) fn owned<B>(body: B, place: &'static Location<'static>) -> Self
    where
        S: Trampolines<B>,
    {
        Closure {
            data: Box::into_raw(Box::new(Block { place, body })).cast(),
            pointers: S::POINTERS,
            free: free::<B>,
            drop: drop_block::<B>,
        }
    }

    pub(super) fn scoped<B, T>(
        body: B,
        place: &'static Location<'static>,
        scope: impl FnOnce(&Self) -> T,
    ) -> T
    where
        S: Trampolines<B>,
    {
        unsafe extern "C" fn leave(_: *mut c_void) {}
        unsafe fn leave_it(_: *mut c_void) {}
        let block = Block { place, body };
        let data = (&raw const block).cast_mut().cast();
        scope(&Closure { data, pointers: S::POINTERS, free: leave, drop: leave_it })
    }

    /// The function for C that takes its user data as the first argument. A panic in it aborts.
    ///
    /// # Safety of the function
    /// Its `void *` must be [`data`](Self::data), and the closure alive.
    #[must_use]
    pub fn first(&self) -> S::First {
        self.pointers.first
    }

    /// The function for C that takes its user data as the last argument. A panic in it aborts.
    ///
    /// # Safety of the function
    /// As for [`first`](Self::first).
    #[must_use]
    pub fn last(&self) -> S::Last {
        self.pointers.last
    }

    /// [`first`](Self::first) with another end of a panic: it drops the C frames, and goes on
    /// unwinding at the foreign call.
    ///
    /// ```
    /// # use callgate_test_c as _;
    /// use callgate::{Closure, foreign_call};
    /// use std::ffi::c_void;
    /// use std::panic::catch_unwind;
    ///
    /// #[foreign_call]
    /// unsafe extern "C" {
    ///     // void test_call(void (*f)(void *), void *arg) { f(arg); }
    ///     fn test_call(f: unsafe extern "C" fn(*mut c_void), arg: *mut c_void);
    /// }
    ///
    /// let caught = callgate::run(|| {
    ///     catch_unwind(|| {
    ///         Closure::<fn()>::with(|| panic!("no"), |c| {
    ///             // SAFETY: `test_call` calls the closure, has nothing to clean up, and returns.
    ///             unsafe { test_call(c.first_unwinding(), c.data()) }
    ///         })
    ///     })
    /// });
    /// assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"no"));
    /// ```
    #[must_use]
    pub fn first_unwinding(&self) -> S::First {
        self.pointers.first_unwinding
    }

    /// [`last`](Self::last) with the end of a panic of [`first_unwinding`](Self::first_unwinding).
    #[must_use]
    pub fn last_unwinding(&self) -> S::Last {
        self.pointers.last_unwinding
    }

    /// The user data that goes with each of the functions. C must not look into it.
    #[must_use]
    pub fn data(&self) -> *mut c_void {
        self.data
    }

    /// The function that frees the closure once C owns it, for C's `void (*free)(void *)`: a
    /// callback as well, from any thread. Null is ignored. A destructor that panics ends the
    /// process.
    ///
    /// # Safety of the function
    /// Its argument must be what [`into_raw`](Self::into_raw) returned, or null, and no call of the
    /// closure may run or follow. On a closure of `with` or `with_mut` it does nothing.
    #[must_use]
    pub fn free(&self) -> unsafe extern "C" fn(*mut c_void) {
        self.free
    }

    /// Gives the closure away, and returns its [`data`](Self::data): it now lives until somebody
    /// calls [`free`](Self::free) with it. Ask for the functions first.
    ///
    /// ```
    /// use callgate::Closure;
    /// use std::sync::Arc;
    ///
    /// let seen = Arc::new(());
    /// let closure = Closure::<fn(u32) -> u32>::new({
    ///     let seen = seen.clone();
    ///     move |n| n + Arc::strong_count(&seen) as u32
    /// });
    /// let (call, free, data) = (closure.first(), closure.free(), closure.into_raw());
    /// // SAFETY: as C would: its own data, and it is freed once.
    /// unsafe {
    ///     assert_eq!(call(data, 40), 42);
    ///     free(data);
    /// }
    /// assert_eq!(Arc::strong_count(&seen), 1);
    /// ```
    #[must_use = "the closure is leaked unless it is freed"]
    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).data
    }
}

impl<S: Signature> Drop for Closure<S> {
    fn drop(&mut self) {
        // SAFETY: by the contract of its functions, C doesn't use an owned closure after its end.
        unsafe { (self.drop)(self.data) }
    }
}

impl<S: Signature> fmt::Debug for Closure<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Closure").field(&self.data).finish()
    }
}
