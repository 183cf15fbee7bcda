//! Calls that call nothing back.

use crate::db::{Db, c, text};
use callgate_headers::SQLITE;
use callgate_headers::sqlite::*;
use std::ffi::c_void;
use std::ptr;

#[test]
fn the_library_is_the_header_s() {
    let header = std::fs::read_to_string(SQLITE.header).unwrap();
    let define = |name: &str| {
        let line = header.lines().find(|line| line.starts_with(&format!("#define {name} ")));
        line.and_then(|line| line.split_whitespace().nth(2)).unwrap().trim_matches('"').to_owned()
    };
    callgate::run(|| {
        // SAFETY: strings that live for ever.
        let (version, source) =
            unsafe { (text(sqlite3_libversion()), text(sqlite3_sourceid()).unwrap()) };
        assert_eq!(version.unwrap(), define("SQLITE_VERSION"));
        assert_eq!(sqlite3_libversion_number().to_string(), define("SQLITE_VERSION_NUMBER"));
        assert!(source.starts_with(&define("SQLITE_SOURCE_ID")), "{source}");
        assert_eq!(sqlite3_threadsafe(), 1);
        assert!(!sqlite3_compileoption_get(0).is_null());
        assert!(sqlite3_compileoption_get(-1).is_null());
        // SAFETY: strings with an end, which live for ever where C returns them; room for results.
        unsafe {
            assert_eq!(sqlite3_compileoption_used(c"ENABLE_RTREE".as_ptr()), 1);
            assert_eq!(text(sqlite3_errstr(SQLITE_BUSY)).unwrap(), "database is locked");
            assert!(sqlite3_keyword_count() > 100);
            assert_eq!(sqlite3_keyword_check(c"select".as_ptr(), 6), 1);
            assert_eq!(sqlite3_keyword_check(c"selected".as_ptr(), 8), 0);
            let (mut name, mut length) = (ptr::null(), 0);
            assert_eq!(sqlite3_keyword_name(0, &raw mut name, &raw mut length), SQLITE_OK);
            assert_eq!(sqlite3_keyword_check(name, length), 1);
        }
    });
}

#[test]
fn memory_is_given_and_taken_back() {
    callgate::run(|| {
        // SAFETY: each block is used within its size and freed once.
        unsafe {
            assert_eq!(sqlite3_initialize(), SQLITE_OK);
            let block = sqlite3_malloc(100).cast::<u8>();
            assert!(sqlite3_msize(block.cast()) >= 100);
            block.write_bytes(7, 100);
            let block = sqlite3_realloc64(block.cast(), 10_000).cast::<u8>();
            assert_eq!(block.add(99).read(), 7);
            assert!(sqlite3_memory_used() >= 10_000);
            assert!(sqlite3_memory_highwater(0) >= 10_000);
            let (mut now, mut most) = (0, 0);
            let code = sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &raw mut now, &raw mut most, 0);
            assert_eq!(code, SQLITE_OK);
            assert!(now >= 10_000 && most >= now);
            sqlite3_randomness(16, block.cast());
            assert!((0..16).any(|i| block.add(i).read() != 7));
            sqlite3_free(block.cast());
            assert!(sqlite3_malloc64(u64::MAX).is_null());
        }
    });
}

#[test]
fn strings_are_compared_and_built() {
    callgate::run(|| {
        // SAFETY: strings with an end; the growing string is finished and its text freed once.
        unsafe {
            assert_eq!(sqlite3_stricmp(c"Text".as_ptr(), c"tEXT".as_ptr()), 0);
            assert!(sqlite3_strnicmp(c"abcd".as_ptr(), c"ABD".as_ptr(), 3) < 0);
            assert_eq!(sqlite3_strglob(c"a*[0-9]".as_ptr(), c"abc7".as_ptr()), 0);
            assert_ne!(sqlite3_strlike(c"a_c".as_ptr(), c"abcd".as_ptr(), 0), 0);
            assert_eq!(sqlite3_complete(c"SELECT 1; ".as_ptr()), 1);
            assert_eq!(sqlite3_complete(c"SELECT '1; ".as_ptr()), 0);
            let string = sqlite3_str_new(ptr::null_mut());
            sqlite3_str_appendall(string, c"one ".as_ptr());
            sqlite3_str_append(string, c"two and more".as_ptr(), 3);
            sqlite3_str_appendchar(string, 3, b'!' as _);
            assert_eq!(sqlite3_str_length(string), 10);
            assert_eq!(sqlite3_str_errcode(string), SQLITE_OK);
            assert_eq!(text(sqlite3_str_value(string)).unwrap(), "one two!!!");
            sqlite3_str_truncate(string, 7);
            let finished = sqlite3_str_finish(string);
            assert_eq!(text(finished).unwrap(), "one two");
            sqlite3_free(finished.cast());
        }
    });
}

#[test]
fn values_go_in_and_come_out() {
    callgate::run(|| {
        let db = Db::new();
        db.run("CREATE TABLE t (i INTEGER, f REAL, s TEXT, b BLOB, n)");
        let insert = db.prepare("INSERT INTO t VALUES (?, ?, :text, @blob, ?5)");
        // SAFETY: the statement is prepared; what is bound is copied or lives for ever.
        unsafe {
            assert_eq!(sqlite3_bind_parameter_count(insert.0), 5);
            assert_eq!(sqlite3_bind_parameter_index(insert.0, c":text".as_ptr()), 3);
            assert_eq!(text(sqlite3_bind_parameter_name(insert.0, 4)).unwrap(), "@blob");
            assert_eq!(sqlite3_stmt_readonly(insert.0), 0);
            assert_eq!(sqlite3_bind_int64(insert.0, 1, i64::MIN), SQLITE_OK);
            assert_eq!(sqlite3_bind_double(insert.0, 2, 0.5), SQLITE_OK);
            let (hello, transient) = (c("héllo"), sqlite_transient());
            assert_eq!(sqlite3_bind_text(insert.0, 3, hello.as_ptr(), -1, transient), SQLITE_OK);
            let blob = [0_u8, 255, 0].as_ptr().cast::<c_void>();
            assert_eq!(sqlite3_bind_blob64(insert.0, 4, blob, 3, transient), SQLITE_OK);
            assert_eq!(sqlite3_bind_null(insert.0, 5), SQLITE_OK);
            let expanded = sqlite3_expanded_sql(insert.0);
            assert!(text(expanded).unwrap().contains("'héllo', x'00ff00', NULL"));
            sqlite3_free(expanded.cast());
            assert_eq!(sqlite3_step(insert.0), SQLITE_DONE);
            assert_eq!((sqlite3_changes(db.0), sqlite3_total_changes64(db.0)), (1, 1));
            assert_eq!(sqlite3_last_insert_rowid(db.0), 1);
            assert_eq!(sqlite3_reset(insert.0), SQLITE_OK);
            assert_eq!(sqlite3_clear_bindings(insert.0), SQLITE_OK);
        }
        let select = db.prepare("SELECT i, f, s AS named, b, n FROM t");
        // SAFETY: the statement is prepared and has five columns.
        unsafe {
            assert_eq!(sqlite3_db_handle(select.0), db.0);
            assert_eq!(sqlite3_next_stmt(db.0, ptr::null_mut()), select.0);
            assert_eq!((sqlite3_column_count(select.0), sqlite3_data_count(select.0)), (5, 0));
            assert_eq!(sqlite3_step(select.0), SQLITE_ROW);
            assert_eq!((sqlite3_data_count(select.0), sqlite3_stmt_busy(select.0)), (5, 1));
            let types = [SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL];
            assert_eq!([0, 1, 2, 3, 4].map(|i| sqlite3_column_type(select.0, i)), types);
            assert_eq!(sqlite3_column_int64(select.0, 0), i64::MIN);
            assert_eq!(sqlite3_column_double(select.0, 1), 0.5);
            assert_eq!(text(sqlite3_column_text(select.0, 2).cast()).unwrap(), "héllo");
            assert_eq!(sqlite3_column_bytes(select.0, 2), 6);
            let blob = sqlite3_column_blob(select.0, 3).cast::<[u8; 3]>();
            assert_eq!((sqlite3_column_bytes(select.0, 3), *blob), (3, [0, 255, 0]));
            assert_eq!(text(sqlite3_column_name(select.0, 2)).unwrap(), "named");
            assert_eq!(text(sqlite3_column_origin_name(select.0, 2)).unwrap(), "s");
            assert_eq!(text(sqlite3_column_decltype(select.0, 3)).unwrap(), "BLOB");
            let kept = sqlite3_value_dup(sqlite3_column_value(select.0, 2));
            assert_eq!(sqlite3_step(select.0), SQLITE_DONE);
            assert_eq!(text(sqlite3_value_text(kept).cast()).unwrap(), "héllo");
            sqlite3_value_free(kept);
        }
    });
}

#[test]
fn errors_say_what_and_where() {
    callgate::run(|| {
        let db = Db::new();
        db.run("CREATE TABLE t (x PRIMARY KEY); INSERT INTO t VALUES (1)");
        assert_eq!(db.try_run("INSERT INTO t VALUES (1)"), SQLITE_CONSTRAINT);
        assert_eq!(db.message(), "UNIQUE constraint failed: t.x");
        // SAFETY: the connection is open, the strings have an end, there is room for results.
        unsafe {
            assert_eq!(sqlite3_errcode(db.0), SQLITE_CONSTRAINT);
            assert_eq!(sqlite3_extended_errcode(db.0), SQLITE_CONSTRAINT | (6 << 8));
            assert_eq!(db.try_run("SELECT y FROM t"), SQLITE_ERROR);
            assert_eq!(sqlite3_error_offset(db.0), 7);
            assert_eq!(sqlite3_limit(db.0, SQLITE_LIMIT_LENGTH, 100), 1_000_000_000);
            assert_eq!(sqlite3_limit(db.0, SQLITE_LIMIT_LENGTH, -1), 100);
            let mut missing = ptr::null_mut();
            let flags = SQLITE_OPEN_READWRITE;
            let name = c"/nonexistent/database".as_ptr();
            assert_ne!(sqlite3_open_v2(name, &raw mut missing, flags, ptr::null()), SQLITE_OK);
            assert!(text(sqlite3_errmsg(missing)).unwrap().contains("unable to open"));
            assert_ne!(sqlite3_system_errno(missing), 0);
            assert_eq!(sqlite3_close(missing), SQLITE_OK);
        }
    });
}

#[test]
fn transactions_and_tables_are_looked_at() {
    callgate::run(|| {
        let db = Db::new();
        db.run("CREATE TABLE t (a TEXT NOT NULL, b); BEGIN; INSERT INTO t VALUES ('x', 2), ('y', NULL)");
        // SAFETY: the connection is open, the strings have an end, there is room for results.
        unsafe {
            assert_eq!(sqlite3_get_autocommit(db.0), 0);
            assert_eq!(sqlite3_txn_state(db.0, c"main".as_ptr()), SQLITE_TXN_WRITE);
            db.run("COMMIT");
            assert_eq!(sqlite3_get_autocommit(db.0), 1);
            assert_eq!(sqlite3_txn_state(db.0, ptr::null()), SQLITE_TXN_NONE);
            assert_eq!(text(sqlite3_db_name(db.0, 0)).unwrap(), "main");
            assert_eq!(sqlite3_db_readonly(db.0, c"main".as_ptr()), 0);
            let (mut table, mut rows, mut columns) = (ptr::null_mut(), 0, 0);
            let sql = c"SELECT a, b FROM t ORDER BY a".as_ptr();
            let code = sqlite3_get_table(
                db.0,
                sql,
                &raw mut table,
                &raw mut rows,
                &raw mut columns,
                ptr::null_mut(),
            );
            assert_eq!((code, rows, columns), (SQLITE_OK, 2, 2));
            let cells: Vec<_> = (0..6).map(|i| text(*table.add(i))).collect();
            let cells: Vec<_> =
                cells.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
            assert_eq!(cells, ["a", "b", "x", "2", "y", "NULL"]);
            sqlite3_free_table(table);
            let (mut declared, mut not_null) = (ptr::null(), 0);
            let null = ptr::null_mut();
            let code = sqlite3_table_column_metadata(
                db.0,
                c"main".as_ptr(),
                c"t".as_ptr(),
                c"a".as_ptr(),
                &raw mut declared,
                ptr::null_mut(),
                &raw mut not_null,
                null,
                null,
            );
            assert_eq!((code, text(declared).unwrap(), not_null), (SQLITE_OK, "TEXT".into(), 1));
        }
    });
}

#[test]
fn whole_databases_and_blobs_are_copied() {
    callgate::run(|| {
        let (from, to) = (Db::new(), Db::new());
        from.run("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (zeroblob(10))");
        let main = c"main".as_ptr();
        // SAFETY: the connections are open; each handle and block is closed or freed once.
        unsafe {
            let mut blob = ptr::null_mut();
            let (table, column) = (c"t".as_ptr(), c"b".as_ptr());
            let code = sqlite3_blob_open(from.0, main, table, column, 1, 1, &raw mut blob);
            assert_eq!((code, sqlite3_blob_bytes(blob)), (SQLITE_OK, 10));
            assert_eq!(sqlite3_blob_write(blob, c"abc".as_ptr().cast(), 3, 7), SQLITE_OK);
            let mut read = [1_u8; 4];
            assert_eq!(sqlite3_blob_read(blob, (&raw mut read).cast(), 4, 6), SQLITE_OK);
            assert_eq!(&read, b"\0abc");
            assert_eq!(sqlite3_blob_close(blob), SQLITE_OK);

            let backup = sqlite3_backup_init(to.0, main, from.0, main);
            assert_eq!(sqlite3_backup_step(backup, 1), SQLITE_OK);
            assert_eq!(sqlite3_backup_pagecount(backup), 2);
            assert_eq!(sqlite3_backup_remaining(backup), 1);
            assert_eq!(sqlite3_backup_step(backup, -1), SQLITE_DONE);
            assert_eq!(sqlite3_backup_finish(backup), SQLITE_OK);
            assert_eq!(to.string("SELECT hex(substr(b, 8)) FROM t"), "616263");

            let mut size = 0;
            let image = sqlite3_serialize(to.0, main, &raw mut size, 0);
            assert_eq!(std::slice::from_raw_parts(image, 15), b"SQLite format 3");
            let third = Db::new();
            let freed_on_close = 1;
            let code = sqlite3_deserialize(third.0, main, image, size, size, freed_on_close);
            assert_eq!((code, third.number("SELECT count(*) FROM t")), (SQLITE_OK, 1));
        }
    });
}

#[test]
fn a_name_of_a_file_carries_parameters() {
    callgate::run(|| {
        let name = c("file:named?mode=memory&limit=12&fast=no");
        let mut db = ptr::null_mut();
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI;
        // SAFETY: strings with an end, room for the result; the connection is closed once.
        unsafe {
            assert_eq!(sqlite3_open_v2(name.as_ptr(), &raw mut db, flags, ptr::null()), SQLITE_OK);
            let _closes = Db(db);
            let vfs = sqlite3_vfs_find(ptr::null());
            assert!(!vfs.is_null());
            let parameters = [c"limit".as_ptr(), c"12".as_ptr(), c"fast".as_ptr(), c"no".as_ptr()];
            let made = sqlite3_create_filename(
                c"db".as_ptr(),
                c"db-journal".as_ptr(),
                c"db-wal".as_ptr(),
                2,
                parameters.as_ptr().cast_mut(),
            );
            assert_eq!(sqlite3_uri_int64(made, c"limit".as_ptr(), 0), 12);
            assert_eq!(sqlite3_uri_boolean(made, c"fast".as_ptr(), 1), 0);
            assert_eq!(text(sqlite3_uri_key(made, 1)).unwrap(), "fast");
            assert_eq!(text(sqlite3_filename_wal(made)).unwrap(), "db-wal");
            sqlite3_free_filename(made);
        }
    });
}

#[test]
fn variadic_functions_take_what_their_shape_says() {
    callgate::run(|| {
        let db = Db::new();
        // SAFETY: each format and operation takes what its shape passes; texts are freed once.
        unsafe {
            let quoted = sqlite3_mprintf(c"<%Q>".as_ptr(), c"it's".as_ptr());
            assert_eq!(text(quoted).unwrap(), "<'it''s'>");
            sqlite3_free(quoted.cast());
            let mut room = [0; 16];
            let to = room.as_mut_ptr();
            assert_eq!(sqlite3_snprintf(16, to, c"%03d|%.2f".as_ptr(), 7, 0.25), to);
            assert_eq!(text(to).unwrap(), "007|0.25");
            let string = sqlite3_str_new(db.0);
            sqlite3_str_appendf(string, c"%d ".as_ptr(), -1);
            sqlite3_str_appendf_text(string, c"%w".as_ptr(), c"a\"b".as_ptr());
            assert_eq!(text(sqlite3_str_value(string)).unwrap(), "-1 a\"\"b");
            sqlite3_str_free(string);
            let mut on = 7;
            for (set, want) in [(0, 0), (-1, 0), (1, 1), (-1, 1)] {
                let code = sqlite3_db_config(db.0, SQLITE_DBCONFIG_ENABLE_FKEY, set, &raw mut on);
                assert_eq!((code, on), (SQLITE_OK, want));
            }
            assert_eq!(sqlite3_test_control(SQLITE_TESTCTRL_ALWAYS, 7), 7);
            // Only while a virtual table is being made.
            assert_eq!(sqlite3_vtab_config(db.0, 1, 1), SQLITE_MISUSE);
        }
    });
}
