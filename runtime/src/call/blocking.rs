//! Rust code that blocks, run like a C function that does.

use super::foreign::{Call, cgocall_blocking};
use crate::g::{G, curg};
use crate::private::Passed;
use core::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// Runs `f`, which may block its OS thread, without holding other Gs up: the P is given up at once,
/// and `f` runs on the thread's own (large) stack. A scheduling point, before and after `f`.
///
/// Inside, the code is to callgate as C is: a foreign call is a plain call, and `park`, `sleep` and
/// the like block the thread. On a thread without a G, this is just `f()`.
///
/// # Panics
/// With whatever `f` panics with.
///
/// ```
/// callgate::run(|| {
///     let line = callgate::blocking(|| std::fs::read_to_string("/proc/self/comm"));
///     assert!(line.is_ok());
/// });
/// ```
pub fn blocking<T>(f: impl FnOnce() -> T) -> T {
    struct Frame<F, T> {
        f: Option<F>,
        result: Option<thread::Result<T>>,
    }
    unsafe extern "C-unwind" fn shim<F: FnOnce() -> T, T>(frame: *mut Frame<F, T>) {
        // SAFETY: the frame is the caller's, and waits for us.
        let frame = unsafe { &mut *frame };
        if let Some(f) = frame.f.take() {
            frame.result = Some(catch_unwind(AssertUnwindSafe(f)));
        }
    }
    /// Puts `blocking_at` back, also when a panic that a callback left goes on at the call's end.
    struct Restore<'a>(&'a G, Option<u32>);
    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            self.0.blocking_at.set(self.1);
        }
    }
    // SAFETY: the calling G is alive.
    let Some(g) = (unsafe { curg().as_ref() }) else { return f() };
    let mut frame = Frame { f: Some(f), result: None };
    let _restore = Restore(g, g.blocking_at.replace(Some(g.callbacks())));
    // SAFETY: the shim takes this frame; no unwinding leaves it.
    unsafe {
        let shim: unsafe extern "C-unwind" fn(*mut Frame<_, T>) = shim;
        let (address, args) = (shim as *const c_void, (&raw mut frame,));
        let call = Call { shim, address, args, how: Passed::InRegisters };
        cgocall_blocking::<_, false>(call);
    }
    match frame.result {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => unreachable!("the shim has run"),
    }
}
