//! Call C from many concurrent tasks, and be called back.
//!
//! callgate is Go's cgo machinery for Rust. Annotate a block of C functions with
//! [`#[foreign_call]`](macro@foreign_call), and call them from any of a million green threads (Gs): each call
//! runs on the OS thread's own stack, and if it blocks, the other Gs go on. Annotate a Rust function
//! with [`#[export_callback]`](macro@export_callback), and C may call it from any thread, known to the runtime or
//! not; it runs as a G of its own, may park, and a panic never crosses C unannounced.
//!
//! ```
//! use callgate::{export_callback, foreign_call};
//! use std::ffi::{c_int, c_uint, c_void};
//!
//! #[foreign_call]
//! unsafe extern "C" {
//!     fn usleep(us: c_uint) -> c_int;
//!     fn qsort(
//!         base: *mut c_void,
//!         n: usize,
//!         size: usize,
//!         compare: extern "C" fn(*const c_void, *const c_void) -> c_int,
//!     );
//! }
//!
//! #[export_callback(private)]
//! fn compare(a: *const c_void, b: *const c_void) -> c_int {
//!     // SAFETY: qsort passes two elements of the slice.
//!     unsafe { (*a.cast::<i32>()).cmp(&*b.cast::<i32>()) as c_int }
//! }
//!
//! callgate::run(|| {
//!     // SAFETY: the closure uses nothing that is tied to a thread.
//!     let sleeper = unsafe { callgate::go(|| usleep(1_000)) };
//!     let mut v = [3, 1, 2];
//!     // SAFETY: the slice's own address, length and element size.
//!     unsafe { qsort(v.as_mut_ptr().cast(), v.len(), 4, compare) };
//!     assert_eq!(v, [1, 2, 3]);
//!     sleeper.join().unwrap();
//! });
//! ```
//!
//! # A tour
//! **Calls.** What a C function needs is said at its declaration: how it tells of errors (`errno`, `io`),
//! that it always blocks (`blocking`), that it is short and calls nothing back (`leaf`), which shapes it has
//! (`variadic`). Without a word, a call that turns out to block loses its processor to others after a
//! while, and the runtime remembers.
//!
//! ```
//! # #[cfg(unix)] {
//! use callgate::foreign_call;
//! use std::ffi::{c_char, c_int};
//!
//! #[foreign_call(io)]
//! unsafe extern "C" {
//!     fn chdir(path: *const c_char) -> c_int;
//! }
//!
//! callgate::run(|| {
//!     // SAFETY: a C string.
//!     let error = unsafe { chdir(c"/no/such/folder".as_ptr()) }.unwrap_err();
//!     assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
//! });
//! # }
//! ```
//!
//! **Callbacks.** An exported function is an ordinary `extern "C" fn`: pass it as a pointer, or let C call
//! it by its name. What becomes of a panic in it is said there, too: `abort`, which is the default,
//! `return(value)`, or `unwind`, which goes on at the foreign call and drops C's frames.
//!
//! ```
//! # use callgate::{export_callback, foreign_call};
//! # use std::ffi::{c_int, c_void};
//! # type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;
//! # #[foreign_call]
//! # unsafe extern "C" {
//! #     fn qsort(base: *mut c_void, n: usize, size: usize, compare: Compare);
//! # }
//! #[export_callback(private, panic = unwind)]
//! fn compare(_: *const c_void, _: *const c_void) -> c_int {
//!     panic!("these have no order");
//! }
//!
//! let mut v = [3, 1, 2];
//! // SAFETY: the slice's own address, length and element size.
//! let sort = || unsafe { qsort(v.as_mut_ptr().cast(), v.len(), 4, compare) };
//! # std::panic::set_hook(Box::new(|_| ()));
//! assert!(callgate::run(move || std::panic::catch_unwind(std::panic::AssertUnwindSafe(sort))).is_err());
//! ```
//!
//! **What C holds.** A [`Closure`] for a function with its `void *user_data`, and a [`Handle`] for a value: an
//! integer that is checked at each use.
//!
//! ```
//! use callgate::Handle;
//!
//! let for_c: usize = Handle::new(vec![1, 2, 3]).into_raw();
//! let back = Handle::<Vec<i32>>::from_raw(for_c);
//! assert_eq!(back.get().unwrap().len(), 3);
//! back.delete().unwrap();
//! assert!(back.get().is_err());
//! ```
//!
//! **Waiting.** A G that waits holds no thread: in [`sleep`], [`park`], [`JoinHandle::join`], channels, locks,
//! sockets, and for any future ([`block_on`], [`select!`]). Rust code that blocks its thread is given to
//! [`blocking`], and is then what a C call is.
//!
//! **Async.** `#[foreign_call(async)]` makes a future of a call, for any executor; [`spawn_future`] makes a G that
//! runs one; a [`JoinHandle`] is one.
//!
//! ```
//! use callgate::foreign_call;
//! use std::ffi::{c_int, c_uint};
//!
//! #[foreign_call(async)]
//! unsafe extern "C" {
//!     safe fn usleep(microseconds: c_uint) -> c_int;
//! }
//! # #[cfg(unix)]
//! assert_eq!(callgate::block_on(usleep(1_000)), 0);
//! ```
//!
//! The book, in `docs/book` of the repository, has a page for each option, the ways here from cgo and from
//! `spawn_blocking`, what is safe, and what to do about each message.
//!
//! # Where things are
//! - Making Gs: [`run`], [`go`], [`go_pinned`], [`Spawner`], [`JoinHandle`], [`spawn_future`].
//! - Waiting: [`yield_now`], [`sleep`], [`park`], [`block_on`], [`select!`], [`blocking`].
//! - Calling what is found at run time: [`syscall_n`].
//! - What C holds: [`Handle`], [`Closure`], [`last_error`].
//! - Threads: [`lock_os_thread`], [`g_local!`].
//! - The runtime itself: [`Builder`], [`metrics`], [`gs`], [`main`](macro@main).
//!
//! By feature, for Gs, callbacks and plain threads alike:
//! - `sync`: `callgate::sync`, channels, mutex, condition variable, wait group;
//! - `time`: `callgate::time`, time limits and ticks;
//! - `net`: `callgate::net`, TCP, UDP and Unix sockets.
//!
//! Each of these works from a G, from a callback, and from a thread that the runtime has never
//! seen; what it does there is said with it.
//!
//! # By another name
//! The attributes write paths that begin with `::callgate`. A crate that has it by another name
//! says once, in its root, what that is:
//!
//! ```toml
//! cg = { package = "callgate", version = "0.1" }
//! ```
//! ```text
//! extern crate cg as callgate;
//! ```
//!
//! So does a crate that has it by way of another, `extern crate facade as callgate;`, where the root
//! of `facade` says `pub use callgate::*;`.

/// The README's program, as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(not(loom))]
extern crate callgate_arch as arch;

mod primitives;
mod protocol;

#[cfg(not(loom))]
mod api;
#[cfg(not(loom))]
mod builder;
#[cfg(not(loom))]
mod call;
#[cfg(not(loom))]
mod errno;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod extra;
#[cfg(not(loom))]
mod fatal;
#[cfg(not(loom))]
mod fault;
#[cfg(not(loom))]
mod future;
#[cfg(not(loom))]
mod g;
#[cfg(not(loom))]
mod go;
#[cfg(not(loom))]
mod gs;
#[cfg(not(loom))]
mod handle;
#[cfg(not(loom))]
mod held;
#[cfg(not(loom))]
mod join;
#[cfg(not(loom))]
mod line;
#[cfg(not(loom))]
mod local;
#[cfg(not(loom))]
mod m;
#[cfg(not(loom))]
mod metrics;
#[cfg(all(not(loom), feature = "net"))]
pub mod net;
#[cfg(not(loom))]
mod os;
#[cfg(not(loom))]
mod p;
#[cfg(not(loom))]
mod sanitize;
#[cfg(not(loom))]
mod sched;
#[cfg(not(loom))]
mod select;
#[cfg(not(loom))]
mod stack;
#[cfg(all(not(loom), feature = "sync"))]
pub mod sync;
#[cfg(all(not(loom), feature = "time"))]
pub mod time;

#[cfg(not(loom))]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(not(loom))]
use __private as private;

#[cfg(not(loom))]
pub use self::{
    api::{ThreadLock, lock_os_thread, run, sleep, yield_now},
    builder::Builder,
    call::{blocking::blocking, syscall::syscall_n},
    errno::Errno,
    error::Error,
    future::{block_on, spawn_future},
    go::{Spawner, go, go_pinned, try_go, try_go_pinned},
    gs::{GInfo, GState, gs},
    handle::{G, current, park},
    held::{
        closure::Closure,
        handle::{Handle, HandleError, HandleGuard},
        last_error::last_error,
        signature::Signature,
    },
    join::JoinHandle,
    local::GLocal,
    metrics::{Metrics, metrics},
};
#[cfg(not(loom))]
pub use callgate_macros::{export_callback, foreign_call, main};
