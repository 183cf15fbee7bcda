//! SQLite's log, whose callback is for the whole process: this file has a process of its own.

use callgate::export_callback;
use callgate_headers::sqlite::*;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Mutex;

type Lines = Mutex<Vec<(c_int, String)>>;

#[export_callback(private)]
unsafe fn on_log(lines: *mut c_void, code: c_int, message: *const c_char) {
    // SAFETY: the data that the log was given, and a string with an end.
    let (lines, message) = unsafe { (&*lines.cast::<Lines>(), CStr::from_ptr(message)) };
    lines.lock().unwrap().push((code, message.to_str().unwrap().to_owned()));
}

#[test]
fn the_log_calls_back_with_its_data() {
    static LINES: Lines = Mutex::new(Vec::new());
    callgate::run(|| {
        // SAFETY: SQLite is not started yet, the data lives for ever, and the format takes a text.
        unsafe {
            let data = (&raw const LINES).cast_mut().cast();
            assert_eq!(sqlite3_config_log(SQLITE_CONFIG_LOG, Some(on_log), data), SQLITE_OK);
            assert_eq!(sqlite3_config(SQLITE_CONFIG_URI, 1), SQLITE_OK);
            assert_eq!(sqlite3_initialize(), SQLITE_OK);
            // A setting for before the start.
            assert_eq!(sqlite3_config(SQLITE_CONFIG_URI, 1), SQLITE_MISUSE);
            sqlite3_log(SQLITE_ERROR, c"seen: %s".as_ptr(), c"this".as_ptr());
            assert_eq!(sqlite3_shutdown(), SQLITE_OK);
        }
    });
    let lines = LINES.lock().unwrap();
    assert!(lines.contains(&(SQLITE_ERROR, "seen: this".to_owned())), "{lines:?}");
    let misuse = |(code, text): &(c_int, String)| *code == SQLITE_MISUSE && text.contains("misuse");
    assert!(lines.iter().any(misuse), "{lines:?}");
}
