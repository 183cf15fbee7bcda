//! What the system knows of a thread's stack, in its environment block (TEB): five fields that must be
//! those of the stack in use. The exception dispatcher believes in no handler outside of the stack, and the kernel
//! lets a stack grow, or reports its overflow, by them (Amanieu/corosensei#48).
//!
//! | field | at `fs:` | moves while the stack is in use |
//! | --- | --- | --- |
//! | `ExceptionList` | `0x0` | with each handler (`__try`) that C enters and leaves |
//! | `StackBase` | `0x4` | no |
//! | `StackLimit` | `0x8` | down, when the stack grows |
//! | `DeallocationStack` | `0xe0c` | no |
//! | `GuaranteedStackBytes` | `0xf78` | `SetThreadStackGuarantee` |
//!
//! So a switch loads five of the new stack, and before that writes those that move back to the record of
//! the old one; all five of a thread's own stack, which C may have left for a fiber's.
//!
//! # The chain of handlers
//! `ExceptionList` is the head of a list of handlers that lie on the stack, the innermost first. It ends at the
//! beginning of the thread's stack with the system's own: one that does what is done about an exception that nobody
//! has taken, and, where SEHOP is on, one by which the dispatcher sees that the chain is whole. Neither is in the
//! chain of a G's stack, so that ends with [`unhandled`] and the latter, in the G's [`Context`].

use crate::seh::unhandled;
use crate::{Context, StackBounds};
use core::arch::asm;
use core::mem::offset_of;
use core::ptr::{null, null_mut, with_exposed_provenance};

/// What the last handler's `next` is.
const END: usize = usize::MAX;

/// The system's `EXCEPTION_REGISTRATION_RECORD`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Registration {
    next: usize,
    handler: *const (),
}

/// In `SameTebFlags`: the thread's chain ends with the handler that SEHOP looks for (`RtlExceptionAttached`).
const ATTACHED: u16 = 0x200;

/// The last handler of the calling thread's chain, if it is the one that SEHOP looks for.
fn final_handler() -> Option<*const ()> {
    let (mut at, flags): (usize, u16);
    let mut handler = null();
    // SAFETY: reads the thread's TEB. The links of its chain are alive.
    unsafe {
        asm!(
            "mov {at}, fs:[0]",
            "mov {flags:x}, fs:[0xfca]",
            at = out(reg) at,
            flags = out(reg) flags,
            options(nostack, preserves_flags, readonly)
        );
        while at != END {
            let link = with_exposed_provenance::<Registration>(at).read();
            (at, handler) = (link.next, link.handler);
        }
    }
    (flags & ATTACHED != 0).then_some(handler)
}

/// The five fields, of a stack that isn't in use or was when it was last left.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Teb {
    base: *mut u8,
    limit: *mut u8,
    deallocation: *mut u8,
    guaranteed: u32,
    chain: usize,
    /// The end of a G's chain.
    last: [Registration; 2],
}

impl Teb {
    /// Of no stack.
    pub(crate) const NONE: Teb = Teb {
        base: null_mut(),
        limit: null_mut(),
        deallocation: null_mut(),
        guaranteed: 0,
        chain: END,
        last: [Registration { next: END, handler: null() }; 2],
    };

    /// Of a stack of which `before` is known, if that is the same: it may have grown since. The context will be
    /// at `place`.
    pub(crate) fn of(bounds: &StackBounds, before: &Teb, place: *const Context) -> Self {
        let StackBounds { high, committed, reserved, guaranteed } = *bounds;
        let chain = place.expose_provenance() + TEB + offset_of!(Teb, last);
        if before.base == high {
            return Teb { chain, ..*before };
        }
        let whole = final_handler();
        let second = chain + size_of::<Registration>();
        let last = [
            Registration {
                next: if whole.is_some() { second } else { END },
                handler: unhandled as *const (),
            },
            Registration { next: END, handler: whole.unwrap_or(null()) },
        ];
        Teb {
            base: high,
            limit: committed,
            deallocation: reserved,
            guaranteed: guaranteed as u32,
            chain,
            last,
        }
    }

    /// Whether `at` is on the stack.
    pub(crate) fn has(&self, at: *const u8) -> bool {
        (self.limit.addr()..self.base.addr()).contains(&at.addr())
    }

    /// Sets the head of the chain, for when the stack is in use again.
    pub(super) fn set_chain(&mut self, chain: usize) {
        self.chain = chain;
    }
}

const TEB: usize = offset_of!(Context, teb);
pub(super) const STACK_BASE: usize = TEB + offset_of!(Teb, base);
pub(super) const LIMIT: usize = TEB + offset_of!(Teb, limit);
pub(super) const DEALLOCATION: usize = TEB + offset_of!(Teb, deallocation);
pub(super) const GUARANTEED: usize = TEB + offset_of!(Teb, guaranteed);
pub(super) const CHAIN: usize = TEB + offset_of!(Teb, chain);

/// Copies a word from the first place to the second; `$a` is lost.
macro_rules! copy {
    ($a:literal, $from:expr, $to:expr) => {
        concat!("mov ", $a, ", dword ptr ", $from, "\n", "mov dword ptr ", $to, ", ", $a, "\n",)
    };
}

/// Writes what moves of the stack in use to the context in register `$of`; `$a` is lost. For a G's stack.
macro_rules! save_teb_of_g {
    ($of:literal, $a:literal) => {
        concat!(
            crate::target::teb::copy!($a, "fs:[0x8]", concat!("[", $of, " + {LIMIT}]")),
            crate::target::teb::copy!($a, "fs:[0xf78]", concat!("[", $of, " + {GUARANTEED}]")),
            crate::target::teb::copy!($a, "fs:[0x0]", concat!("[", $of, " + {CHAIN}]")),
        )
    };
}

/// The same with all five, for a thread's own stack.
macro_rules! save_teb_of_g0 {
    ($of:literal, $a:literal) => {
        concat!(
            save_teb_of_g!($of, $a),
            crate::target::teb::copy!($a, "fs:[0x4]", concat!("[", $of, " + {STACK_BASE}]")),
            crate::target::teb::copy!($a, "fs:[0xe0c]", concat!("[", $of, " + {DEALLOCATION}]")),
        )
    };
}

/// Tells the system of the stack of the context in register `$of`, which is switched to next; `$a` is
/// lost.
macro_rules! load_teb {
    ($of:literal, $a:literal) => {
        concat!(
            crate::target::teb::copy!($a, concat!("[", $of, " + {STACK_BASE}]"), "fs:[0x4]"),
            crate::target::teb::copy!($a, concat!("[", $of, " + {LIMIT}]"), "fs:[0x8]"),
            crate::target::teb::copy!($a, concat!("[", $of, " + {DEALLOCATION}]"), "fs:[0xe0c]"),
            crate::target::teb::copy!($a, concat!("[", $of, " + {GUARANTEED}]"), "fs:[0xf78]"),
            crate::target::teb::copy!($a, concat!("[", $of, " + {CHAIN}]"), "fs:[0x0]"),
        )
    };
}

pub(super) use {copy, load_teb, save_teb_of_g, save_teb_of_g0};
