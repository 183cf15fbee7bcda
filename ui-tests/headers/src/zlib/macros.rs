//! What `zlib.h` documents as functions and defines as macros: they pass the version and the size
//! that the caller was compiled with.

use super::*;

const SIZE: c_int = size_of::<z_stream>() as c_int;

/// `deflateInit`
///
/// # Safety
/// `strm` points to a stream whose `zalloc`, `zfree` and `opaque` are set, and which stays where it
/// is until `deflateEnd`.
pub unsafe fn deflateInit(strm: z_streamp, level: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { deflateInit_(strm, level, zlibVersion(), SIZE) }
}

/// `deflateInit2`
///
/// # Safety
/// As [`deflateInit`].
pub unsafe fn deflateInit2(
    strm: z_streamp,
    level: c_int,
    method: c_int,
    window_bits: c_int,
    mem_level: c_int,
    strategy: c_int,
) -> c_int {
    let version = zlibVersion();
    // SAFETY: the caller's promise.
    unsafe { deflateInit2_(strm, level, method, window_bits, mem_level, strategy, version, SIZE) }
}

/// `inflateInit`
///
/// # Safety
/// As [`deflateInit`], until `inflateEnd`; `next_in` and `avail_in` are set.
pub unsafe fn inflateInit(strm: z_streamp) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { inflateInit_(strm, zlibVersion(), SIZE) }
}

/// `inflateInit2`
///
/// # Safety
/// As [`inflateInit`].
pub unsafe fn inflateInit2(strm: z_streamp, window_bits: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { inflateInit2_(strm, window_bits, zlibVersion(), SIZE) }
}

/// `inflateBackInit`
///
/// # Safety
/// As [`deflateInit`], until `inflateBackEnd`; `window` has 2 to the `window_bits` bytes and lives
/// as long.
pub unsafe fn inflateBackInit(strm: z_streamp, window_bits: c_int, window: *mut c_uchar) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { inflateBackInit_(strm, window_bits, window, zlibVersion(), SIZE) }
}
