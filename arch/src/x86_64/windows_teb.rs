//! What the system knows of a thread's stack, in its environment block (TEB): four fields that must be
//! those of the stack in use. The exception dispatcher believes in no frame outside of them, stack
//! probes (`__chkstk`) begin at the limit, and the kernel lets a stack grow, or reports its overflow,
//! by them (Amanieu/corosensei#48).
//!
//! | field | at `gs:` | moves while the stack is in use |
//! | --- | --- | --- |
//! | `StackBase` | `0x8` | no |
//! | `StackLimit` | `0x10` | down, when the stack grows |
//! | `DeallocationStack` | `0x1478` | no |
//! | `GuaranteedStackBytes` | `0x1748`, 4 bytes | `SetThreadStackGuarantee` |
//!
//! So a switch loads four of the new stack, and before that writes those that move back to the record of
//! the old one; all four of a thread's own stack, which C may have left for a fiber's.

use crate::{Context, StackBounds};
use core::mem::offset_of;
use core::ptr::null_mut;

/// The four fields, of a stack that isn't in use or was when it was last left.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Teb {
    base: *mut u8,
    limit: *mut u8,
    deallocation: *mut u8,
    guaranteed: u32,
}

impl Teb {
    /// Of no stack.
    pub(crate) const NONE: Teb =
        Teb { base: null_mut(), limit: null_mut(), deallocation: null_mut(), guaranteed: 0 };

    /// Of a stack of which `before` is known, if that is the same: it may have grown since.
    pub(crate) fn of(bounds: &StackBounds, before: &Teb, _place: *const Context) -> Self {
        let StackBounds { high, committed, reserved, guaranteed } = *bounds;
        if before.base == high {
            return *before;
        }
        Teb { base: high, limit: committed, deallocation: reserved, guaranteed: guaranteed as u32 }
    }

    /// Whether `at` is on the stack.
    pub(crate) fn has(&self, at: *const u8) -> bool {
        (self.limit.addr()..self.base.addr()).contains(&at.addr())
    }
}

const TEB: usize = offset_of!(Context, teb);
pub(super) const BASE: usize = TEB + offset_of!(Teb, base);
pub(super) const LIMIT: usize = TEB + offset_of!(Teb, limit);
pub(super) const DEALLOCATION: usize = TEB + offset_of!(Teb, deallocation);
pub(super) const GUARANTEED: usize = TEB + offset_of!(Teb, guaranteed);

/// Copies a word, or four bytes (`dword`), from the first place to the second, by the register `$a`.
macro_rules! copy {
    ($size:literal, $a:literal, $from:expr, $to:expr) => {
        concat!(
            "mov ", $a, ", ", $size, " ptr ", $from, "\n", "mov ", $size, " ptr ", $to, ", ", $a,
            "\n",
        )
    };
}

/// Writes what moves of the stack in use to the context in register `$of`; `$a` (and `$a32`, its
/// lower half) is lost. For a G's stack.
macro_rules! save_teb_of_g {
    ($of:literal, $a:literal, $a32:literal) => {
        concat!(
            crate::target::teb::copy!("qword", $a, "gs:[0x10]", concat!("[", $of, " + {LIMIT}]")),
            crate::target::teb::copy!(
                "dword",
                $a32,
                "gs:[0x1748]",
                concat!("[", $of, " + {GUARANTEED}]")
            ),
        )
    };
}

/// The same with all four, for a thread's own stack.
macro_rules! save_teb_of_g0 {
    ($of:literal, $a:literal, $a32:literal) => {
        concat!(
            save_teb_of_g!($of, $a, $a32),
            crate::target::teb::copy!("qword", $a, "gs:[0x8]", concat!("[", $of, " + {BASE}]")),
            crate::target::teb::copy!(
                "qword",
                $a,
                "gs:[0x1478]",
                concat!("[", $of, " + {DEALLOCATION}]")
            ),
        )
    };
}

/// Tells the system of the stack of the context in register `$of`, which is switched to next; `$a` (and
/// `$a32`) is lost.
macro_rules! load_teb {
    ($of:literal, $a:literal, $a32:literal) => {
        concat!(
            crate::target::teb::copy!("qword", $a, concat!("[", $of, " + {BASE}]"), "gs:[0x8]"),
            crate::target::teb::copy!("qword", $a, concat!("[", $of, " + {LIMIT}]"), "gs:[0x10]"),
            crate::target::teb::copy!(
                "qword",
                $a,
                concat!("[", $of, " + {DEALLOCATION}]"),
                "gs:[0x1478]"
            ),
            crate::target::teb::copy!(
                "dword",
                $a32,
                concat!("[", $of, " + {GUARANTEED}]"),
                "gs:[0x1748]"
            ),
        )
    };
}

pub(super) use {copy, load_teb, save_teb_of_g, save_teb_of_g0};
