//! The few functions of SQLite that the step needs, and a connection made of them.
//!
//! See <https://www.sqlite.org/c3ref/funclist.html> for each.

use callgate::{export_callback, foreign_call};
// Links the library; its functions are declared below.
use libsqlite3_sys as _;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// `sqlite3`
#[repr(C)]
pub struct Sqlite3 {
    _opaque: [u8; 0],
}

/// `sqlite3_stmt`
#[repr(C)]
pub struct Stmt {
    _opaque: [u8; 0],
}

/// `sqlite3_context`
#[repr(C)]
pub struct Context {
    _opaque: [u8; 0],
}

/// `sqlite3_value`
#[repr(C)]
pub struct Value {
    _opaque: [u8; 0],
}

type Busy = extern "C" fn(*mut c_void, c_int) -> c_int;
type Hook = extern "C" fn(*mut c_void) -> c_int;
type Function = extern "C" fn(*mut Context, c_int, *mut *mut Value);

const OK: c_int = 0;
const ROW: c_int = 100;
const DONE: c_int = 101;
const UTF8: c_int = 1;

#[foreign_call]
unsafe extern "C" {
    fn sqlite3_open(name: *const c_char, db: *mut *mut Sqlite3) -> c_int;
    fn sqlite3_close(db: *mut Sqlite3) -> c_int;
    fn sqlite3_errmsg(db: *mut Sqlite3) -> *const c_char;
    fn sqlite3_prepare_v2(
        db: *mut Sqlite3,
        sql: *const c_char,
        bytes: c_int,
        stmt: *mut *mut Stmt,
        rest: *mut *const c_char,
    ) -> c_int;
    fn sqlite3_step(stmt: *mut Stmt) -> c_int;
    fn sqlite3_finalize(stmt: *mut Stmt) -> c_int;
    fn sqlite3_busy_handler(db: *mut Sqlite3, f: Busy, arg: *mut c_void) -> c_int;
    fn sqlite3_commit_hook(db: *mut Sqlite3, f: Hook, arg: *mut c_void) -> *mut c_void;
    fn sqlite3_create_function_v2(
        db: *mut Sqlite3,
        name: *const c_char,
        args: c_int,
        encoding: c_int,
        data: *mut c_void,
        f: Option<Function>,
        step: Option<Function>,
        last: Option<extern "C" fn(*mut Context)>,
        destroy: Option<extern "C" fn(*mut c_void)>,
    ) -> c_int;
}

// These only look at memory, and call nothing back.
#[foreign_call(leaf)]
unsafe extern "C" {
    fn sqlite3_column_int64(stmt: *mut Stmt, column: c_int) -> i64;
    fn sqlite3_value_int64(value: *mut Value) -> i64;
    fn sqlite3_result_int64(context: *mut Context, value: i64);
}

/// How often each callback was called.
pub static BUSY: AtomicU64 = AtomicU64::new(0);
/// The SQL function `twice`.
pub static TWICE: AtomicU64 = AtomicU64::new(0);
/// The commit hook.
pub static COMMITS: AtomicU64 = AtomicU64::new(0);

/// Somebody else has the database: wait a little, in the callback, while other Gs run.
#[export_callback(private)]
fn busy(_: *mut c_void, times: c_int) -> c_int {
    BUSY.fetch_add(1, Ordering::Relaxed);
    callgate::sleep(Duration::from_micros(200 + 50 * times.clamp(0, 100) as u64));
    1
}

/// The SQL function `twice(x)`.
#[export_callback(private, panic = return)]
unsafe fn twice(context: *mut Context, _: c_int, args: *mut *mut Value) {
    TWICE.fetch_add(1, Ordering::Relaxed);
    // SAFETY: SQLite passes one argument, as the function was declared.
    unsafe { sqlite3_result_int64(context, 2 * sqlite3_value_int64(*args)) }
}

/// Counts a commit, and lets it happen.
#[export_callback(private)]
fn committed(_: *mut c_void) -> c_int {
    COMMITS.fetch_add(1, Ordering::Relaxed);
    0
}

/// A connection.
pub struct Db(*mut Sqlite3);

// SAFETY: SQLite is built to be called from any thread ("serialized"), one G at a time has this.
unsafe impl Send for Db {}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once; no statement outlives a call.
        unsafe { sqlite3_close(self.0) };
    }
}

impl Db {
    /// Opens the database with the callbacks in place. Durability is not what the tour is about:
    /// nothing is synced to the disk.
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = CString::new(path.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
        let mut db = ptr::null_mut();
        // SAFETY: a string with an end, and room for the result.
        let code = unsafe { sqlite3_open(name.as_ptr(), &raw mut db) };
        let mut db = Db(db);
        db.check(code)?;
        // SAFETY: the connection is open; the functions live for ever and use no data.
        unsafe {
            let code = sqlite3_busy_handler(db.0, busy, ptr::null_mut());
            db.check(code)?;
            sqlite3_commit_hook(db.0, committed, ptr::null_mut());
        }
        let null = ptr::null_mut();
        // `twice` is an `unsafe fn`, whose pointer is one too.
        let twice: unsafe extern "C" fn(*mut Context, c_int, *mut *mut Value) = twice;
        // SAFETY: SQLite calls it with what it expects.
        let twice: Function = unsafe { std::mem::transmute(twice) };
        // SAFETY: as above.
        let code = unsafe {
            sqlite3_create_function_v2(
                db.0,
                c"twice".as_ptr(),
                1,
                UTF8,
                null,
                Some(twice),
                None,
                None,
                None,
            )
        };
        db.check(code)?;
        db.run("PRAGMA journal_mode = WAL")?;
        db.run("PRAGMA synchronous = OFF")?;
        Ok(db)
    }

    fn check(&self, code: c_int) -> Result<(), String> {
        if matches!(code, OK | ROW | DONE) {
            return Ok(());
        }
        // SAFETY: the connection's own message, valid until its next call.
        let text = unsafe { CStr::from_ptr(sqlite3_errmsg(self.0)) };
        Err(format!("SQLite: {} ({code})", text.to_string_lossy()))
    }

    /// Runs one statement to its end; returns the first column of its last row.
    fn evaluate(&mut self, sql: &str) -> Result<Option<i64>, String> {
        let text = CString::new(sql).map_err(|e| e.to_string())?;
        let mut stmt = ptr::null_mut();
        // SAFETY: a string with an end, and room for the result.
        let code = unsafe {
            sqlite3_prepare_v2(self.0, text.as_ptr(), -1, &raw mut stmt, ptr::null_mut())
        };
        self.check(code)?;
        let mut value = None;
        let end = loop {
            // SAFETY: the statement is prepared and not finalized.
            match unsafe { sqlite3_step(stmt) } {
                // SAFETY: there is a row, with a column.
                ROW => value = Some(unsafe { sqlite3_column_int64(stmt, 0) }),
                end => break end,
            }
        };
        let outcome = self.check(end);
        // SAFETY: the last use of the statement.
        unsafe { sqlite3_finalize(stmt) };
        outcome.map(|()| value).map_err(|error| format!("{error}: {sql}"))
    }

    /// Runs one statement.
    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        self.evaluate(sql).map(drop)
    }

    /// The number that a query finds.
    pub fn number(&mut self, sql: &str) -> Result<i64, String> {
        self.evaluate(sql)?.ok_or_else(|| format!("no row: {sql}"))
    }
}
