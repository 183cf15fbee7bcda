//! All peers in alternation, each measurement in a process of its own.

use crate::args::Peers;
use crate::measure::{Measurement, Peer};
use crate::table::{self, Line};
use crate::who::Who;
use crate::{calm, go, goals, json, machine, pictures, results, rows};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A child that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// A child that took longer than this is not run in each round, but in the first, the middle and the
/// last.
const LONG: Duration = Duration::from_secs(5);
/// One that took less is run twice in each round.
const SHORT: Duration = Duration::from_millis(700);
/// So many undisturbed children are enough to leave the disturbed ones out.
const ENOUGH: usize = 3;

/// What one child said, and what the machine did before and after it.
struct Run {
    values: Vec<(String, f64)>,
    probes: [f64; 2],
}

/// What one peer's children said of one measurement.
struct Series {
    measurement: &'static Measurement,
    procs: usize,
    who: Who,
    runs: Vec<Run>,
    took: Duration,
    failed: bool,
}

impl Series {
    /// The undisturbed runs if there are enough of them, or else all; and how many are left out.
    fn calm(&self, fastest: f64) -> (Vec<&Run>, usize) {
        let calm = |run: &&Run| !calm::disturbed(run.probes, fastest);
        let runs: Vec<_> = self.runs.iter().filter(calm).collect();
        match runs.len() {
            n if n >= ENOUGH => (runs, self.runs.len() - n),
            _ => (self.runs.iter().collect(), 0),
        }
    }
}

/// What a whole run came to.
struct Outcome {
    lines: Vec<Line>,
    /// Children run, those that were disturbed, and those left out for it.
    children: usize,
    disturbed: usize,
    left_out: usize,
}

/// The programs to run.
struct Programs {
    here: PathBuf,
    go: Option<PathBuf>,
}

/// Measures, prints, and with `--write` keeps the results.
pub fn peers(args: &Peers) -> ExitCode {
    let toolchain = if args.wants(Who::Go) { go::toolchain() } else { None };
    let here = match std::env::current_exe() {
        Ok(here) => here,
        Err(error) => return fail(&format!("this program doesn't know its own path: {error}")),
    };
    let programs =
        Programs { here, go: args.wants(Who::Go).then(|| go_program(&toolchain)).flatten() };

    let mut series: Vec<Series> = Vec::new();
    for measurement in rows::all().filter(|m| args.wants_some_of(m)) {
        for &procs in measurement.procs {
            for &(who, _) in measurement.peers {
                if args.wants(who) && (who != Who::Go || programs.go.is_some()) {
                    let (took, runs) = (Duration::ZERO, Vec::new());
                    series.push(Series { measurement, procs, who, runs, took, failed: false });
                }
            }
        }
    }
    for round in 0..args.rounds {
        eprintln!("round {} of {}", round + 1, args.rounds);
        // Forwards and backwards, so that nobody always comes after the same other.
        let order: Vec<_> = match round % 2 {
            0 => series.iter_mut().collect(),
            _ => series.iter_mut().rev().collect(),
        };
        for series in order {
            let middle = round == args.rounds / 2;
            let inner = round > 0 && round + 1 < args.rounds && !middle;
            if series.failed || (inner && series.took > LONG) {
                continue;
            }
            let times = if round > 0 && series.took < SHORT { 2 } else { 1 };
            for _ in 0..times {
                measure(&programs, series);
            }
        }
    }
    let outcome = outcome(args, &series);
    if args.goals {
        print!("{}", goals::table(&outcome.lines, false));
    } else if args.json {
        outcome.lines.iter().for_each(|line| println!("{}", json::object(line)));
    } else {
        print!("{}", table::table(&outcome.lines, false));
    }
    if args.write
        && let Err(error) = write(args, &outcome, toolchain.as_deref())
    {
        return fail(&format!("bench/RESULTS.md: {error}"));
    }
    if series.iter().any(|s| s.failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("callgate-bench: {message}");
    ExitCode::FAILURE
}

fn go_program(toolchain: &Option<PathBuf>) -> Option<PathBuf> {
    let Some(go) = toolchain else {
        eprintln!("go is left out: there is no Go toolchain; bench/setup installs one");
        return None;
    };
    let built = go::build(go);
    built.inspect_err(|error| eprintln!("go is left out: it doesn't build:\n{error}")).ok()
}

/// Runs one child of `series`.
fn measure(programs: &Programs, series: &mut Series) {
    let (start, before) = (Instant::now(), calm::probe());
    match child(programs, series) {
        Ok(values) => series.runs.push(Run { values, probes: [before, calm::probe()] }),
        Err(error) => {
            let Series { measurement, procs, who, .. } = series;
            eprintln!("{} of {who}, procs {procs}: {error}", measurement.name);
            series.failed = true;
        }
    }
    series.took = start.elapsed();
}

/// Runs one child, and returns the values that it printed.
fn child(programs: &Programs, series: &Series) -> Result<Vec<(String, f64)>, String> {
    let Series { measurement, procs, who, .. } = series;
    let here = |peer: &Peer| !matches!(peer, Peer::Go);
    let is_here = measurement.peers.iter().any(|(w, peer)| w == who && here(peer));
    let mut command = match &programs.go {
        Some(go) if !is_here => Command::new(go),
        _ => Command::new(&programs.here),
    };
    command.args(["measure", measurement.name, "--procs", &procs.to_string()]);
    command.args(["--runs", &measurement.runs.to_string()]);
    if is_here {
        command.args(["--who", who.name()]);
    } else {
        command.env("GOMAXPROCS", procs.to_string());
    }
    let out = output(&mut command)?;
    out.lines()
        .map(|line| {
            let (row, value) = line.split_once(' ')?;
            Some((row.to_string(), value.parse().ok()?))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| format!("printed something else than rows with values:\n{out}"))
}

/// What a command prints, if it succeeds in time.
fn output(command: &mut Command) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            None => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end after {PATIENCE:?}"));
            }
        }
    };
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text).map_err(|error| error.to_string())?;
    }
    if status.success() { Ok(text) } else { Err(status.to_string()) }
}

fn outcome(args: &Peers, series: &[Series]) -> Outcome {
    let runs = || series.iter().flat_map(|s| &s.runs);
    let fastest = runs().flat_map(|run| run.probes).fold(f64::MAX, f64::min);
    let mut lines = Vec::new();
    for measurement in rows::all() {
        for row in measurement.rows.iter().filter(|row| args.wants_row(measurement, row.name)) {
            for s in series.iter().filter(|s| s.measurement.name == measurement.name) {
                let (runs, _) = s.calm(fastest);
                let of_row = runs.iter().flat_map(|run| &run.values);
                let of_row = of_row.filter(|(name, _)| name == row.name);
                let values: Vec<f64> = of_row.map(|(_, value)| *value).collect();
                if !values.is_empty() {
                    lines.push(Line::new(row.name, s.procs, s.who, row.unit, values));
                }
            }
        }
    }
    Outcome {
        lines,
        children: runs().count(),
        disturbed: runs().filter(|run| calm::disturbed(run.probes, fastest)).count(),
        left_out: series.iter().map(|s| s.calm(fastest).1).sum(),
    }
}

/// How the figures came about, for whoever reads them.
const METHOD: &str = "\
Measured in one run, the peers in alternation, each measurement in a process of its own. A figure is \
the median over the runs, `min–max` their range; a run is the mean of many operations, or the \
percentile of many. What one thread does alone is timed by that thread's processor time \
(`CLOCK_THREAD_CPUTIME_ID`), for all peers, so that other programs on the machine are no part of it; \
what threads do together, and every latency, by the clock on the wall.\n\n";

fn write(args: &Peers, outcome: &Outcome, toolchain: Option<&Path>) -> std::io::Result<()> {
    let mut text = METHOD.to_owned();
    let command = if args.goals { "goals" } else { "peers" };
    text.push_str(&format!(
        "- Commands: `bench/setup`, then `cargo run --release -p callgate-bench -- {command}"
    ));
    for arg in &args.given {
        let quote = if arg.contains(' ') { "\"" } else { "" };
        text.push_str(&format!(" {quote}{arg}{quote}"));
    }
    text.push_str("`\n");
    text.push_str(&format!("- Machine: {}\n", machine::describe()));
    text.push_str(&format!(
        "- Noise: of {} processes, {} ran while something else slowed the machine down, as a fixed \
         piece of work before and after each showed; {} of them are left out, where there were {ENOUGH} \
         others\n",
        outcome.children, outcome.disturbed, outcome.left_out
    ));
    for version in machine::versions(toolchain) {
        text.push_str(&format!("- {version}\n"));
    }
    text.push('\n');
    text.push_str(&table::table(&outcome.lines, true));
    if let Some(section) = &args.section {
        return results::write(section, &text);
    }
    results::write("Peers", &text)?;
    let text = format!("Of the medians above.\n\n{}", goals::table(&outcome.lines, true));
    results::write("Goals", &text)?;
    pictures::write(&outcome.lines)
}
