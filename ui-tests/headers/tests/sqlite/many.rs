//! Several Gs at once: each with a connection of its own, or on one file.

use crate::db::{Db, text};
use callgate::{Spawner, export_callback};
use callgate_headers::sqlite::*;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

fn spawner() -> Spawner {
    // SAFETY: nothing in these Gs is tied to a thread.
    unsafe { Spawner::new() }
}

#[export_callback(private)]
unsafe fn number_of(
    sum: *mut c_void,
    _: c_int,
    values: *mut *mut c_char,
    _: *mut *mut c_char,
) -> c_int {
    // SAFETY: the data is a sum of the G's own, and there is one value.
    unsafe { *sum.cast::<i64>() += text(*values).unwrap().parse::<i64>().unwrap() };
    // Another G may run amid this one's query.
    callgate::yield_now();
    0
}

#[export_callback(private)]
unsafe fn plus_data(context: *mut sqlite3_context, _: c_int, args: *mut *mut sqlite3_value) {
    callgate::yield_now();
    // SAFETY: SQLite passes one value; the data is a number of the G's own.
    unsafe {
        let data = *sqlite3_user_data(context).cast::<i64>();
        sqlite3_result_int64(context, data + sqlite3_value_int64(*args));
    }
}

#[test]
fn callbacks_of_many_gs_find_their_own_data() {
    let query = |g: i64| {
        let (db, mut data, mut sum) = (Db::new(), 1000 * g, 0_i64);
        // SAFETY: the connection is open; the data outlives it.
        unsafe {
            let (name, data) = (c"plus".as_ptr(), (&raw mut data).cast());
            let f = Some(plus_data as _);
            let code = sqlite3_create_function(db.0, name, 1, SQLITE_UTF8, data, f, None, None);
            assert_eq!(code, SQLITE_OK);
            let sql = c"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                        WHERE i < 20) SELECT plus(i) FROM n";
            let sum = (&raw mut sum).cast();
            let code = sqlite3_exec(db.0, sql.as_ptr(), Some(number_of), sum, ptr::null_mut());
            assert_eq!(code, SQLITE_OK);
        }
        sum
    };
    callgate::run(|| {
        let gs: Vec<_> = (0..50).map(|g| spawner().go(move || query(g))).collect();
        for (g, handle) in gs.into_iter().enumerate() {
            assert_eq!(handle.join().unwrap(), 20 * 1000 * g as i64 + 210);
        }
    });
}

/// What the busy handler is given.
struct Busy {
    calls: AtomicU32,
    waiting: AtomicBool,
}

#[export_callback(private)]
unsafe fn busy(data: *mut c_void, _: c_int) -> c_int {
    // SAFETY: the handler's data, which the test keeps alive.
    let busy = unsafe { &*data.cast::<Busy>() };
    busy.calls.fetch_add(1, Ordering::Relaxed);
    busy.waiting.store(true, Ordering::Release);
    callgate::yield_now();
    1
}

/// A folder that is removed when it is dropped.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_busy_handler_waits_for_another_g() {
    let folder = std::env::temp_dir().join(format!("callgate-headers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Folder(folder);
    let name = folder.0.join("busy.db").to_str().unwrap().to_owned();
    callgate::run(|| {
        let holder = Db::open(&name);
        holder.run("CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
        let state = Arc::new(Busy { calls: AtomicU32::new(0), waiting: AtomicBool::new(false) });
        let theirs = state.clone();
        let waiter = spawner().go(move || {
            let db = Db::open(&name);
            let data = Arc::as_ptr(&theirs).cast_mut().cast();
            // SAFETY: the connection is open; the data outlives it.
            let code = unsafe { sqlite3_busy_handler(db.0, Some(busy), data) };
            assert_eq!(code, SQLITE_OK);
            db.run("INSERT INTO t VALUES (2)");
            db.number("SELECT count(*) FROM t")
        });
        while !state.waiting.load(Ordering::Acquire) {
            callgate::yield_now();
        }
        holder.run("COMMIT");
        assert_eq!(waiter.join().unwrap(), 2);
        assert!(state.calls.load(Ordering::Relaxed) > 0);
    });
}

#[test]
fn one_connection_is_shared_by_many_gs() {
    struct Shared(Db);
    // SAFETY: SQLite is built "serialized": a connection may be used by any thread at any time.
    unsafe impl Send for Shared {}
    // SAFETY: as above.
    unsafe impl Sync for Shared {}

    callgate::run(|| {
        let shared = Arc::new(Shared(Db::new()));
        shared.0.run("CREATE TABLE t (g, turn)");
        let gs: Vec<_> = (0..20)
            .map(|g| {
                let shared = shared.clone();
                spawner().go(move || {
                    for turn in 0..10 {
                        shared.0.run(&format!("INSERT INTO t VALUES ({g}, {turn})"));
                    }
                })
            })
            .collect();
        gs.into_iter().for_each(|g| g.join().unwrap());
        assert_eq!(shared.0.number("SELECT count(DISTINCT g * 10 + turn) FROM t"), 200);
    });
}

#[test]
fn a_query_is_interrupted_from_another_g() {
    #[derive(Clone, Copy)]
    struct Handle(*mut sqlite3);
    // SAFETY: `sqlite3_interrupt` may be called from any thread while the connection is open.
    unsafe impl Send for Handle {}

    #[export_callback(private)]
    unsafe fn started(flag: *mut c_void) -> c_int {
        // SAFETY: the handler's data.
        unsafe { (*flag.cast::<AtomicBool>()).store(true, Ordering::Release) };
        0
    }

    callgate::run(|| {
        let (db, running) = (Db::new(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::as_ptr(&running).cast_mut().cast();
        // SAFETY: the connection is open; the data outlives its use.
        unsafe { sqlite3_progress_handler(db.0, 100, Some(started), flag) };
        let (handle, running) = (Handle(db.0), running.clone());
        let other = spawner().go(move || {
            let handle = handle;
            while !running.load(Ordering::Acquire) {
                callgate::yield_now();
            }
            // SAFETY: the connection is open until this G has ended.
            unsafe { sqlite3_interrupt(handle.0) };
        });
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT count(*) FROM n";
        assert_eq!(db.try_run(endless), SQLITE_INTERRUPT);
        other.join().unwrap();
    });
}
