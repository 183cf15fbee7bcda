//! SQLite: the whole of `sqlite3.h`. See <https://www.sqlite.org/c3ref/intro.html> for what each
//! function does and asks for; types and constants have C's names.

// SQLite's own documentation is the reference, of names as well.
#[allow(missing_docs, non_camel_case_types, clippy::type_complexity)]
mod functions;

pub use functions::*;

use core::ffi::{c_char, c_double, c_int, c_uchar, c_uint, c_void};
// Links the library.
use libsqlite3_sys as _;

macro_rules! opaque {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`, of which C keeps the contents to itself.")]
            #[allow(non_camel_case_types)]
            #[repr(C)]
            pub struct $name {
                _contents: [u8; 0],
            }
        )*
    };
}

opaque! {
    sqlite3 sqlite3_stmt sqlite3_value sqlite3_context sqlite3_blob sqlite3_backup sqlite3_str
    sqlite3_mutex sqlite3_file sqlite3_vfs sqlite3_module sqlite3_index_info sqlite3_snapshot
    sqlite3_rtree_geometry sqlite3_rtree_query_info sqlite3_session sqlite3_changeset_iter
    sqlite3_changegroup sqlite3_rebaser
}

/// `sqlite3_int64`
#[allow(non_camel_case_types)]
pub type sqlite3_int64 = i64;
/// `sqlite3_uint64`
#[allow(non_camel_case_types)]
pub type sqlite3_uint64 = u64;
/// `sqlite3_filename`
#[allow(non_camel_case_types)]
pub type sqlite3_filename = *const c_char;
/// `sqlite3_rtree_dbl`
#[allow(non_camel_case_types)]
pub type sqlite3_rtree_dbl = c_double;
/// The platform's `va_list`, which only C can make.
#[allow(non_camel_case_types)]
pub type va_list = *mut c_void;

macro_rules! constants {
    ($($name:ident = $value:expr;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            pub const $name: c_int = $value;
        )*
    };
}

constants! {
    SQLITE_OK = 0;
    SQLITE_ERROR = 1;
    SQLITE_ABORT = 4;
    SQLITE_BUSY = 5;
    SQLITE_LOCKED = 6;
    SQLITE_INTERRUPT = 9;
    SQLITE_CONSTRAINT = 19;
    SQLITE_MISUSE = 21;
    SQLITE_AUTH = 23;
    SQLITE_ROW = 100;
    SQLITE_DONE = 101;
    SQLITE_INTEGER = 1;
    SQLITE_FLOAT = 2;
    SQLITE_TEXT = 3;
    SQLITE_BLOB = 4;
    SQLITE_NULL = 5;
    SQLITE_UTF8 = 1;
    SQLITE_OPEN_READWRITE = 0x2;
    SQLITE_OPEN_CREATE = 0x4;
    SQLITE_OPEN_URI = 0x40;
    SQLITE_OPEN_MEMORY = 0x80;
    SQLITE_OPEN_SHAREDCACHE = 0x20000;
    SQLITE_DENY = 1;
    SQLITE_IGNORE = 2;
    SQLITE_READ = 20;
    SQLITE_INSERT = 18;
    SQLITE_TRACE_STMT = 1;
    SQLITE_TRACE_ROW = 4;
    SQLITE_LIMIT_LENGTH = 0;
    SQLITE_STATUS_MEMORY_USED = 0;
    SQLITE_CONFIG_LOG = 16;
    SQLITE_CONFIG_URI = 17;
    SQLITE_DBCONFIG_ENABLE_FKEY = 1002;
    SQLITE_TESTCTRL_ALWAYS = 13;
    SQLITE_TXN_NONE = 0;
    SQLITE_TXN_WRITE = 2;
}

/// `SQLITE_TRANSIENT`: SQLite copies the text or BLOB at once.
#[must_use]
pub fn sqlite_transient() -> Option<unsafe extern "C" fn(*mut c_void)> {
    // SAFETY: C declares it so, all bits set, and never calls it.
    unsafe { core::mem::transmute::<isize, Option<unsafe extern "C" fn(*mut c_void)>>(-1) }
}
