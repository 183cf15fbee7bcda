//! Calls of functions whose number of arguments is known only when they are called: `cdecl`, which leave
//! their arguments to the caller, and `stdcall`, which take them away.

use core::arch::naked_asm;
use core::ffi::c_void;

/// Calls the function `f` with words for arguments; returns `eax`, and `edx`, which is the function's only if its
/// result is of two words.
///
/// # Panics
/// With more than [`MAX_ARGS`](crate::MAX_ARGS) arguments.
///
/// # Safety
/// `f` is a function of the C ABI or the system's with so many arguments, each an integer or a pointer, and is
/// sound to call with these on the stack in use.
pub unsafe fn call_n(f: *const c_void, args: &[usize]) -> (usize, usize) {
    assert!(args.len() <= crate::MAX_ARGS, "more than {} arguments", crate::MAX_ARGS);
    // SAFETY: the caller's promise; there are as many words as the count says.
    let words = unsafe { call_n_words(f, args.as_ptr(), args.len()) };
    (words as usize, (words >> 32) as usize)
}

/// Go's `asmstdcall`.
///
/// ```text
///        │ f, args, n           │
///   +4   │ return address       │
///   +0   │ caller's ebp         │◄── ebp
///   -4   │ caller's esi         │
///        │ (alignment)          │
///        │ args[n-1] … args[0]  │◄── esp at the call; after it, of an f that took them away,
/// ```                               above them
#[unsafe(naked)]
unsafe extern "C-unwind" fn call_n_words(f: *const c_void, args: *const usize, n: usize) -> u64 {
    naked_asm!(
        ".cfi_startproc",
        "push ebp",
        ".cfi_def_cfa_offset 8",
        ".cfi_offset ebp, -8",
        "mov ebp, esp",
        ".cfi_def_cfa_register ebp",
        "push esi",
        ".cfi_offset esi, -12",
        "mov ecx, dword ptr [ebp + 16]",
        "mov esi, dword ptr [ebp + 12]",
        "lea eax, [4*ecx]",
        "sub esp, eax",
        "and esp, -16",
        "test ecx, ecx",
        "jz 3f",
        "2:",
        "dec ecx",
        "mov eax, dword ptr [esi + 4*ecx]",
        "mov dword ptr [esp + 4*ecx], eax",
        "jnz 2b",
        "3:",
        "call dword ptr [ebp + 8]",
        "lea esp, [ebp - 4]",
        "pop esi",
        "pop ebp",
        ".cfi_def_cfa esp, 4",
        ".cfi_restore ebp",
        ".cfi_restore esi",
        "ret",
        ".cfi_endproc",
    )
}
