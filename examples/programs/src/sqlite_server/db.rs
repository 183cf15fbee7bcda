//! A connection of SQLite: see <https://www.sqlite.org/c3ref/funclist.html> for each function.

use callgate::{export_callback, foreign_call};
// Links the library; its functions are declared below.
use libsqlite3_sys as _;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::time::Duration;

/// `sqlite3`
#[repr(C)]
struct Sqlite3 {
    _opaque: [u8; 0],
}

/// `sqlite3_stmt`
#[repr(C)]
struct Stmt {
    _opaque: [u8; 0],
}

type Busy = extern "C" fn(*mut c_void, c_int) -> c_int;

const ROW: c_int = 100;
const DONE: c_int = 101;

#[foreign_call]
unsafe extern "C" {
    fn sqlite3_open(name: *const c_char, db: *mut *mut Sqlite3) -> c_int;
    fn sqlite3_close(db: *mut Sqlite3) -> c_int;
    fn sqlite3_busy_handler(db: *mut Sqlite3, f: Busy, arg: *mut c_void) -> c_int;
    fn sqlite3_prepare_v2(
        db: *mut Sqlite3,
        sql: *const c_char,
        bytes: c_int,
        stmt: *mut *mut Stmt,
        rest: *mut *const c_char,
    ) -> c_int;
    fn sqlite3_step(stmt: *mut Stmt) -> c_int;
    fn sqlite3_finalize(stmt: *mut Stmt) -> c_int;
    // It may convert a number to text.
    fn sqlite3_column_text(stmt: *mut Stmt, column: c_int) -> *const c_char;
}

// These only look at memory, and call nothing back.
#[foreign_call(leaf)]
unsafe extern "C" {
    fn sqlite3_errmsg(db: *mut Sqlite3) -> *const c_char;
    fn sqlite3_column_count(stmt: *mut Stmt) -> c_int;
}

/// Somebody else writes: wait a little, in the callback, while other Gs run.
#[export_callback(private)]
fn busy(_: *mut c_void, times: c_int) -> c_int {
    callgate::sleep(Duration::from_micros(200 + 50 * times.clamp(0, 100) as u64));
    1
}

/// A connection.
pub struct Db(*mut Sqlite3);

// SAFETY: SQLite is built to be called from any thread ("serialized"), and one G at a time has this.
unsafe impl Send for Db {}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once; no statement outlives a call.
        unsafe { sqlite3_close(self.0) };
    }
}

impl Db {
    /// Opens the database, for many that write. What is committed survives a crash of the program,
    /// and perhaps not one of the machine (`synchronous = OFF`).
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = CString::new(path.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
        let mut db = ptr::null_mut();
        // SAFETY: a string with an end, and room for the result.
        let code = unsafe { sqlite3_open(name.as_ptr(), &raw mut db) };
        let db = Db(db);
        if code != 0 {
            return Err(db.error());
        }
        // SAFETY: the connection is open; the function lives for ever and uses no data.
        unsafe { sqlite3_busy_handler(db.0, busy, ptr::null_mut()) };
        db.rows("PRAGMA journal_mode = WAL")?;
        db.rows("PRAGMA synchronous = OFF")?;
        Ok(db)
    }

    fn error(&self) -> String {
        // SAFETY: the connection's own message, valid until its next call.
        unsafe { CStr::from_ptr(sqlite3_errmsg(self.0)) }.to_string_lossy().into_owned()
    }

    /// Runs one statement to its end; a line of text for each row, the columns separated by tabs.
    pub fn rows(&self, sql: &str) -> Result<Vec<String>, String> {
        let text = CString::new(sql).map_err(|e| e.to_string())?;
        let mut stmt = ptr::null_mut();
        let rest = ptr::null_mut();
        // SAFETY: a string with an end, and room for the result.
        let code = unsafe { sqlite3_prepare_v2(self.0, text.as_ptr(), -1, &raw mut stmt, rest) };
        if code != 0 {
            return Err(self.error());
        }
        if stmt.is_null() {
            return Err("there is no statement".into());
        }
        let mut rows = Vec::new();
        let end = loop {
            // SAFETY: the statement is prepared and not finalized.
            match unsafe { sqlite3_step(stmt) } {
                // SAFETY: there is a row.
                ROW => rows.push(unsafe { row(stmt) }),
                end => break end,
            }
        };
        let outcome = if end == DONE { Ok(rows) } else { Err(self.error()) };
        // SAFETY: the last use of the statement.
        unsafe { sqlite3_finalize(stmt) };
        outcome
    }
}

/// The row at which the statement is.
///
/// # Safety
/// There is one.
unsafe fn row(stmt: *mut Stmt) -> String {
    // SAFETY: the columns of the row; their text is copied before the next call.
    let column = |column| unsafe {
        match sqlite3_column_text(stmt, column) {
            null if null.is_null() => "NULL".into(),
            text => CStr::from_ptr(text).to_string_lossy().replace(['\t', '\n'], " "),
        }
    };
    // SAFETY: the statement is alive.
    let columns: Vec<_> = (0..unsafe { sqlite3_column_count(stmt) }).map(column).collect();
    columns.join("\t")
}
