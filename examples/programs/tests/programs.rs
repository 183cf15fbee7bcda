//! The programs beside the tour, each as a user runs it.

// Links the library; its functions are declared below.
use libz_sys as _;
use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

/// What a program prints that ends well.
fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().expect("the program runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    out.into_owned()
}

/// A new folder for a test's files.
fn folder(name: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("callgate-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the folder for temporary files can be written");
    path
}

#[test]
fn sort_sorts_by_a_closure() {
    let sort = env!("CARGO_BIN_EXE_sort");
    assert_eq!(output(sort, &["--by", "length"]), "9\n10\n2.5\none\nthree\ntwelve\nseventy\n");
    assert_eq!(output(sort, &["--by", "number"]), "2.5\n9\n10\none\nseventy\nthree\ntwelve\n");
    let folder = folder("sort");
    let file = folder.join("lines");
    let lines: Vec<_> = (0..5_000).map(|i| format!("{:05}", i * 7919 % 5_000)).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let sorted: String = (0..5_000).map(|i| format!("{i:05}\n")).collect();
    assert_eq!(output(sort, &[file.to_str().unwrap()]), sorted);
    let wrong = Command::new(sort).args(["--by", "colour"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    fs::remove_dir_all(folder).unwrap();
}

unsafe extern "C" {
    fn gzopen(path: *const c_char, mode: *const c_char) -> *mut c_void;
    fn gzread(file: *mut c_void, to: *mut c_void, n: c_uint) -> c_int;
    fn gzclose(file: *mut c_void) -> c_int;
}

fn decompressed(path: &Path) -> Vec<u8> {
    let name = CString::new(path.to_str().unwrap()).unwrap();
    let mut bytes = vec![0; 4 << 20];
    // SAFETY: strings with an end, and the vector's own length.
    let n = unsafe {
        let file = gzopen(name.as_ptr(), c"rb".as_ptr());
        assert!(!file.is_null(), "{}", path.display());
        let n = gzread(file, bytes.as_mut_ptr().cast(), bytes.len() as c_uint);
        assert_eq!(gzclose(file), 0);
        n
    };
    bytes.truncate(usize::try_from(n).expect("it is whole"));
    bytes
}

#[test]
fn compress_keeps_what_is_in_a_tree() {
    let folder = folder("compress");
    let (from, to) = (folder.join("from"), folder.join("to"));
    let mut files: BTreeMap<PathBuf, Vec<u8>> =
        (0..40).map(|i| (PathBuf::from(format!("a/{}/{i}", i % 7)), vec![i; 3_000])).collect();
    files.insert("empty".into(), Vec::new());
    files.insert("large".into(), (0..3_u32 << 18).flat_map(|i| i.to_le_bytes()).collect());
    for (path, bytes) in &files {
        let path = from.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let text =
        output(env!("CARGO_BIN_EXE_compress"), &[from.to_str().unwrap(), to.to_str().unwrap()]);
    assert!(text.starts_with("42 files, "), "{text}");
    for (path, bytes) in &files {
        let mut name = to.join(path).into_os_string();
        name.push(".gz");
        assert!(decompressed(Path::new(&name)) == *bytes, "{}", path.display());
    }
    let missing = Command::new(env!("CARGO_BIN_EXE_compress")).args(["/nowhere", "/tmp"]).output();
    assert_eq!(missing.unwrap().status.code(), Some(1));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn sqlite_server_serves_its_own_clients() {
    let text = output(env!("CARGO_BIN_EXE_sqlite-server"), &[]);
    assert!(text.starts_with("100 clients, 2100 statements, "), "{text}");
}

#[test]
fn sqlite_server_serves_any_client() {
    let folder = folder("server");
    let file = folder.join("data.db");
    let mut server = Command::new(env!("CARGO_BIN_EXE_sqlite-server"))
        .args(["--listen", "127.0.0.1:0", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening at ").expect("it says where").to_owned();
    let ask = move |statements: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(statements.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        std::io::read_to_string(stream).unwrap()
    };
    assert_eq!(ask("CREATE TABLE t (x, y)\n"), "ok 0\n");
    let clients: Vec<_> = (0..8)
        .map(|i| {
            let ask = ask.clone();
            thread::spawn(move || ask(&format!("INSERT INTO t VALUES ({i}, NULL)\n").repeat(10)))
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), "ok 0\n".repeat(10));
    }
    let answer = ask("SELECT count(*), sum(x) FROM t\nSELECT y, 'a' FROM t LIMIT 2\nSELEC\n\n");
    let (rows, errors) = answer.split_at(answer.find("error").expect("one statement is wrong"));
    assert_eq!(rows, "80\t280\nok 1\nNULL\ta\nNULL\ta\nok 2\n");
    assert!(errors.contains("SELEC") && errors.contains("no statement"), "{errors}");
    server.kill().unwrap();
    server.wait().unwrap();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn plugin_host_runs_what_libraries_export() {
    let text = output(env!("CARGO_BIN_EXE_plugin-host"), &[]);
    let of = |plugin: &str| -> Vec<_> {
        let prefix = format!("{plugin}: ");
        text.lines().filter_map(|line| line.strip_prefix(&prefix)).collect()
    };
    assert_eq!(of("words").len(), 14, "{text}");
    assert_eq!(of("words")[..3], ["It", "was", "a"]);
    assert_eq!(of("lines"), ["34", "28", "9"]);
    assert_eq!(of("fails"), ["I can't"]);
    assert!(text.contains("fails failed with 42"), "{text}");
    let none = Command::new(env!("CARGO_BIN_EXE_plugin-host")).arg("/nowhere.so").output().unwrap();
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("/nowhere.so"));
}

#[test]
fn watch_tells_what_happens() {
    let text = output(env!("CARGO_BIN_EXE_watch"), &[]);
    let happened = [
        "letter: made",
        "letter: written",
        "letter: renamed from",
        "draft: renamed to",
        "draft: removed",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), happened);
}

#[test]
fn audio_plays_and_draws() {
    let folder = folder("audio");
    let picture = folder.join("jitter.svg");
    let text = output(env!("CARGO_BIN_EXE_audio"), &["0.25", picture.to_str().unwrap()]);
    assert!(text.starts_with("50 callbacks on "), "{text}");
    assert!(text.contains("the callback took"), "{text}");
    let picture = fs::read_to_string(picture).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("microseconds late"), "{picture}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn fetch_downloads_and_uploads() {
    let fetch = env!("CARGO_BIN_EXE_fetch");
    assert_eq!(output(fetch, &[]), "20 downloads and 20 uploads, 7.81 MiB\n");
    let text = output(fetch, &["http://127.0.0.1:1/"]);
    assert!(text.starts_with("http://127.0.0.1:1/: ") && text.contains("connect"), "{text}");
}
