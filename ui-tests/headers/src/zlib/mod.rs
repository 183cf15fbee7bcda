//! zlib: the whole of `zlib.h`. See <https://zlib.net/manual.html> for what each function does and
//! asks for; types and constants have C's names.

// zlib's own documentation is the reference, of names as well.
#[allow(missing_docs, non_camel_case_types)]
mod functions;
// The names are zlib's.
#[allow(non_snake_case)]
mod macros;

pub use functions::*;
pub use macros::*;

use core::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_ulong, c_void};
// Links the library.
use libz_sys as _;

macro_rules! types {
    ($($name:ident = $ty:ty;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            #[allow(non_camel_case_types)]
            pub type $name = $ty;
        )*
    };
}

types! {
    Bytef = c_uchar;
    uInt = c_uint;
    uLong = c_ulong;
    uLongf = c_ulong;
    voidp = *mut c_void;
    voidpc = *const c_void;
    voidpf = *mut c_void;
    z_size_t = usize;
    z_crc_t = u32;
    z_streamp = *mut z_stream;
    gz_headerp = *mut gz_header;
    gzFile = *mut gzFile_s;
    in_func = Option<unsafe extern "C" fn(*mut c_void, *mut *const c_uchar) -> c_uint>;
    out_func = Option<unsafe extern "C" fn(*mut c_void, *mut c_uchar, c_uint) -> c_int>;
    alloc_func = Option<unsafe extern "C" fn(voidpf, uInt, uInt) -> voidpf>;
    free_func = Option<unsafe extern "C" fn(voidpf, voidpf)>;
}

/// `z_off_t`: `off_t`, but where the compiler has none.
#[cfg(not(windows))]
#[allow(non_camel_case_types)]
pub type z_off_t = libc::off_t;
/// `z_off_t`
#[cfg(windows)]
#[allow(non_camel_case_types)]
pub type z_off_t = core::ffi::c_long;
/// `z_off64_t`
#[allow(non_camel_case_types)]
pub type z_off64_t = i64;
/// `wchar_t`
#[allow(non_camel_case_types)]
pub type wchar_t = u16;
/// The platform's `va_list`, which only C can make.
#[allow(non_camel_case_types)]
pub type va_list = *mut c_void;

/// What a `gzFile` points to.
#[allow(non_camel_case_types)]
#[repr(C)]
pub struct gzFile_s {
    _contents: [u8; 0],
}

/// A stream of data to compress or decompress.
#[allow(non_camel_case_types, missing_docs)]
#[repr(C)]
pub struct z_stream {
    pub next_in: *const Bytef,
    pub avail_in: uInt,
    pub total_in: uLong,
    pub next_out: *mut Bytef,
    pub avail_out: uInt,
    pub total_out: uLong,
    pub msg: *const c_char,
    pub state: *mut c_void,
    pub zalloc: alloc_func,
    pub zfree: free_func,
    pub opaque: voidpf,
    pub data_type: c_int,
    pub adler: uLong,
    pub reserved: uLong,
}

impl z_stream {
    /// A stream without data, that takes its memory from `malloc`.
    #[must_use]
    pub fn new() -> Self {
        z_stream {
            next_in: core::ptr::null(),
            avail_in: 0,
            total_in: 0,
            next_out: core::ptr::null_mut(),
            avail_out: 0,
            total_out: 0,
            msg: core::ptr::null(),
            state: core::ptr::null_mut(),
            zalloc: None,
            zfree: None,
            opaque: core::ptr::null_mut(),
            data_type: 0,
            adler: 0,
            reserved: 0,
        }
    }
}

impl Default for z_stream {
    fn default() -> Self {
        z_stream::new()
    }
}

/// The header of a gzip file.
#[allow(non_camel_case_types, missing_docs)]
#[repr(C)]
pub struct gz_header {
    pub text: c_int,
    pub time: uLong,
    pub xflags: c_int,
    pub os: c_int,
    pub extra: *mut Bytef,
    pub extra_len: uInt,
    pub extra_max: uInt,
    pub name: *mut Bytef,
    pub name_max: uInt,
    pub comment: *mut Bytef,
    pub comm_max: uInt,
    pub hcrc: c_int,
    pub done: c_int,
}

macro_rules! constants {
    ($($name:ident = $value:expr;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            pub const $name: c_int = $value;
        )*
    };
}

constants! {
    Z_NO_FLUSH = 0;
    Z_SYNC_FLUSH = 2;
    Z_FINISH = 4;
    Z_OK = 0;
    Z_STREAM_END = 1;
    Z_NEED_DICT = 2;
    Z_STREAM_ERROR = -2;
    Z_DATA_ERROR = -3;
    Z_MEM_ERROR = -4;
    Z_BUF_ERROR = -5;
    Z_VERSION_ERROR = -6;
    Z_BEST_COMPRESSION = 9;
    Z_DEFAULT_COMPRESSION = -1;
    Z_DEFAULT_STRATEGY = 0;
    Z_DEFLATED = 8;
}
