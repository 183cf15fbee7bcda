//! What the macros' expansions name. Not part of the public interface: nothing here is stable.

use crate::call::callback::Entry;
use crate::call::foreign;
use crate::call::habit::Habit;
use core::ffi::c_void;
use core::fmt;

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

/// Calls `shim(frame)`, which calls `f`, on the `g0` stack; the P may be retaken while it runs.
///
/// # Safety
/// `shim` must be sound to call with `frame`.
#[inline(always)]
pub unsafe fn cgocall<F>(
    f: &'static ForeignFn,
    shim: unsafe extern "C-unwind" fn(*mut F),
    frame: *mut F,
) {
    // SAFETY: the caller's promise.
    unsafe { foreign::cgocall(f, shim, frame) }
}

/// [`cgocall`] that keeps its P; `f` is named if C calls back out of it.
///
/// # Safety
/// As [`cgocall`].
#[inline(always)]
pub unsafe fn cgocall_leaf<F>(
    f: &'static ForeignFn,
    shim: unsafe extern "C-unwind" fn(*mut F),
    frame: *mut F,
) {
    // SAFETY: the caller's promise.
    unsafe { foreign::cgocall_leaf(f, shim, frame) }
}

/// [`cgocall`] that gives its P up before the call.
///
/// # Safety
/// As [`cgocall`].
#[inline(always)]
pub unsafe fn cgocall_blocking<F>(
    _f: &'static ForeignFn,
    shim: unsafe extern "C-unwind" fn(*mut F),
    frame: *mut F,
) {
    // SAFETY: the caller's promise.
    unsafe { foreign::cgocall_blocking(shim, frame) }
}

/// Sets the calling thread's `errno` to 0. Called by shims, on the `g0` stack.
#[inline(always)]
pub fn clear_errno() {
    crate::os::set_errno(0);
}

/// The calling thread's `errno`. Called by shims, on the `g0` stack.
#[inline(always)]
#[must_use]
pub fn errno() -> crate::Errno {
    crate::Errno::get()
}

/// A result type by whose value an `io` function tells failure: a negative integer, a null pointer.
#[diagnostic::on_unimplemented(
    message = "`#[foreign_call(io)]` can't tell failure from a `{Self}`",
    label = "not a signed integer and not a raw pointer",
    note = "`io` takes a negative integer or a null pointer as failure; use `#[foreign_call(errno)]` and decide yourself"
)]
pub trait IoReturn {
    /// Whether the value says that the call failed.
    fn is_failure(&self) -> bool;
}

macro_rules! io_return {
    ($($t:ty)*) => {
        $(impl IoReturn for $t {
            #[inline(always)]
            fn is_failure(&self) -> bool {
                *self < 0
            }
        })*
    };
}
io_return!(i8 i16 i32 i64 i128 isize);

impl<T> IoReturn for *const T {
    #[inline(always)]
    fn is_failure(&self) -> bool {
        self.is_null()
    }
}

impl<T> IoReturn for *mut T {
    #[inline(always)]
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
    /// Where it stands.
    pub file: &'static str,
    /// The line there.
    pub line: u32,
    /// `_cgoexp_f`: unpacks the frame, runs the body, stores the result.
    pub shim: unsafe fn(*mut c_void),
    /// What becomes of a panic.
    pub policy: PanicPolicy,
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the callback `{}` ({}:{})", self.name, self.file, self.line)
    }
}

/// The receiver of the method that `callback` exports.
#[inline(always)]
pub fn receiver<T>(this: Option<T>, callback: &'static Callback) -> T {
    #[cold]
    #[inline(never)]
    fn null(callback: &'static Callback) -> ! {
        crate::fatal::fatal!("{callback} was called with a null pointer for its `self`")
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
#[inline(always)]
pub unsafe fn cgocallback<F>(callback: &'static Callback, frame: *mut F) {
    // SAFETY: the caller's promise.
    unsafe {
        arch::cgocallback::<Entry>(core::ptr::from_ref(callback).cast(), frame.cast::<c_void>());
    }
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
