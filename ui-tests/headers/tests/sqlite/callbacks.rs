//! Calls that call back, with data of the caller's.

use crate::db::{Db, c, text};
use callgate::export_callback;
use callgate_headers::sqlite::*;
use std::cmp::Ordering;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// The `T` that a callback's data points to.
///
/// # Safety
/// It points to one that nobody else uses during the callback.
unsafe fn data<'a, T>(pointer: *mut c_void) -> &'a mut T {
    // SAFETY: the caller's promise.
    unsafe { &mut *pointer.cast() }
}

/// A pointer for [`data`].
fn to<T>(value: &mut T) -> *mut c_void {
    ptr::from_mut(value).cast()
}

#[export_callback(private)]
unsafe fn on_row(
    rows: *mut c_void,
    n: c_int,
    values: *mut *mut c_char,
    names: *mut *mut c_char,
) -> c_int {
    // SAFETY: `sqlite3_exec` hands on the data and two arrays of `n` strings.
    unsafe {
        let cell = |i: usize| (text(*names.add(i)).unwrap(), text(*values.add(i)));
        data::<Vec<_>>(rows).push((0..n as usize).map(cell).collect::<Vec<_>>());
    }
    callgate::yield_now();
    0
}

#[test]
fn exec_hands_each_row_to_its_callback() {
    callgate::run(|| {
        let db = Db::new();
        let mut rows: Vec<Vec<(String, Option<String>)>> = Vec::new();
        let sql = c("SELECT 1 AS a, 'x' AS b; SELECT NULL AS c");
        // SAFETY: the connection is open, and the data is what the callback takes.
        let code = unsafe {
            sqlite3_exec(db.0, sql.as_ptr(), Some(on_row), to(&mut rows), ptr::null_mut())
        };
        assert_eq!(code, SQLITE_OK);
        let cell = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            rows,
            [vec![cell("a", Some("1")), cell("b", Some("x"))], vec![cell("c", None)],]
        );
    });
}

#[export_callback(private, panic = return(1))]
unsafe fn panics_at_the_second(
    seen: *mut c_void,
    _: c_int,
    _: *mut *mut c_char,
    _: *mut *mut c_char,
) -> c_int {
    // SAFETY: the data is a counter.
    let seen = unsafe { data::<u32>(seen) };
    *seen += 1;
    assert!(*seen < 2, "the second row");
    0
}

#[test]
fn a_panic_in_a_callback_ends_exec_and_goes_on_at_the_call() {
    callgate::run(|| {
        let (db, mut seen) = (Db::new(), 0_u32);
        let sql = c("SELECT 1; SELECT 2; SELECT 3");
        let result = catch_unwind(AssertUnwindSafe(|| {
            let (f, null) = (Some(panics_at_the_second as _), ptr::null_mut());
            // SAFETY: the connection is open, and the data is what the callback takes.
            unsafe { sqlite3_exec(db.0, sql.as_ptr(), f, to(&mut seen), null) }
        }));
        let panic = result.expect_err("the callback panics");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the second row"));
        assert_eq!(seen, 2);
        // SAFETY: the connection is open.
        assert_eq!(unsafe { sqlite3_errcode(db.0) }, SQLITE_ABORT);
        assert_eq!(db.number("SELECT 7"), 7);
    });
}

/// What an SQL function was declared with.
struct Declared {
    factor: i64,
    calls: u32,
    destroyed: bool,
}

#[export_callback(private)]
unsafe fn times(context: *mut sqlite3_context, n: c_int, args: *mut *mut sqlite3_value) {
    // SAFETY: SQLite passes the function's data and `n` values.
    unsafe {
        let declared = data::<Declared>(sqlite3_user_data(context));
        declared.calls += 1;
        let arg = *args;
        assert_eq!(n, 1);
        match sqlite3_value_type(arg) {
            SQLITE_INTEGER => {
                sqlite3_result_int64(context, declared.factor * sqlite3_value_int64(arg));
            }
            SQLITE_TEXT => {
                let repeated = text(sqlite3_value_text(arg).cast()).unwrap();
                let repeated = repeated.repeat(declared.factor as usize);
                let length = repeated.len() as u64;
                let (bytes, copied) = (repeated.as_ptr().cast(), sqlite_transient());
                sqlite3_result_text64(context, bytes, length, copied, SQLITE_UTF8 as _);
            }
            SQLITE_NULL => sqlite3_result_null(context),
            _ => sqlite3_result_error(context, c"not a number and not a text".as_ptr(), -1),
        }
    }
}

#[export_callback(private)]
unsafe fn destroyed(declared: *mut c_void) {
    // SAFETY: the function's data.
    unsafe { data::<Declared>(declared).destroyed = true };
}

#[test]
fn a_function_in_sql_has_data_and_a_destructor() {
    callgate::run(|| {
        let mut declared = Declared { factor: 3, calls: 0, destroyed: false };
        let db = Db::new();
        // SAFETY: the connection is open; the data outlives it.
        let code = unsafe {
            sqlite3_create_function_v2(
                db.0,
                c"times".as_ptr(),
                1,
                SQLITE_UTF8,
                to(&mut declared),
                Some(times),
                None,
                None,
                Some(destroyed),
            )
        };
        assert_eq!(code, SQLITE_OK);
        assert_eq!(db.number("SELECT times(14)"), 42);
        assert_eq!(db.string("SELECT times('ab')"), "ababab");
        assert_eq!(db.number("SELECT times(NULL) IS NULL"), 1);
        assert_eq!(db.try_run("SELECT times(0.5)"), SQLITE_ERROR);
        assert_eq!(db.message(), "not a number and not a text");
        assert_eq!((declared.calls, declared.destroyed), (4, false));
        drop(db);
        assert!(declared.destroyed);
    });
}

#[export_callback(private)]
unsafe fn add(context: *mut sqlite3_context, _: c_int, args: *mut *mut sqlite3_value) {
    // SAFETY: SQLite passes one value; the memory is zeroed and the aggregate's own.
    unsafe {
        let sum = sqlite3_aggregate_context(context, 8).cast::<i64>();
        *sum += sqlite3_value_int64(*args);
    }
}

#[export_callback(private)]
unsafe fn subtract(context: *mut sqlite3_context, _: c_int, args: *mut *mut sqlite3_value) {
    // SAFETY: as for `add`.
    unsafe {
        let sum = sqlite3_aggregate_context(context, 8).cast::<i64>();
        *sum -= sqlite3_value_int64(*args);
    }
}

#[export_callback(private)]
unsafe fn total(context: *mut sqlite3_context) {
    // SAFETY: as for `add`; null if no row came.
    unsafe {
        let sum = sqlite3_aggregate_context(context, 0).cast::<i64>();
        sqlite3_result_int64(context, sum.as_ref().copied().unwrap_or(-1));
    }
}

#[test]
fn an_aggregate_sums_rows_and_windows() {
    callgate::run(|| {
        let db = Db::new();
        // SAFETY: the connection is open.
        let code = unsafe {
            sqlite3_create_window_function(
                db.0,
                c"total_of".as_ptr(),
                1,
                SQLITE_UTF8,
                ptr::null_mut(),
                Some(add),
                Some(total),
                Some(total),
                Some(subtract),
                None,
            )
        };
        assert_eq!(code, SQLITE_OK);
        db.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3), (4)");
        assert_eq!(db.number("SELECT total_of(x) FROM t"), 10);
        assert_eq!(db.number("SELECT total_of(x) FROM t WHERE 0"), -1);
        let windows = "SELECT group_concat(w) FROM (SELECT total_of(x) OVER \
                       (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS w FROM t)";
        assert_eq!(db.string(windows), "1,3,5,7");
    });
}

#[export_callback(private)]
unsafe fn backwards(
    calls: *mut c_void,
    left_length: c_int,
    left: *const c_void,
    right_length: c_int,
    right: *const c_void,
) -> c_int {
    // SAFETY: SQLite passes two texts with their lengths, and the collation's data.
    let (left, right) = unsafe {
        *data::<u32>(calls) += 1;
        (
            std::slice::from_raw_parts(left.cast::<u8>(), left_length as usize),
            std::slice::from_raw_parts(right.cast::<u8>(), right_length as usize),
        )
    };
    match left.iter().rev().cmp(right.iter().rev()) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// Declares the collation that is missing: a callback that calls SQLite again.
#[export_callback(private)]
unsafe fn collation_needed(calls: *mut c_void, db: *mut sqlite3, _: c_int, name: *const c_char) {
    // SAFETY: SQLite's own connection and string, and the data that was given.
    let code = unsafe { sqlite3_create_collation(db, name, SQLITE_UTF8, calls, Some(backwards)) };
    assert_eq!(code, SQLITE_OK);
}

#[test]
fn a_collation_is_made_when_it_is_needed() {
    callgate::run(|| {
        let (db, mut calls) = (Db::new(), 0_u32);
        // SAFETY: the connection is open; the data outlives its use.
        let code =
            unsafe { sqlite3_collation_needed(db.0, to(&mut calls), Some(collation_needed)) };
        assert_eq!(code, SQLITE_OK);
        let sql = "SELECT group_concat(x) FROM (SELECT column1 AS x FROM (VALUES ('az'), ('ba'), \
                   ('cm')) ORDER BY x COLLATE backwards)";
        assert_eq!(db.string(sql), "ba,cm,az");
        assert!(calls >= 2, "{calls} comparisons");
    });
}

/// What the hooks saw.
#[derive(Default)]
struct Seen {
    commits: u32,
    rollbacks: u32,
    updates: Vec<(c_int, String, i64)>,
    statements: Vec<String>,
    progress: u32,
}

#[export_callback(private)]
unsafe fn on_commit(seen: *mut c_void) -> c_int {
    // SAFETY: the hook's data.
    let seen = unsafe { data::<Seen>(seen) };
    seen.commits += 1;
    // The second is refused.
    c_int::from(seen.commits == 2)
}

#[export_callback(private)]
unsafe fn on_rollback(seen: *mut c_void) {
    // SAFETY: the hook's data.
    unsafe { data::<Seen>(seen).rollbacks += 1 };
}

#[export_callback(private)]
unsafe fn on_update(
    seen: *mut c_void,
    operation: c_int,
    _: *const c_char,
    table: *const c_char,
    row: i64,
) {
    // SAFETY: the hook's data, and a table's name.
    unsafe { data::<Seen>(seen).updates.push((operation, text(table).unwrap(), row)) };
}

#[export_callback(private)]
unsafe fn on_trace(_: c_uint, seen: *mut c_void, _: *mut c_void, sql: *mut c_void) -> c_int {
    // SAFETY: the hook's data; for `SQLITE_TRACE_STMT` the last argument is the SQL.
    unsafe { data::<Seen>(seen).statements.push(text(sql.cast()).unwrap()) };
    0
}

#[test]
fn hooks_see_and_refuse_changes() {
    callgate::run(|| {
        let mut seen = Seen::default();
        let db = Db::new();
        db.run("CREATE TABLE t (x)");
        let seen_data = to(&mut seen);
        // SAFETY: the connection is open; the data outlives it.
        unsafe {
            assert!(sqlite3_commit_hook(db.0, Some(on_commit), seen_data).is_null());
            assert!(sqlite3_rollback_hook(db.0, Some(on_rollback), seen_data).is_null());
            assert!(sqlite3_update_hook(db.0, Some(on_update), seen_data).is_null());
            let events = SQLITE_TRACE_STMT as c_uint;
            assert_eq!(sqlite3_trace_v2(db.0, events, Some(on_trace), seen_data), SQLITE_OK);
        }
        db.run("INSERT INTO t VALUES (1)");
        assert_eq!(db.try_run("INSERT INTO t VALUES (2)"), SQLITE_CONSTRAINT);
        assert_eq!(db.number("SELECT count(*) FROM t"), 1);
        // SAFETY: the connection is open.
        assert_eq!(unsafe { sqlite3_commit_hook(db.0, None, ptr::null_mut()) }, seen_data);
        drop(db);
        assert_eq!((seen.commits, seen.rollbacks), (2, 1));
        assert_eq!(seen.updates, [1, 2].map(|row| (SQLITE_INSERT, "t".to_owned(), row)));
        assert_eq!(seen.statements[0], "INSERT INTO t VALUES (1)");
        assert_eq!(seen.statements.len(), 3);
    });
}

#[export_callback(private)]
unsafe fn authorize(
    _: *mut c_void,
    action: c_int,
    _: *const c_char,
    column: *const c_char,
    _: *const c_char,
    _: *const c_char,
) -> c_int {
    // SAFETY: for `SQLITE_READ` the second name is the column's.
    match (action, unsafe { text(column) }.as_deref()) {
        (SQLITE_READ, Some("hidden")) => SQLITE_IGNORE,
        (SQLITE_READ, Some("secret")) => SQLITE_DENY,
        _ => SQLITE_OK,
    }
}

#[test]
fn an_authorizer_hides_and_refuses() {
    callgate::run(|| {
        let db = Db::new();
        db.run("CREATE TABLE t (open, hidden, secret); INSERT INTO t VALUES (1, 2, 3)");
        // SAFETY: the connection is open.
        let code = unsafe { sqlite3_set_authorizer(db.0, Some(authorize), ptr::null_mut()) };
        assert_eq!(code, SQLITE_OK);
        assert_eq!(db.number("SELECT open FROM t"), 1);
        assert_eq!(db.number("SELECT hidden IS NULL FROM t"), 1);
        assert_eq!(db.try_run("SELECT secret FROM t"), SQLITE_AUTH);
        assert_eq!(db.message(), "access to t.secret is prohibited");
    });
}

#[export_callback(private)]
unsafe fn on_progress(seen: *mut c_void) -> c_int {
    // SAFETY: the handler's data.
    let seen = unsafe { data::<Seen>(seen) };
    seen.progress += 1;
    c_int::from(seen.progress == 10)
}

#[test]
fn a_progress_handler_ends_an_endless_query() {
    callgate::run(|| {
        let (db, mut seen) = (Db::new(), Seen::default());
        // SAFETY: the connection is open; the data outlives its use.
        unsafe { sqlite3_progress_handler(db.0, 100, Some(on_progress), to(&mut seen)) };
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT count(*) FROM n";
        assert_eq!(db.try_run(endless), SQLITE_INTERRUPT);
        assert_eq!(seen.progress, 10);
    });
}
