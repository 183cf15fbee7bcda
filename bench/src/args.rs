//! The command line.

use crate::count::OPERATIONS;
use crate::measure::{Job, Measurement, Peer, Values};
use crate::who::Who;
use crate::{goals, rows};

pub const USAGE: &str = "\
usage: callgate-bench peers [--rows a,b] [--who a,b] [--rounds N] [--json] [--write [--section NAME]]
       callgate-bench goals [--rows a,b] [--rounds N] [--write]
       callgate-bench count OPERATION N
       callgate-bench compile [--rounds N] [--write]
       callgate-bench measure ROW [--who NAME] [--procs N] [--runs N]
       callgate-bench list
       callgate-bench soak [--minutes N] [--seed S]

peers    measures all peers in alternation, each measurement in a process of its own
         --rows    only these rows, or measurements of several rows
         --who     only these: callgate, plain, go, corosensei, may, tokio, in-place
         --rounds  how often (default 5)
         --json    prints one JSON object a line, not a table
         --write   writes tables and pictures into bench/ too
         --section the table alone, as a section of this name: for a run of a few rows
goals    measures what the goals speak of, by callgate, plain C and Go, and says which are met
count    does N operations and nothing else, for callgrind to count instructions: .ci/callgrind
compile  measures how long crates with 500 C functions compile, with and without the macros;
         --rounds and --write as above
measure  measures in this process, and prints a row's name and a value for each run
list     prints the measurements, with their rows
soak     mixes everything, with each result checked, and looks for leaks at the end";

pub enum Command {
    Peers(Peers),
    Compile(Compile),
    Count { operation: fn(u64), n: u64 },
    Measure { measure: fn(&Job) -> Values, job: Job },
    List,
}

/// What `peers` was given.
pub struct Peers {
    rows: Vec<String>,
    who: Vec<Who>,
    pub rounds: usize,
    pub json: bool,
    pub write: bool,
    /// The section of the results that is written, where it is not all of them.
    pub section: Option<String>,
    /// Print the goals, not the rows.
    pub goals: bool,
    /// The arguments after `peers`, for the record.
    pub given: Vec<String>,
}

/// What `compile` was given.
pub struct Compile {
    pub rounds: usize,
    pub write: bool,
}

impl Peers {
    pub fn wants(&self, who: Who) -> bool {
        self.who.is_empty() || self.who.contains(&who)
    }

    pub fn wants_row(&self, measurement: &Measurement, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|name| name == row || name == measurement.name)
    }

    pub fn wants_some_of(&self, measurement: &Measurement) -> bool {
        measurement.rows.iter().any(|row| self.wants_row(measurement, row.name))
    }
}

/// Parses what follows the program's name.
///
/// # Errors
/// What is wrong with it.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut args = args.into_iter();
    match args.next().as_deref() {
        Some("peers") => peers(args.collect(), false).map(Command::Peers),
        Some("goals") => peers(args.collect(), true).map(Command::Peers),
        Some("count") => count(args),
        Some("compile") => compile(args).map(Command::Compile),
        Some("measure") => measure(args),
        Some("list") => Ok(Command::List),
        Some(other) => Err(format!("`{other}` is no command")),
        None => Err("no command".into()),
    }
}

fn peers(given: Vec<String>, goals: bool) -> Result<Peers, String> {
    let mut args = given.clone().into_iter();
    let (rows, who) = match goals {
        true => (goals::rows(), vec![Who::Callgate, Who::Plain, Who::Go]),
        false => (vec![], vec![]),
    };
    let (json, write, section) = (false, false, None);
    let mut peers = Peers { rows, who, rounds: 5, json, write, section, goals, given };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--json" => peers.json = true,
            "--write" => peers.write = true,
            "--section" => peers.section = Some(value(&arg, args.next())?),
            "--rounds" => peers.rounds = number(&arg, args.next())?,
            "--who" if !goals => {
                for who in value(&arg, args.next())?.split(',') {
                    peers.who.push(who.parse()?);
                }
            }
            "--rows" => {
                peers.rows.clear();
                for row in value(&arg, args.next())?.split(',') {
                    rows::find(row).ok_or_else(|| format!("`{row}` is no row"))?;
                    peers.rows.push(row.into());
                }
            }
            _ => return Err(format!("`{arg}` is no option of `peers` and `goals`")),
        }
    }
    Ok(peers)
}

fn compile(mut args: impl Iterator<Item = String>) -> Result<Compile, String> {
    let mut compile = Compile { rounds: 5, write: false };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--write" => compile.write = true,
            "--rounds" => compile.rounds = number(&arg, args.next())?,
            _ => return Err(format!("`{arg}` is no option of `compile`")),
        }
    }
    Ok(compile)
}

fn count(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let name = args.next().ok_or("count what?")?;
    let found = OPERATIONS.iter().find(|(operation, _)| *operation == name);
    let names: Vec<_> = OPERATIONS.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let (_, operation) = found.ok_or_else(|| format!("`{name}` is none of {names}"))?;
    Ok(Command::Count { operation: *operation, n: number("count", args.next())? as u64 })
}

fn measure(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let name = args.next().ok_or("measure what?")?;
    let measurement = rows::find(&name).ok_or_else(|| format!("`{name}` is no row"))?;
    let mut job = Job { procs: 1, runs: measurement.runs };
    let mut wanted = Who::Callgate;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--procs" => job.procs = number(&arg, args.next())?,
            "--runs" => job.runs = number(&arg, args.next())?,
            "--who" => wanted = value(&arg, args.next())?.parse()?,
            _ => return Err(format!("`{arg}` is no option of `measure`")),
        }
    }
    match measurement.peers.iter().find(|(who, _)| *who == wanted) {
        Some((_, Peer::Here(measure))) => Ok(Command::Measure { measure: *measure, job }),
        Some((_, Peer::Go)) => Err("Go is measured by its own program; see `peers`".into()),
        None => Err(format!("{wanted} has no `{name}`")),
    }
}

fn value(option: &str, value: Option<String>) -> Result<String, String> {
    value.ok_or_else(|| format!("{option} needs a value"))
}

fn number(option: &str, given: Option<String>) -> Result<usize, String> {
    let text = value(option, given)?;
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("{option} needs a number from 1, not `{text}`")),
    }
}
