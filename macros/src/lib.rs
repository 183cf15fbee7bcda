//! The attribute macros of `callgate`, which re-exports them: depend on that crate, not on this
//! one.
//!
//! - [`macro@foreign_call`]: an `extern` block whose functions can be called from any green thread;
//! - [`macro@export_callback`]: a Rust function that C may call from any thread;
//! - [`macro@main`]: `fn main` as the runtime's first green thread.
//!
//! Each reports every mistake of its item in one build, at the tokens that are wrong, with what to
//! write instead.

// Only this file touches `proc_macro`: everything else works on `proc_macro2`, so that unit tests
// can run it.
mod attributes;
mod diagnostics;
mod export;
mod foreign;
mod frame;
mod item_fn;
mod item_kind;
mod lifetimes;
mod main_attr;
mod options;
mod recover;
mod signature;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

/// Declares C functions that any green thread may call.
///
/// Put it on an `unsafe extern` block. Each function becomes a Rust function of the same name that
/// runs the C function on the OS thread's own stack; if C blocks, the other green threads go on.
///
/// ```
/// use std::ffi::{CStr, c_char, c_double, c_int, c_uint, c_void};
///
/// #[callgate::foreign_call]
/// unsafe extern "C" {
///     /// Safe to call, as anywhere in Rust.
///     safe fn abs(x: c_int) -> c_int;
///     fn strlen(text: *const c_char) -> usize;
///     #[foreign_call(errno)]
///     fn close(fd: c_int) -> c_int;
///     #[foreign_call(io)]
///     fn malloc(size: usize) -> *mut c_void;
///     #[foreign_call(leaf)]
///     safe fn cos(x: c_double) -> c_double;
///     #[foreign_call(blocking)]
///     safe fn usleep(microseconds: c_uint) -> c_int;
/// }
///
/// assert_eq!(abs(-3), 3);
/// assert_eq!(unsafe { strlen(c"four".as_ptr()) }, 4);
/// let (result, errno) = unsafe { close(-1) };
/// assert_eq!(result, -1);
/// # let _ = errno;
/// # assert_eq!(cos(0.0), 1.0);
/// # usleep(1);
/// ```
///
/// # Options
///
/// | option | what it means |
/// | --- | --- |
/// | `errno` | the function returns `(T, callgate::Errno)`; `((), callgate::Errno)` if C returns nothing. `errno` is cleared before the call |
/// | `io` | the function returns `std::io::Result<T>`: a negative integer or a null pointer is `Err` with `errno` |
/// | `leaf` | the call keeps its P: it must be short and must not call back, which is a fatal error that names both functions. In a release build nearly free: the switch of stacks is compiled into the caller, and a backtrace out of the C function ends there |
/// | `blocking` | the call gives its P up at once, instead of when work waits behind it |
/// | `variadic(T, …)` | the function takes arguments of these types for its `...` |
///
/// Options on the block are the default for its functions. A function's own `errno` or `io`
/// replaces the block's, and so does its own `leaf` or `blocking`; `#[foreign_call]` without
/// options on a function sets all of the block's options aside.
///
/// # Functions with `...`
///
/// A variadic C function is declared once for each shape in which it is called. The types stand for
/// the `...`; those that C widens on the way (`float`, and integers below `int`) are refused.
///
/// ```
/// use std::ffi::{c_char, c_double, c_int};
///
/// #[callgate::foreign_call]
/// unsafe extern "C" {
///     #[foreign_call(variadic(c_int))]
///     fn snprintf(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
///     #[link_name = "snprintf"]
///     #[foreign_call(variadic(c_double, c_int))]
///     fn snprintf_of_two(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
/// }
///
/// let mut buffer = [0_u8; 32];
/// let to = buffer.as_mut_ptr().cast();
/// unsafe { assert_eq!(snprintf(to, 32, c"%d!".as_ptr(), 42), 3) };
/// assert!(buffer.starts_with(b"42!\0"));
/// unsafe { assert_eq!(snprintf_of_two(to, 32, c"%.1f %d".as_ptr(), 0.5, 7), 5) };
/// assert!(buffer.starts_with(b"0.5 7\0"));
/// ```
///
/// # What passes through
///
/// Visibility, documentation, `cfg` (on the block, on a function and on an argument), `cfg_attr`,
/// `link`, `link_name`, `must_use`, `deprecated`, lint levels, the ABI, argument names, `safe fn`,
/// `unsafe fn` and lifetimes. `static`s and `type`s stay in an `extern` block.
///
/// `type Opaque;` is an error on stable Rust, which has no extern types yet (rust-lang/rust#43467). A
/// type of which only C knows the inside is a struct that Rust code can neither make nor move:
///
/// ```
/// use std::marker::{PhantomData, PhantomPinned};
///
/// #[repr(C)]
/// pub struct Opaque {
///     _private: [u8; 0],
///     _marker: PhantomData<(*mut u8, PhantomPinned)>,
/// }
///
/// #[callgate::foreign_call]
/// unsafe extern "C" {
///     fn opendir(path: *const std::ffi::c_char) -> *mut Opaque;
///     fn closedir(directory: *mut Opaque) -> std::ffi::c_int;
/// }
///
/// let closed = unsafe { closedir(opendir(c"/".as_ptr())) };
/// assert_eq!(closed, 0);
/// ```
///
/// A type that is not FFI-safe is an error at that type: `rustc`'s `improper_ctypes` is raised to
/// an error. Where you know better, `#[allow(improper_ctypes)]` on the function or the block lets
/// it pass. The names `String`, `Vec`, `Option`, … are taken to be the standard library's; a type
/// of your own with such a name is written with its path, `self::String`.
///
/// # Exceptions
///
/// No C++ exception and no panic goes on in Rust out of a foreign call. Declare a C++ function that
/// may throw by the ABI `C-unwind` (or `system-unwind`, …), and an exception that it lets out ends the
/// process with a message that names the function and where it was declared; by `C` it would be
/// undefined behaviour. To hear of exceptions, catch them in C++ and return a value that tells. An
/// exception that C++ catches itself is its own business, on whatever stack.
///
/// A panic that comes out of a `C-unwind` call, because C called a plain `extern "C-unwind"` function
/// of Rust that panicked, ends the process likewise: let C call a function with
/// `#[export_callback(panic = unwind)]`, and the panic goes on at the foreign call. That drops the
/// frames of C++ between the two without running their destructors; with `panic = return(value)` C++
/// goes on with `value`, and its destructors run before the panic goes on.
#[proc_macro_attribute]
pub fn foreign_call(options: TokenStream, item: TokenStream) -> TokenStream {
    foreign::foreign_call(options.into(), item.into()).into()
}

/// Makes a Rust function that C may call, from any thread.
///
/// The function becomes an ordinary `extern "C" fn` of the same name. C may call it by its symbol,
/// which is its name, or by a pointer; Rust may call it too. Its body runs as a green thread of the
/// runtime, also on threads that the runtime has never seen, and may park.
///
/// ```
/// use std::ffi::{c_int, c_void};
///
/// #[callgate::export_callback]
/// pub fn add(x: c_int, y: c_int) -> c_int {
///     x + y
/// }
///
/// #[callgate::export_callback(private, panic = return(0))]
/// fn compare(left: *const c_void, right: *const c_void) -> c_int {
///     let (left, right) = unsafe { (*left.cast::<u32>(), *right.cast::<u32>()) };
///     left.cmp(&right) as c_int
/// }
///
/// type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;
///
/// #[callgate::foreign_call]
/// unsafe extern "C" {
///     fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
/// }
///
/// let mut numbers = [3_u32, 1, 2];
/// unsafe { qsort(numbers.as_mut_ptr().cast(), 3, 4, compare) };
/// assert_eq!(numbers, [1, 2, 3]);
/// assert_eq!(add(1, 2), 3);
/// ```
///
/// # Options
///
/// | option | what it means |
/// | --- | --- |
/// | `name = "c_name"` | the symbol, where it is not the function's name |
/// | `private` | no symbol: pass the function as a pointer |
/// | `panic = abort` | the default: a panic prints the callback's name and ends the process |
/// | `panic = unwind` | a panic drops the C frames and goes on at the foreign call; where no Rust caller waits on the thread it ends the process |
/// | `panic = return(value)` | C gets `value`, and the panic goes on at the foreign call when C returns |
/// | `error = value` | the function returns a `Result<T, E>`; C gets the `T`, or `value` for an `Err` |
///
/// An `async fn` runs to its end before C goes on, by `callgate::block_on`.
///
/// The value of `return` is an expression of the returned type; it is evaluated when a panic
/// happens and sees the module's items but not the arguments. A function that returns nothing has
/// `panic = return`, or `return(())`.
///
/// `panic = unwind` drops all frames between the callback and the foreign call without running
/// destructors, as Go does: C must be able to bear it (no lock held, no memory to free), as it bears
/// a `longjmp`. If C was given a plain `extern "C"` Rust function and that one calls the callback, its
/// frame is dropped too. Rust code in `callgate::blocking` is protected: there the process ends.
///
/// # Functions that fail
///
/// With `error = value`, the text of an `Err` (its `Display`) becomes the last error of the thread
/// that called, and C gets `value`, an expression like that of `return`. C reads the text by
/// `const char *callgate_last_error(void)`, which stays valid until the thread's next error;
/// success leaves it as it is. `void callgate_clear_last_error(void)` clears it. A function that
/// returns `Result<(), E>` has `error` without a value.
///
/// ```
/// use std::ffi::{CStr, c_char, c_int};
///
/// #[callgate::export_callback(private, error = -1)]
/// fn parse(text: *const c_char) -> Result<c_int, Box<dyn std::error::Error>> {
///     Ok(unsafe { CStr::from_ptr(text) }.to_str()?.parse()?)
/// }
///
/// assert_eq!(parse(c"12".as_ptr()), 12);
/// assert_eq!(parse(c"twelve".as_ptr()), -1);
/// assert_eq!(callgate::last_error().as_deref(), Some("invalid digit found in string"));
/// ```
///
/// # Methods
///
/// On an `impl` block, each of its functions is exported under the name of the type and its own, in
/// C's spelling: `AudioEngine::set_gain` as `audio_engine_set_gain`. To Rust they stay what they were.
///
/// ```
/// use std::ffi::c_int;
///
/// struct Engine {
///     speed: c_int,
/// }
///
/// #[callgate::export_callback]
/// impl Engine {
///     // struct engine *engine_new(void);
///     fn new() -> Box<Self> {
///         Box::new(Engine { speed: 0 })
///     }
///     // int engine_faster(struct engine *engine, int by);
///     fn faster(&mut self, by: c_int) -> c_int {
///         self.speed += by;
///         self.speed
///     }
///     // void engine_free(struct engine *engine);
///     fn free(self: Box<Self>) {}
///
///     #[export_callback(skip)]
///     fn for_rust_alone(&self) -> String {
///         self.speed.to_string()
///     }
/// }
/// # assert_eq!(Engine::new().for_rust_alone(), "0");
/// ```
///
/// `&self` and `&mut self` come as a pointer, `self: Box<Self>` as one that a function returned as a
/// `Box<Self>`; null ends the process with a message that names the method. That the pointer is one of
/// Rust's, that it is freed once, and that nobody else uses a value that a `&mut self` method has, is
/// for C to keep, as it is with any object of C's.
///
/// Where C can't be trusted with that, `#[export_callback(handle)]` on the block passes the value as
/// a `callgate::Handle`, an integer (`uintptr_t`) that is checked at each use. Its methods take `&self`
/// (so the type is `Sync`). A stale handle is an `Err` for a method with `error`, and ends the process
/// for others. A constructor returns `Handle::new(value)`; a method that ends the handle is a function of
/// `this: Handle<Self>` that calls `this.delete()`.
///
/// Options on the block: `name = "prefix"` for other C names, `handle`, and `panic` as the default of
/// its methods. A method has `name`, `panic` and `error` as a function has, and `skip`.
///
/// # What passes through
///
/// Visibility, documentation, `cfg`, `must_use` and other attributes, `unsafe fn`, lifetimes,
/// patterns as arguments, and the ABI where you name one: `extern "system" fn`. A type that is not
/// FFI-safe is an error at that type; `#[allow(improper_ctypes_definitions)]` lets one pass. A lifetime
/// in a type must be visible, as in `Buffer<'_>`.
#[proc_macro_attribute]
pub fn export_callback(options: TokenStream, item: TokenStream) -> TokenStream {
    export::export_callback(options.into(), item.into()).into()
}

/// Runs `fn main` as the runtime's first green thread.
///
/// ```
/// #[callgate::main(procs = 2, stack_size = 64 * 1024, max_threads = 512)]
/// fn main() -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// ```
///
/// The options are those of `callgate::Builder`; each may be left out. A literal that can't be
/// right is an error here; what an expression comes to is judged when the program starts.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    main_attr::main(options.into(), item.into()).into()
}
