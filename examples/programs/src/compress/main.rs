//! Compresses each file of a directory tree by zlib, many at once, with a progress bar.
//!
//! `compress [DIR OUT]`; without arguments it compresses its own sources into a temporary folder.
//! zlib reads no file here, but it writes them: a call that waits for the disk holds nobody up.

mod gz;

use callgate::sync::WaitGroup;
use callgate::sync::channel::{self, Sender};
use callgate::{Spawner, blocking};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// Gs that compress at once; there are as many processors' worth of work as Ps.
const WORKERS: usize = 16;

/// A file of the tree, by its path under the root.
struct File {
    path: PathBuf,
    bytes: u64,
}

/// What became of a file: its size, and what is left of it.
type Done = Result<(u64, u64), String>;

/// All files under `root`.
fn files(root: &Path) -> io::Result<Vec<File>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(File { path, bytes: entry.metadata()?.len() });
            }
        }
    }
    Ok(found)
}

fn compress(from: &Path, to: &Path) -> Done {
    let name = |error: io::Error| format!("{}: {error}", from.display());
    let bytes = blocking(|| {
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::read(from)
    })
    .map_err(name)?;
    let mut file = gz::Writer::create(to).map_err(name)?;
    // In pieces, so that one large file leaves a P to others now and then.
    bytes.chunks(1 << 16).try_for_each(|piece| file.write(piece)).map_err(name)?;
    file.close().map_err(name)?;
    let left = blocking(|| fs::metadata(to)).map_err(name)?.len();
    Ok((bytes.len() as u64, left))
}

/// Starts the Gs that compress what they are sent.
fn start(root: &Path, out: &Path, done: Sender<Done>, group: &WaitGroup) -> Sender<File> {
    // SAFETY: these Gs keep nothing of a thread across a scheduling point.
    let spawner = unsafe { Spawner::new() };
    let (todo, files) = channel::bounded::<File>(WORKERS);
    for _ in 0..WORKERS {
        let (files, done, member) = (files.clone(), done.clone(), group.clone());
        let (root, out) = (root.to_owned(), out.to_owned());
        spawner.go(move || {
            for File { path, .. } in &files {
                let mut name = out.join(&path).into_os_string();
                name.push(".gz");
                let result = compress(&root.join(&path), Path::new(&name));
                if done.send(result).is_err() {
                    break;
                }
            }
            drop(member);
        });
    }
    todo
}

fn run(root: &Path, out: &Path) -> Result<String, String> {
    let files = blocking(|| files(root)).map_err(|e| format!("{}: {e}", root.display()))?;
    let (count, total) = (files.len(), files.iter().map(|file| file.bytes).sum());
    let style = "{bar:40} {bytes} of {total_bytes}, {eta} left";
    let bar = ProgressBar::new(total)
        .with_style(ProgressStyle::with_template(style).map_err(|e| e.to_string())?);
    let (done, results) = channel::unbounded();
    let group = WaitGroup::new();
    let todo = start(root, out, done, &group);
    let feeder = callgate::go_pinned(move || files.into_iter().try_for_each(|f| todo.send(f)));
    let (mut before, mut after) = (0, 0);
    for result in &results {
        let (bytes, left) = result?;
        before += bytes;
        after += left;
        bar.inc(bytes);
    }
    bar.finish_and_clear();
    // The workers have no more files, since all results are here.
    feeder.join().map_err(|_| "the list of files was not sent")?.map_err(|e| e.to_string())?;
    group.wait();
    Ok(format!("{count} files, {} in {}: {}", HumanBytes(before), HumanBytes(after), out.display()))
}

#[callgate::main]
fn main() -> ExitCode {
    let args: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let (root, out) = match <[PathBuf; 2]>::try_from(args) {
        Ok([root, out]) => (root, out),
        Err(args) if args.is_empty() => {
            let out = format!("callgate-compress-{}", std::process::id());
            (PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src"), env::temp_dir().join(out))
        }
        Err(_) => {
            eprintln!("usage: compress [DIR OUT]");
            return ExitCode::from(2);
        }
    };
    match run(&root, &out) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("compress: {error}");
            ExitCode::FAILURE
        }
    }
}
