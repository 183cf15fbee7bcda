//! What the tests share: connections and statements.

use callgate_headers::sqlite::*;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// A string for C.
pub fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL in a test's text")
}

/// A string of C's.
///
/// # Safety
/// It is null or has an end.
pub unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned())
}

/// A connection, closed when it is dropped.
pub struct Db(pub *mut sqlite3);

impl Db {
    /// A new database in memory.
    pub fn new() -> Self {
        Db::open(":memory:")
    }

    /// The database in the file `name`.
    pub fn open(name: &str) -> Self {
        let mut db = ptr::null_mut();
        // SAFETY: a string with an end, and room for the result.
        assert_eq!(unsafe { sqlite3_open(c(name).as_ptr(), &raw mut db) }, SQLITE_OK);
        Db(db)
    }

    /// Runs statements; what SQLite says of it.
    pub fn try_run(&self, sql: &str) -> c_int {
        let sql = c(sql);
        // SAFETY: the connection is open, the string has an end.
        unsafe { sqlite3_exec(self.0, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) }
    }

    /// Runs statements, which succeed.
    #[track_caller]
    pub fn run(&self, sql: &str) {
        assert_eq!(self.try_run(sql), SQLITE_OK, "{sql}: {}", self.message());
    }

    /// The last error's message.
    pub fn message(&self) -> String {
        // SAFETY: the connection is open.
        unsafe { text(sqlite3_errmsg(self.0)) }.unwrap_or_default()
    }

    /// A statement.
    #[track_caller]
    pub fn prepare(&self, sql: &str) -> Statement {
        let (sql, mut statement) = (c(sql), ptr::null_mut());
        // SAFETY: the connection is open, the string has an end, there is room for the result.
        let code = unsafe {
            sqlite3_prepare_v2(self.0, sql.as_ptr(), -1, &raw mut statement, ptr::null_mut())
        };
        assert_eq!(code, SQLITE_OK, "{}", self.message());
        Statement(statement)
    }

    /// The whole number that a query finds.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        let statement = self.prepare(sql);
        // SAFETY: the statement is prepared; after `SQLITE_ROW` there is a row.
        unsafe {
            assert_eq!(sqlite3_step(statement.0), SQLITE_ROW, "{}", self.message());
            sqlite3_column_int64(statement.0, 0)
        }
    }

    /// The text that a query finds.
    #[track_caller]
    pub fn string(&self, sql: &str) -> String {
        let statement = self.prepare(sql);
        // SAFETY: the statement is prepared; after `SQLITE_ROW` there is a row.
        unsafe {
            assert_eq!(sqlite3_step(statement.0), SQLITE_ROW, "{}", self.message());
            text(sqlite3_column_text(statement.0, 0).cast()).unwrap()
        }
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once.
        unsafe { sqlite3_close_v2(self.0) };
    }
}

/// A prepared statement, finalized when it is dropped.
pub struct Statement(pub *mut sqlite3_stmt);

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: prepared once, finalized once.
        unsafe { sqlite3_finalize(self.0) };
    }
}
