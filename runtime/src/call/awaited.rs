//! A foreign call for somebody who doesn't wait as a G: what is to be done with the result is done
//! before the G has a P again.

use super::foreign::{Call, cgocall_blocking};
use super::panics;
use super::shim::Shim as _;
use crate::g::G;
use crate::private::Passed;

/// Gives the P up, and runs `call`, which makes one foreign call, where C does; then, there too,
/// `done` with its value.
///
/// If a callback panics, and the panic goes on at the foreign call, then it goes on here, and `done` is
/// not called.
///
/// # Safety
/// `g` is the calling G, on its own stack, and in no callback. While C runs, `call` has nothing to drop:
/// its frames may be dropped with C's.
pub(crate) unsafe fn call_then<T, F, D>(g: &G, call: F, done: D)
where
    F: FnOnce() -> T,
    D: FnOnce(T),
{
    struct Frame<F, D> {
        g: *const G,
        call: Option<F>,
        done: D,
    }
    unsafe extern "C-unwind" fn shim<T, F: FnOnce() -> T, D: FnOnce(T)>(
        frame: *mut Option<Frame<F, D>>,
    ) {
        // SAFETY: the frame is the caller's, and waits for us. What is not taken out of it stays its.
        let Some(call) = (unsafe { (*frame).as_mut().and_then(|frame| frame.call.take()) }) else {
            return;
        };
        let value = call();
        // SAFETY: as above.
        if let Some(Frame { g, done, .. }) = unsafe { (*frame).take() }
            // SAFETY: the calling G is alive.
            && !panics::is_pending(unsafe { &*g })
        {
            done(value);
        }
    }
    let mut frame = Some(Frame { g, call: Some(call), done });
    let shim: unsafe extern "C-unwind" fn(*mut Option<Frame<F, D>>) = shim::<T, F, D>;
    // SAFETY: the shim takes this frame, whose address lies in a register; by the contract nothing is
    // lost with its frames.
    unsafe {
        let (address, args) = (shim.address(), (&raw mut frame,));
        let call = Call { shim, address, args, how: Passed::InRegisters };
        cgocall_blocking::<_, false>(call);
    }
}
