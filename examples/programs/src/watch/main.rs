//! Watches a folder by inotify: a G waits in C for what happens, another prints it.
//!
//! `watch DIR` prints until it is ended. Without arguments it watches a temporary folder in which it
//! makes, writes, renames and removes a file, and ends.

mod inotify;

use callgate::sync::channel;
use inotify::Inotify;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// In the folder of the demonstration: the end.
const LAST: &str = "the end";

/// Prints what happens in `folder`, until something is called as `last` is.
fn watch(folder: &Path, last: Option<&str>, begun: impl FnOnce()) -> io::Result<()> {
    let mut inotify = Inotify::new()?;
    inotify.add(folder)?;
    begun();
    let (sender, events) = channel::bounded(16);
    // SAFETY: the closure uses nothing that is tied to a thread.
    let reader = unsafe {
        callgate::go(move || -> io::Result<()> {
            loop {
                for event in inotify.read()? {
                    if sender.send(event).is_err() {
                        return Ok(());
                    }
                }
            }
        })
    };
    for event in &events {
        if last.is_some_and(|last| event.name == last) {
            // The reader waits in C, where the end of the program finds it.
            return Ok(());
        }
        println!("{event}");
    }
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader panicked")))
}

/// What happens in the folder of the demonstration.
fn happen(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("letter"), "Dear all,\n")?;
    fs::rename(folder.join("letter"), folder.join("draft"))?;
    fs::remove_file(folder.join("draft"))?;
    fs::create_dir(folder.join(LAST))
}

fn demonstrate() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("callgate-watch-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let theirs = folder.clone();
    let outcome = watch(&folder, Some(LAST), || {
        callgate::go_pinned(move || happen(&theirs));
    });
    fs::remove_dir_all(&folder)?;
    outcome
}

#[callgate::main]
fn main() -> ExitCode {
    let args: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let outcome = match args.as_slice() {
        [] => demonstrate(),
        [folder] => watch(folder, None, || println!("watching {}", folder.display())),
        _ => Err(io::Error::other("usage: watch [DIR]")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("watch: {error}");
            ExitCode::FAILURE
        }
    }
}
