//! SQLite behind TCP: a line is a statement, and each client a G. A few connections serve them all.
//!
//! `sqlite-server --listen ADDRESS FILE` serves until it is ended. Without arguments it serves a new
//! file to a hundred clients of its own, says how fast that went, and ends.
//!
//! An answer is a line for each row, its columns separated by tabs, and then `ok` with the number of
//! rows, or `error` with what SQLite says.

mod client;
mod db;

use callgate::Spawner;
use callgate::net::{TcpListener, TcpStream};
use callgate::sync::channel::{Receiver, Sender, bounded};
use db::Db;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

const CONNECTIONS: usize = 4;

/// The connections that are free: a G that finds none waits until one is given back.
struct Pool {
    give_back: Sender<Db>,
    free: Receiver<Db>,
}

impl Pool {
    fn open(path: &Path) -> Result<Self, String> {
        let (give_back, free) = bounded(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            give_back.send(Db::open(path)?).map_err(|error| error.to_string())?;
        }
        Ok(Pool { give_back, free })
    }

    /// Runs a statement on a connection that is free.
    fn run(&self, sql: &str) -> Result<Vec<String>, String> {
        let db = self.free.recv().map_err(|error| error.to_string())?;
        let rows = db.rows(sql);
        self.give_back.send(db).map_err(|error| error.to_string())?;
        rows
    }
}

/// Serves one client until it goes.
fn serve(stream: &TcpStream, pool: &Pool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream;
    for line in BufReader::new(stream).lines() {
        let mut answer = String::new();
        match pool.run(&line?) {
            Ok(rows) => {
                rows.iter().for_each(|row| answer.extend([row.as_str(), "\n"]));
                answer += &format!("ok {}\n", rows.len());
            }
            Err(error) => answer = format!("error {}\n", error.replace('\n', " ")),
        }
        out.write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// Gs of this program that may migrate.
fn spawner() -> Spawner {
    // SAFETY: they keep nothing of a thread across a scheduling point.
    unsafe { Spawner::new() }
}

/// Serves whoever connects.
fn listen(listener: &TcpListener, pool: Arc<Pool>) -> io::Result<()> {
    for stream in listener.incoming() {
        let (stream, pool) = (stream?, pool.clone());
        spawner().go(move || {
            // A client that goes in the middle of a line has no one to tell.
            let _ = serve(&stream, &pool);
        });
    }
    Ok(())
}

fn run(args: &[String]) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    match args {
        [flag, address, file] if flag == "--listen" => {
            let pool = Arc::new(Pool::open(Path::new(file))?);
            let listener = TcpListener::bind(address.as_str()).map_err(text)?;
            println!("listening at {}", listener.local_addr().map_err(text)?);
            listen(&listener, pool).map_err(text)
        }
        [] => {
            let file = std::env::temp_dir().join(format!("callgate-{}.db", std::process::id()));
            let pool = Arc::new(Pool::open(&file)?);
            let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
            let address = listener.local_addr().map_err(text)?;
            spawner().go(move || listen(&listener, pool));
            let outcome = client::many(address);
            for end in ["", "-wal", "-shm"] {
                let mut name = file.clone().into_os_string();
                name.push(end);
                // It may never have been there.
                let _ = std::fs::remove_file(name);
            }
            println!("{}", outcome?);
            Ok(())
        }
        _ => Err("usage: sqlite-server [--listen ADDRESS FILE]".into()),
    }
}

#[callgate::main]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sqlite-server: {error}");
            ExitCode::FAILURE
        }
    }
}
