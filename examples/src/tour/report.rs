//! How a step tells its figures, and how they are shown.
//!
//! A step writes lines to its standard output: `=name<tab>value` is a figure, `%done<tab>total` how far
//! it is, `>text` a remark under the figures, `!text` what is wrong.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The step's side.
pub struct Reporter;

impl Reporter {
    /// A figure.
    pub fn figure(&self, name: &str, value: impl std::fmt::Display) {
        println!("={name}\t{value}");
    }

    /// How much of the step is done.
    pub fn progress(&self, done: usize, total: usize) {
        println!("%{done}\t{total}");
    }

    /// A remark, shown under the figures.
    pub fn note(&self, text: &str) {
        println!(">{text}");
    }

    /// What is wrong.
    pub fn wrong(&self, why: &str) {
        println!("!{}", why.replace('\n', " "));
    }
}

/// A line on standard output. Where nobody reads on (`tour | head`), the tour ends.
pub fn say(line: std::fmt::Arguments<'_>) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// How a step ended.
pub enum Outcome {
    /// All that it checks holds.
    Right,
    /// Something doesn't.
    Wrong(String),
}

/// Runs a step as a child and shows its figures, with a progress bar if it takes over a second and
/// somebody watches.
pub fn run_child(name: &str) -> Outcome {
    match try_run_child(name) {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Wrong(format!("the step can't be run: {error}")),
    }
}

/// A command that runs this program, by an emulator if `CALLGATE_TEST_RUNNER` names one (see `.ci/cross`).
pub fn this_program() -> std::io::Result<Command> {
    let program = std::env::current_exe()?;
    let runner = std::env::var("CALLGATE_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(emulator) = words.next() else { return Ok(Command::new(program)) };
    let mut command = Command::new(emulator);
    command.args(words).arg(program);
    Ok(command)
}

fn try_run_child(name: &str) -> std::io::Result<Outcome> {
    let start = Instant::now();
    let mut child = this_program()?.args(["--step", name]).stdout(Stdio::piped()).spawn()?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template("    [{elapsed}] {bar:40} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut figures = Vec::new();
    let mut notes = Vec::new();
    let mut wrong = None;
    let stdout = child.stdout.take();
    for line in stdout.into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line?;
        let (kind, rest) = line.split_at_checked(1).unwrap_or(("", ""));
        match (kind, rest.split_once('\t')) {
            ("=", Some((name, value))) => figures.push((name.to_owned(), value.to_owned())),
            ("%", Some((done, total))) => {
                if start.elapsed() > Duration::from_secs(1) && std::io::stderr().is_terminal() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_length(total.parse().unwrap_or(0));
                bar.set_position(done.parse().unwrap_or(0));
            }
            ("!", _) => wrong = Some(rest.to_owned()),
            (">", _) => notes.push(rest.to_owned()),
            _ => say(format_args!("    {line}")),
        }
    }
    bar.finish_and_clear();
    let status = child.wait()?;
    let width = figures.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in &figures {
        say(format_args!("    {name:<width$}  {value:>14}"));
    }
    for note in notes {
        say(format_args!("    {note}"));
    }
    Ok(match wrong {
        Some(why) => Outcome::Wrong(why),
        None if status.success() => Outcome::Right,
        None => Outcome::Wrong(format!("the step ended with {status}")),
    })
}

/// A duration in the unit that suits it.
pub fn time(d: Duration) -> String {
    let us = d.as_secs_f64() * 1e6;
    match us {
        ..1.0 => format!("{:.1} ns", us * 1e3),
        ..1_000.0 => format!("{us:.1} µs"),
        ..1_000_000.0 => format!("{:.2} ms", us / 1e3),
        _ => format!("{:.2} s", us / 1e6),
    }
}

/// A field of /proc/self/status, such as `Threads` or `VmHWM` (in KiB).
pub fn status(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// An error with a message, unless `right`.
pub fn check(right: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(otherwise()) }
}

/// The middle one.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values[values.len() / 2]
}
