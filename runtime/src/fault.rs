//! A memory fault: is it a G that has used up its stack?

use crate::fatal::fatal;
use crate::g::G;
use crate::os;
use crate::stack::arena;

/// How far below a thread's stack a fault is still taken for its overflow: the kernel keeps this
/// much free below the main thread's, and a guard of a page or more lies below the others'.
const BELOW: usize = 1 << 20;

/// On the signal stack, with the address of the fault. Returns if it is none of ours.
pub(crate) fn on_fault(address: usize) {
    let Some((stack, true)) = arena::find(address) else { return check_c_stack(address) };
    // SAFETY: the memory is mapped for ever: a G, or zeros.
    let g = unsafe { &*G::at_top_of(stack) };
    let id = g.id.get();
    if id == 0 {
        return;
    }
    let size = stack.size;
    match g.spawned_at.get() {
        Some(at) => fatal!(
            "stack overflow in G {id} (spawned at {at}): its stack of {size} bytes is used up. \
             Raise it with callgate::Builder::stack_size, or with \
             #[callgate::main(stack_size = …)]"
        ),
        None => fatal!(
            "stack overflow in a callback on a foreign thread (G {id}): its stack of {size} bytes \
             is used up. Raise it with callgate::Builder::stack_size"
        ),
    }
}

/// Has C, called by a G or calling back, used up the thread's own stack?
fn check_c_stack(address: usize) {
    // SAFETY: a thread's `g` is null or alive, and has an M.
    let Some(m) = (unsafe { arch::g().cast::<G>().as_ref().and_then(|g| g.m.get().as_ref()) })
    else {
        return;
    };
    let stack = m.g0.stack.get();
    let low = stack.low.addr();
    if low != 0 && (low.saturating_sub(BELOW)..low + os::page_size()).contains(&address) {
        fatal!(
            "stack overflow in C, on a thread that runs Gs: its stack of {} bytes is used up, by \
             deep recursion or by calls and callbacks nested too deep. For the runtime's own \
             threads, raise it with callgate::Builder::thread_stack_size",
            stack.size
        );
    }
}
