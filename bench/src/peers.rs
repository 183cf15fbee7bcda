//! All peers in alternation, each measurement in a process of its own.

use crate::args::Peers;
use crate::measure::{Measurement, Peer};
use crate::table::{self, Line};
use crate::who::Who;
use crate::{go, json, machine, results, rows};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A child that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// A child that took longer than this is not run in each round, but in the first and the last.
const LONG: Duration = Duration::from_secs(5);

/// What one peer's children said of one measurement.
struct Series {
    measurement: &'static Measurement,
    procs: usize,
    who: Who,
    values: Vec<(String, f64)>,
    took: Duration,
    failed: bool,
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
                    let took = Duration::ZERO;
                    let values = Vec::new();
                    series.push(Series { measurement, procs, who, values, took, failed: false });
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
            let inner = round > 0 && round + 1 < args.rounds;
            if series.failed || (inner && series.took > LONG) {
                continue;
            }
            let start = Instant::now();
            match child(&programs, series) {
                Ok(values) => series.values.extend(values),
                Err(error) => {
                    let Series { measurement, procs, who, .. } = series;
                    eprintln!("{} of {who}, procs {procs}: {error}", measurement.name);
                    series.failed = true;
                }
            }
            series.took = start.elapsed();
        }
    }
    let lines = lines(args, &series);
    if args.json {
        lines.iter().for_each(|line| println!("{}", json::object(line)));
    } else {
        print!("{}", table::table(&lines, false));
    }
    if args.write
        && let Err(error) = write(args, &lines, toolchain.as_deref())
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

fn lines(args: &Peers, series: &[Series]) -> Vec<Line> {
    let mut lines = Vec::new();
    for measurement in rows::all() {
        for row in measurement.rows.iter().filter(|row| args.wants_row(measurement, row.name)) {
            for s in series.iter().filter(|s| s.measurement.name == measurement.name) {
                let of_row = s.values.iter().filter(|(name, _)| name == row.name);
                let values: Vec<f64> = of_row.map(|(_, value)| *value).collect();
                if !values.is_empty() {
                    lines.push(Line::new(row.name, s.procs, s.who, row.unit, values));
                }
            }
        }
    }
    lines
}

fn write(args: &Peers, lines: &[Line], toolchain: Option<&Path>) -> std::io::Result<()> {
    let mut text = String::from("Measured in one run, the peers in alternation. ");
    text.push_str("`min–max` is over the runs; a run is the mean of many operations.\n\n");
    text.push_str(
        "- Commands: `bench/setup`, then `cargo run --release -p callgate-bench -- peers",
    );
    for arg in &args.given {
        text.push(' ');
        text.push_str(arg);
    }
    text.push_str("`\n");
    text.push_str(&format!("- Machine: {}\n", machine::describe()));
    for version in machine::versions(toolchain) {
        text.push_str(&format!("- {version}\n"));
    }
    text.push('\n');
    text.push_str(&table::table(lines, true));
    results::write("Peers", &text)
}
