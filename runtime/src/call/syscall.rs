//! [`syscall_n`]: functions that are found at run time.

use super::foreign::{Call, cgocall_unnamed, g_on_its_stack};
use crate::g::G;
use crate::os;
use crate::private::Passed;
use core::ffi::c_void;
use core::ptr;
use std::cell::Cell;

/// A call's parameters and results: Go's `libcall`, which lies in the M, as `m.winsyscall`.
#[derive(Clone, Copy)]
pub(crate) struct WinSyscall {
    f: *const c_void,
    args: *const usize,
    n: usize,
    r1: usize,
    r2: usize,
    err: i32,
}

impl WinSyscall {
    pub(crate) const NONE: Self =
        WinSyscall { f: ptr::null(), args: ptr::null(), n: 0, r1: 0, r2: 0, err: 0 };
}

/// Go's `asmstdcall`: makes the call, on the thread's own stack.
unsafe extern "C-unwind" fn stdcall(call: *const Cell<WinSyscall>) {
    // SAFETY: `syscall_n` passes a live cell of this thread's M, or its own. The function may call back
    // and such a callback make calls, so nothing of the cell is held meanwhile.
    unsafe {
        let WinSyscall { f, args, n, .. } = (*call).get();
        os::set_last_error(0);
        let (r1, r2) = arch::call_n(f, core::slice::from_raw_parts(args, n));
        let err = os::last_error();
        (*call).set(WinSyscall { r1, r2, err, ..(*call).get() });
    }
}

/// Puts the parameters back that an outer call of the G had in the M: this call is made by a callback
/// that it called. Also if a panic leaves the call.
struct Restore<'a> {
    g: &'a G,
    outer: WinSyscall,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        // SAFETY: a running G has an M. Where there is an outer call, it is still the same.
        unsafe { (*self.g.m.get()).winsyscall.set(self.outer) };
    }
}

/// Calls `f`, a C function that was found at run time (by `dlsym`, `GetProcAddress`), as a foreign call
/// is made: on the thread's own stack, with the P lent to C. If it blocks, other Gs go on; it may call
/// back. Returns what it left in the first and the second register for results, and the system's error.
///
/// - The first result is the function's, if that is an integer or a pointer. A narrower one than `usize`
///   lies in the lower bits, and what lies above is anything: write `r1 as c_int`.
/// - The second is the upper half of a result of two words. On 64-bit Windows, where there are none, it
///   holds the bits of a result that is an `f64`.
/// - The error is the number of `io::Error::from_raw_os_error`: on Windows `GetLastError()`, elsewhere
///   `errno`. It is 0 before the call, and was read on the thread that made it, whatever
///   thread the G goes on on. A function that succeeds may leave any.
///
/// The thread is not locked: the parameters lie in the M while the call runs. They are put aside while a
/// callback makes another, and their results go with the G to the M that it goes on on (Go's changes of
/// [2017](https://go-review.googlesource.com/64070) and
/// [2024](https://go-review.googlesource.com/562915)). From a thread without a G it is a plain call.
/// A scheduling point.
///
/// # Panics
/// With more than 42 arguments. With what a callback with `panic = unwind` or `panic = return` leaves.
///
/// # Safety
/// `f` must be a function of the C ABI (on Windows, or of `system`) that takes so many arguments, each an
/// integer or a pointer of at most a pointer's size, and it must be sound to call with these on any thread.
/// 64-bit Windows takes the bits of an `f64` as well.
///
/// ```
/// use std::ffi::{c_char, c_int, c_void};
/// # #[cfg(unix)]
/// callgate::run(|| {
///     # unsafe extern "C" { fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void; }
///     // SAFETY: null stands for all that the program has loaded.
///     let close = unsafe { dlsym(std::ptr::null_mut(), c"close".as_ptr()) };
///     // SAFETY: `close` takes one number, and refuses one that is no file.
///     let (r1, _, err) = unsafe { callgate::syscall_n(close, &[usize::MAX]) };
///     assert_eq!(r1 as c_int, -1);
///     assert_eq!(std::io::Error::from_raw_os_error(err).to_string(), "Bad file descriptor (os error 9)");
/// });
/// ```
pub unsafe fn syscall_n(f: *const c_void, args: &[usize]) -> (usize, usize, i32) {
    assert!(
        args.len() <= arch::MAX_ARGS,
        "callgate::syscall_n passes at most {} arguments, and was given {}",
        arch::MAX_ARGS,
        args.len()
    );
    let call = WinSyscall { f, args: args.as_ptr(), n: args.len(), ..WinSyscall::NONE };
    let Some(g) = g_on_its_stack() else {
        let call = Cell::new(call);
        // SAFETY: the caller's promise; the stack in use is a thread's.
        unsafe { stdcall(&call) };
        let WinSyscall { r1, r2, err, .. } = call.get();
        return (r1, r2, err);
    };
    // SAFETY: a running G has an M, which is the same until `cgocall_unnamed` leaves the syscall.
    let parameters = unsafe { &(*g.m.get()).winsyscall };
    let _restore = Restore { g, outer: parameters.replace(call) };
    // SAFETY: the caller's promise; the shim takes the cell, and unwinds only as `f` does.
    let WinSyscall { r1, r2, err, .. } = unsafe {
        let shim: unsafe extern "C-unwind" fn(*const Cell<WinSyscall>) = stdcall;
        let (address, args) = (shim as *const c_void, (ptr::from_ref(parameters),));
        // Where no argument lies in a register, this one doesn't either.
        let how = if arch::REGISTER_ARGS > 0 { Passed::InRegisters } else { Passed::Otherwise };
        let call = Call { shim, address, args, how };
        // Read before the G may go on on another M, whose parameters are another call's.
        cgocall_unnamed(g, call, || parameters.get())
    };
    (r1, r2, err)
}
