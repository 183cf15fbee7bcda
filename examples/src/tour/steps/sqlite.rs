//! SQLite, the real library: a database file, many Gs, and callbacks of three kinds.

mod db;
mod pool;

use self::db::{COMMITS, Db};
use self::pool::Pool;
use super::spawner;
use super::ticker::Ticker;
use crate::report::{Reporter, check, median, time};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const GS: usize = 200;
const CONNECTIONS: usize = 4;
const TRANSACTIONS: usize = 5;
const ROUNDS: usize = 5;

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("callgate-tour-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is left to whoever cleans the folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What one G does: its transactions, each of which moves one unit and reads the whole.
fn work(pool: &Pool<Db>, g: usize) -> Result<(), String> {
    for turn in 0..TRANSACTIONS {
        let mut db = pool.take();
        db.run("BEGIN IMMEDIATE")?;
        db.run(&format!("UPDATE account SET units = units - 1 WHERE id = {}", g % 10))?;
        db.run(&format!("UPDATE account SET units = units + 1 WHERE id = {}", (g + 1) % 10))?;
        db.run(&format!("INSERT INTO log VALUES ({g}, {turn}, twice({turn}))"))?;
        db.run("COMMIT")?;
        let sum = db.number("SELECT sum(units) FROM account")?;
        check(sum == 10_000, || format!("a G saw {sum} units, and there are 10,000"))?;
    }
    Ok(())
}

/// All Gs once, on a new database. Returns the longest gap between ticks, of a G and of a thread.
fn round(path: &Path) -> Result<(Duration, Duration), String> {
    let mut db = Db::open(path)?;
    db.run("CREATE TABLE account (id INTEGER PRIMARY KEY, units INTEGER)")?;
    db.run("CREATE TABLE log (g INTEGER, turn INTEGER, twice INTEGER)")?;
    (0..10).try_for_each(|id| db.run(&format!("INSERT INTO account VALUES ({id}, 1000)")))?;
    let connections = (0..CONNECTIONS).map(|_| Db::open(path)).collect::<Result<_, _>>()?;
    let pool = Arc::new(Pool::new(connections));
    let before = COMMITS.load(Ordering::Relaxed);
    let ticker = Ticker::start();
    let gs: Vec<_> = (0..GS)
        .map(|g| {
            let pool = pool.clone();
            spawner().go(move || work(&pool, g))
        })
        .collect();
    for g in gs {
        g.join().map_err(|_| "a G panicked")??;
    }
    let (g, thread) = ticker.stop()?;
    let rows = db.number("SELECT count(*) FROM log")?;
    let twice = db.number("SELECT sum(twice) FROM log")?;
    let commits = COMMITS.load(Ordering::Relaxed) - before;
    let (all, turns) = ((GS * TRANSACTIONS) as i64, TRANSACTIONS as i64);
    check(rows == all, || format!("{rows} rows were written, and not {all}"))?;
    let want = GS as i64 * turns * (turns - 1);
    check(twice == want, || format!("the SQL function's results add up to {twice}, not {want}"))?;
    check(commits == all as u64, || format!("the hook saw {commits} commits, and not {all}"))?;
    Ok((g.longest, thread.longest))
}

pub fn run(report: &Reporter) -> Result<(), String> {
    let folder = Folder::new().map_err(|error| error.to_string())?;
    let start = Instant::now();
    let gaps = callgate::run(|| {
        (0..ROUNDS)
            .map(|n| {
                report.progress(n, ROUNDS);
                round(&folder.0.join(format!("{n}.db")))
            })
            .collect::<Result<Vec<_>, String>>()
    })?;
    let wall = start.elapsed() / ROUNDS as u32;
    let metrics = callgate::metrics();
    report.figure("connections, which the Gs share", CONNECTIONS);
    report.figure("a round of 1,000 transactions", time(wall));
    let (of_g, of_thread): (Vec<_>, Vec<_>) = gaps.into_iter().unzip();
    report.figure("longest gap between ticks", time(median(of_g.clone())));
    report.figure("  in the worst of 5 rounds", time(of_g.into_iter().max().unwrap_or_default()));
    report.figure("  a plain thread's meanwhile", time(median(of_thread)));
    report.figure("calls of SQLite", metrics.foreign_calls);
    report.figure("callbacks", metrics.callbacks);
    report.figure("  busy handler", db::BUSY.load(Ordering::Relaxed));
    report.figure("  SQL function", db::TWICE.load(Ordering::Relaxed));
    report.figure("  commit hook", COMMITS.load(Ordering::Relaxed));
    report.note("journal_mode = WAL, synchronous = OFF: nothing waits for the disk");
    Ok(())
}
