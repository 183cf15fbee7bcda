//! Sorts lines by libc's `qsort_r`, whose comparison is a Rust closure that borrows what it needs.
//!
//! `sort [--by text|length|number] [FILE]`; without a file it sorts a few lines of its own.

use callgate::{Closure, foreign_call};
use std::cmp::Ordering;
use std::ffi::{c_int, c_void};
use std::io::Write;
use std::process::ExitCode;

type Compare = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

#[foreign_call]
unsafe extern "C" {
    fn qsort_r(base: *mut c_void, n: usize, size: usize, compare: Compare, arg: *mut c_void);
}

/// Sorts `list` by `compare`, in C.
fn sort<T: Sync>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering + Sync) {
    let by = |a: *const c_void, b: *const c_void| {
        // SAFETY: qsort_r passes two elements of the list.
        let (a, b) = unsafe { (&*a.cast::<T>(), &*b.cast::<T>()) };
        compare(a, b) as c_int
    };
    Closure::<fn(*const c_void, *const c_void) -> c_int>::with(by, |c| {
        // SAFETY: the list's own address, length and element size. A panic of the comparison drops
        // qsort_r's frames, which hold nothing: the list is then in some order.
        unsafe {
            let base = list.as_mut_ptr().cast();
            qsort_r(base, list.len(), size_of::<T>(), c.last_unwinding(), c.data());
        }
    });
}

const WORDS: &str = "twelve\n10\nthree\n9\nseventy\n2.5\none";

fn run(args: &[String]) -> Result<String, String> {
    let (by, files) = match args {
        [flag, by, rest @ ..] if flag == "--by" => (by.as_str(), rest),
        rest => ("text", rest),
    };
    let text = match files {
        [] => WORDS.to_owned(),
        [file] => callgate::blocking(|| std::fs::read_to_string(file))
            .map_err(|error| format!("{file}: {error}"))?,
        _ => return Err("one file at most".into()),
    };
    let mut lines: Vec<&str> = text.lines().collect();
    // What isn't a number comes last.
    let number = |line: &str| line.trim().parse().unwrap_or(f64::INFINITY);
    match by {
        "text" => sort(&mut lines, |a, b| a.cmp(b)),
        "length" => sort(&mut lines, |a, b| a.len().cmp(&b.len()).then(a.cmp(b))),
        "number" => sort(&mut lines, |a, b| number(a).total_cmp(&number(b)).then(a.cmp(b))),
        _ => return Err(format!("`{by}` is none of text, length, number")),
    }
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

#[callgate::main]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(text) => {
            // Where nobody reads on, there is nothing left to do.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sort: {error}\nusage: sort [--by text|length|number] [FILE]");
            ExitCode::from(2)
        }
    }
}
