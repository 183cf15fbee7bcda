//! What the macros' expansions name. Not part of the public interface: nothing here is stable.

use crate::call::callback::Entry;
use crate::call::habit::Habit;
use core::ffi::c_void;
use core::fmt;
use core::panic::Location;

pub use crate::call::foreign::{Call, cgocall, cgocall_blocking, cgocall_leaf};
pub use crate::call::shim::Shim;
pub use crate::future::{cgocall_async, may_be_sent};
pub use crate::select::{Either, Never, race};
pub use arch::Scalar;
pub use core::mem::MaybeUninit;
pub use std::io;

/// A foreign function as the macros declare it, one `static` for each: what messages call it, where
/// it was declared, and what the runtime has learned of it.
pub struct ForeignFn {
    name: &'static str,
    file: &'static str,
    line: u32,
    pub(crate) habit: Habit,
}

impl ForeignFn {
    /// Describes the function `name`, declared at `file`:`line`.
    #[must_use]
    pub const fn new(name: &'static str, file: &'static str, line: u32) -> Self {
        ForeignFn { name, file, line, habit: Habit::new() }
    }
}

impl fmt::Display for ForeignFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the C function `{}` ({}:{})", self.name, self.file, self.line)
    }
}

/// How a value is passed, or all of a function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// By parts, or in memory.
    Otherwise,
    /// In one register each.
    InRegisters,
    /// In integer registers, as [words](Scalar::WORD).
    AsWords,
}

/// How a function passes its arguments, and the address for its result if that needs one.
#[must_use]
pub const fn passed(args: &[Passed], ret: Passed) -> Passed {
    let mut words = matches!(ret, Passed::AsWords) && args.len() <= arch::WORD_ARGS;
    let mut i = 0;
    while i < args.len() {
        match args[i] {
            Passed::Otherwise => return Passed::Otherwise,
            Passed::InRegisters => words = false,
            Passed::AsWords => {}
        }
        i += 1;
    }
    if args.len() + matches!(ret, Passed::Otherwise) as usize > arch::REGISTER_ARGS {
        return Passed::Otherwise;
    }
    if words { Passed::AsWords } else { Passed::InRegisters }
}

/// Tells how a type is passed: `IsScalar::<T>::PASSED` is its own constant if it is a [`Scalar`], and
/// [`NotScalar`]'s if not. Only where `T` is a concrete type, as in what the macros write.
pub struct IsScalar<T: ?Sized>(core::marker::PhantomData<T>);

impl<T: Scalar> IsScalar<T> {
    /// It is one.
    pub const PASSED: Passed = if T::WORD { Passed::AsWords } else { Passed::InRegisters };
}

/// See [`IsScalar`].
pub trait NotScalar {
    /// It is none.
    const PASSED: Passed = Passed::Otherwise;
}

impl<T: ?Sized> NotScalar for IsScalar<T> {}

/// Calls `call`, which calls `f` by an ABI that lets it unwind, and ends the process if it does.
/// Called by shims, on the `g0` stack.
#[inline]
pub fn no_unwinding<T>(f: &'static ForeignFn, call: impl FnOnce() -> T) -> T {
    crate::fatal::no_unwinding(f, call)
}

/// A result type by whose value an `io` function tells failure: a negative integer, a null pointer.
#[diagnostic::on_unimplemented(
    message = "`#[foreign_call(io)]` can't tell failure from a `{Self}`",
    label = "not a signed integer and not a raw pointer",
    note = "`io` takes a negative integer or a null pointer as failure; use `#[foreign_call(errno)]` and decide yourself"
)]
pub trait IoReturn: Sized {
    /// Whether the value says that the call failed.
    fn is_failure(&self) -> bool;

    /// The value, or the error that C left.
    ///
    /// # Errors
    /// If the value says so.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn or_error(self, errno: crate::Errno) -> io::Result<Self> {
        if self.is_failure() { Err(errno.into()) } else { Ok(self) }
    }
}

macro_rules! io_return {
    ($($t:ty)*) => {
        $(impl IoReturn for $t {
            #[cfg_attr(not(debug_assertions), inline(always))]
            #[cfg_attr(debug_assertions, inline)]
            fn is_failure(&self) -> bool {
                *self < 0
            }
        })*
    };
}
io_return!(i8 i16 i32 i64 i128 isize);

impl<T> IoReturn for *const T {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn is_failure(&self) -> bool {
        self.is_null()
    }
}

impl<T> IoReturn for *mut T {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn is_failure(&self) -> bool {
        self.is_null()
    }
}

/// What becomes of a panic in the callback.
#[derive(Clone, Copy)]
pub enum PanicPolicy {
    /// Print the callback's name and the panic, and abort.
    Abort,
    /// Drop the C frames and go on unwinding at the foreign call.
    Unwind,
    /// Store the declared value in the frame and let C go on; the panic resumes when C returns.
    Return(unsafe fn(*mut c_void)),
}

/// An exported callback: one `static` for each `#[export_callback]`.
pub struct Callback {
    /// The function's Rust name.
    pub name: &'static str,
    /// Where it stands. Empty for a closure's: its frame begins with a pointer to the [`Location`].
    pub file: &'static str,
    /// The line there.
    pub line: u32,
    /// `_cgoexp_f`: unpacks the frame, runs the body, stores the result.
    pub shim: arch::CallbackFn,
    /// What becomes of a panic.
    pub policy: PanicPolicy,
}

impl Callback {
    /// What messages call it.
    ///
    /// # Safety
    /// `frame` must be the frame of this callback, which runs or is about to.
    pub(crate) unsafe fn named(&self, frame: *const c_void) -> Named<'_> {
        let place = self.file.is_empty().then(|| {
            // SAFETY: a closure's frame begins so; see `file`.
            unsafe { **frame.cast::<*const &'static Location<'static>>() }
        });
        Named { callback: self, place }
    }
}

/// A [`Callback`], as messages call it.
pub(crate) struct Named<'a> {
    callback: &'a Callback,
    /// Where a closure was made.
    place: Option<&'static Location<'static>>,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Callback { name, file, line, .. } = self.callback;
        match self.place {
            Some(place) => write!(f, "the {name} made at {}:{}", place.file(), place.line()),
            None => write!(f, "the callback `{name}` ({file}:{line})"),
        }
    }
}

/// The receiver of the method that `callback` exports.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub fn receiver<T>(this: Option<T>, callback: &'static Callback) -> T {
    #[cold]
    #[inline(never)]
    fn null(callback: &'static Callback) -> ! {
        let Callback { name, file, line, .. } = callback;
        crate::fatal::fatal!(
            "the callback `{name}` ({file}:{line}) was called with a null pointer for its `self`"
        )
    }
    match this {
        Some(this) => this,
        None => null(callback),
    }
}

/// Runs `callback.shim(frame)` as Rust code of a G, whatever thread this is.
///
/// # Safety
/// `frame` must be what `callback.shim` expects.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub unsafe fn cgocallback<F>(callback: &'static Callback, frame: *mut F) {
    // SAFETY: the caller's promise.
    unsafe {
        arch::cgocallback::<Entry>(core::ptr::from_ref(callback).cast(), frame.cast::<c_void>());
    }
}

/// Stores `error`'s text as the calling thread's last error, which C reads by
/// `callgate_last_error()`. What isn't text for C in it, a NUL, becomes U+FFFD. Does nothing on a
/// thread that is past its own thread-locals.
#[cold]
pub fn set_last_error(error: &dyn fmt::Display) {
    crate::held::last_error::set(error);
}

/// What C gets for `result`: its `Ok`, or `on_error()` with the `Err` as the thread's last error.
#[inline]
pub fn or_last_error<T, E: fmt::Display>(result: Result<T, E>, on_error: impl FnOnce() -> T) -> T {
    result.unwrap_or_else(|error| {
        set_last_error(&error);
        on_error()
    })
}

/// The value of `handle`, on which a method that `callback` exports is called.
#[inline]
pub fn handle<T: Send + Sync + 'static>(
    handle: crate::Handle<T>,
    callback: &'static Callback,
) -> crate::HandleGuard<T> {
    #[cold]
    #[inline(never)]
    fn refused(callback: &'static Callback, error: crate::HandleError) -> ! {
        let Callback { name, file, line, .. } = callback;
        crate::fatal::fatal!(
            "the callback `{name}` ({file}:{line}) was called on no value: {error}"
        )
    }
    handle.get().unwrap_or_else(|error| refused(callback, error))
}

/// The body of `#[callgate::main]`: installs `builder`, runs `main` as the main G.
/// A refused `builder` is reported on standard error and ends the process with status 2.
pub fn main<T>(builder: crate::Builder, main: impl FnOnce() -> T) -> T {
    if let Err(error) = builder.install() {
        crate::os::write_stderr(format!("{error}\n").as_bytes());
        std::process::exit(2);
    }
    crate::run(main)
}
