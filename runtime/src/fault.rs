//! Faults: memory that is not there (is it a G that has used up its stack?), and unwinding that comes
//! out of C.

use crate::fatal::fatal;
use crate::g::{G, Kind};
use crate::line::Line;
use crate::os::{self, FaultHandler};
use crate::stack::arena;
use core::fmt::{self, Write};

/// How far below a thread's stack a fault is still taken for its overflow: the kernel keeps this
/// much free below the main thread's, and a guard of a page or more lies below the others'.
const BELOW: usize = 1 << 20;

pub(crate) const HANDLER: FaultHandler = FaultHandler { on_fault, on_death };

/// On the signal stack, with the address of the fault. Returns if it is none of ours.
fn on_fault(address: usize) {
    let Some((stack, true)) = arena::find(address) else { return check_c_stack(address) };
    // A guard has a stack on either side. Only the code that runs on the one above runs over it: whoever
    // else gets there has a wrong pointer.
    // SAFETY: a thread's `g` is null or alive.
    let Some(g) = (unsafe { arch::g().cast::<G>().as_ref() }) else { return };
    if g.stack.get() != stack {
        return;
    }
    let (id, size) = (g.id.get(), stack.size);
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
    // SAFETY: a thread's `g` is null or alive, as is its `g0`.
    let Some(sp) = (unsafe { arch::g().as_ref().map(|g| (*g.g0).sp.addr()) }) else { return };
    // While a G is in C or in a callback, `g0.sp` is on the thread's stack, above what used it up.
    if address >= sp {
        return;
    }
    let Some((low, high)) = os::mapping_of(sp) else { return };
    if (low.saturating_sub(BELOW)..low + os::page_size()).contains(&address) {
        fatal!(
            "stack overflow in C, on a thread that runs Gs: its stack of {} bytes is used up, by \
             deep recursion or by calls and callbacks nested too deep. For the runtime's own \
             threads, raise it with callgate::Builder::thread_stack_size",
            high - low
        );
    }
}

/// The process dies of a fault that is not a G's stack: says whose it was, where there is a G.
fn on_death(signal: &str, address: usize) {
    // SAFETY: a thread's `g` is null or alive.
    let Some(g) = (unsafe { arch::g().cast::<G>().as_ref() }) else { return };
    let (id, at) = (g.id.get(), SpawnedAt(g));
    let mut line = Line::new();
    let place = Guard { g, address };
    // `Line` never fails.
    let _ = if g.kind.get() == Kind::G0 {
        write!(line, "callgate: {signal} at address {address:#x}{place}, in the scheduler")
    } else if g.in_c() {
        let in_c = format_args!("in C that G {id} ({at}) called");
        write!(line, "callgate: {signal} at address {address:#x}{place}, {in_c}")
    } else {
        let in_rust = format_args!("in Rust code of G {id} ({at})");
        write!(line, "callgate: {signal} at address {address:#x}{place}, {in_rust}")
    };
    line.print();
    os::write_trace();
}

/// Which guard page an address is in, if it is in one, as `g` would say it.
struct Guard<'a> {
    g: &'a G,
    address: usize,
}

impl fmt::Display for Guard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let high = self.g.stack.get().high().addr();
        // The one above the highest stack of an arena is below none.
        if (high..high + os::page_size()).contains(&self.address) {
            f.write_str(" (the guard page above its stack)")
        } else if matches!(arena::find(self.address), Some((_, true))) {
            f.write_str(" (the guard page of a stack)")
        } else {
            Ok(())
        }
    }
}

/// Where a G comes from, for a message.
struct SpawnedAt<'a>(&'a G);

impl fmt::Display for SpawnedAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.spawned_at.get() {
            Some(at) => write!(f, "spawned at {at}"),
            None => f.write_str("of a foreign thread, or `run`"),
        }
    }
}

/// A thread that runs Gs has ended in C.
pub(crate) fn ended_in_c() -> ! {
    // SAFETY: a thread's `g` is null or alive.
    let Some(g) = (unsafe { arch::g().cast::<G>().as_ref() }) else {
        fatal!("a thread ended that runs Gs");
    };
    let id = g.id.get();
    let at = SpawnedAt(g);
    fatal!(
        "a thread ended in C that G {id} ({at}) called: pthread_exit and pthread_cancel must not \
         end a thread that runs Gs, whose Rust frames would never end"
    );
}

/// Something unwinds out of C that a G called: it would go on in Rust code that can't be left so.
pub(crate) fn on_unwinding(class: u64, forced: bool) -> ! {
    // SAFETY: a thread's `g` is null or alive.
    let Some(g) = (unsafe { arch::g().cast::<G>().as_ref() }) else {
        fatal!("unwinding came out of C");
    };
    let id = g.id.get();
    let at = SpawnedAt(g);
    if forced && g.callbacks() > 0 {
        fatal!(
            "a thread ended inside a callback, in C that G {id} ({at}) called: pthread_exit and \
             pthread_cancel must not cross a callback, whose Rust frames would never end"
        );
    }
    if forced {
        ended_in_c();
    }
    // A class is the vendor and the language, four bytes each; C++ has two classes. Rust has them in memory in this
    // order, others in a number.
    let what = match &class.to_be_bytes() {
        b"MOZ\0RUST" | b"TSUR\0ZOM" => "a Rust panic",
        [_, _, _, _, b'C', b'+', b'+', _] => "a C++ exception",
        _ => "an exception",
    };
    fatal!(
        "{what} came out of C that G {id} ({at}) called: it can't go on unwinding there. Let C++ \
         catch its exceptions, and let C call functions with #[export_callback(panic = unwind)]"
    );
}
