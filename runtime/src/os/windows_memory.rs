//! Memory on Windows, and stacks as its kernel wants them.
//!
//! ```text
//!   reserved │page│ OVERFLOW_ROOM │         │guard│ committed │
//!            └──── the arena's guard ────┘└────── the stack ──────┘ high
//! ```
//!
//! A stack begins with little memory and a page below it that the kernel moves down when it is touched
//! (`PAGE_GUARD`), as on any thread: it goes by the TEB, which `arch` keeps right. At the low end of the stack
//! it commits [`OVERFLOW_ROOM`] instead, and raises `STATUS_STACK_OVERFLOW`, whose handlers run there.

use arch::StackBounds;
use core::ptr::{self, NonNull};
use std::io;
use std::sync::OnceLock;
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_DECOMMIT, MEM_RESERVE, MEMORY_BASIC_INFORMATION, PAGE_GUARD, PAGE_READWRITE,
    VirtualAlloc, VirtualFree, VirtualQuery,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

/// Bytes below a stack that are there for the report of its overflow.
pub(crate) const OVERFLOW_ROOM: usize = 32 << 10;
/// Bytes of a stack that have memory from the beginning, and their pages are cleared rather than given back:
/// the G's record and its first frames.
const COMMITTED: usize = 16 << 10;

/// The size of a page, in bytes.
pub(crate) fn page_size() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    *PAGE.get_or_init(|| {
        let mut info = SYSTEM_INFO::default();
        // SAFETY: fills the structure.
        unsafe { GetSystemInfo(&mut info) };
        info.dwPageSize as usize
    })
}

/// Reserves `len` bytes, without memory. The protection is that of the pages by which a stack grows.
pub(crate) fn map(len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: what is reserved was nobody's.
    let p = unsafe { VirtualAlloc(ptr::null(), len, MEM_RESERVE, PAGE_READWRITE) };
    NonNull::new(p.cast()).ok_or_else(io::Error::last_os_error)
}

/// What is reserved and has no memory is a guard by itself.
///
/// # Safety
/// None.
pub(crate) unsafe fn guard(_at: *mut u8, _len: usize) -> io::Result<()> {
    Ok(())
}

/// There is one way only.
pub(crate) fn disable_guard_install() {}

fn committed(low: *mut u8, size: usize) -> *mut u8 {
    low.wrapping_add(size.saturating_sub(COMMITTED))
}

/// Gives a stack that was never used, or [`discard`]ed, its first memory, and a guard page below.
pub(crate) fn ready_stack(low: *mut u8, size: usize) -> io::Result<()> {
    let (page, committed) = (page_size(), committed(low, size));
    let len = low.wrapping_add(size).addr() - committed.addr();
    // SAFETY: the range and the page below it, which may be of the room, are the stack's own.
    let done = unsafe {
        !VirtualAlloc(committed.cast(), len, MEM_COMMIT, PAGE_READWRITE).is_null()
            && !VirtualAlloc(
                committed.wrapping_sub(page).cast(),
                page,
                MEM_COMMIT,
                PAGE_READWRITE | PAGE_GUARD,
            )
            .is_null()
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A stack's bounds, as the system wants to know them.
pub(crate) fn stack_bounds(low: *mut u8, size: usize) -> StackBounds {
    StackBounds {
        high: low.wrapping_add(size),
        committed: committed(low, size),
        reserved: low.wrapping_sub(OVERFLOW_ROOM + page_size()),
        guaranteed: OVERFLOW_ROOM,
    }
}

/// Gives the memory of a stack back; it is as [`ready_stack`] made it afterwards, and reads as zero.
///
/// # Safety
/// The range is a whole stack, and what is stored there is not needed.
pub(crate) unsafe fn discard(low: *mut u8, size: usize) {
    let committed = committed(low, size);
    // SAFETY: by the contract. Pages that have no memory may be among those that lose it.
    unsafe {
        let below = low.wrapping_sub(OVERFLOW_ROOM);
        VirtualFree(below.cast(), committed.addr() - below.addr(), MEM_DECOMMIT);
        ptr::write_bytes(committed, 0, low.wrapping_add(size).addr() - committed.addr());
    }
    // Without memory for the guard page, the stack can't grow: it overflows early.
    let _ = ready_stack(low, size);
}

/// The reservation `(low, high)` that has `address` in it: of a thread's stack, all of it.
pub(crate) fn mapping_of(address: usize) -> Option<(usize, usize)> {
    let first = query(address)?;
    let low = first.AllocationBase;
    if low.is_null() {
        return None;
    }
    let mut high = first.BaseAddress.addr() + first.RegionSize;
    while let Some(next) = query(high)
        && next.AllocationBase == low
    {
        high = next.BaseAddress.addr() + next.RegionSize;
    }
    Some((low.addr(), high))
}

fn query(address: usize) -> Option<MEMORY_BASIC_INFORMATION> {
    let mut info = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: fills the structure; the address may be any.
    let n =
        unsafe { VirtualQuery(ptr::without_provenance(address), &mut info, size_of_val(&info)) };
    (n != 0).then_some(info)
}
