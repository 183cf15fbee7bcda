//! A tour of callgate on real C: what it does, one heading each, with the figures of this machine.
//!
//! Each step is a process of its own, because a process has one runtime and the steps want
//! different ones. Exits with 1 if a step is wrong, with 2 if the command line is.

mod report;
mod steps;

use report::{Outcome, Reporter, say};
use std::process::ExitCode;

const USAGE: &str =
    "usage: tour [STEP…]     run these steps, or all\n       tour --help      list the steps";

fn main() -> ExitCode {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    if let [flag, name] = args.as_slice()
        && flag == "--step"
    {
        return run_here(name);
    }
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        say(format_args!("{USAGE}\n\nsteps:"));
        for step in steps::ALL {
            say(format_args!("  {:<10} {}", step.name, step.title));
        }
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = args.iter().find(|arg| steps::find(arg).is_none()) {
        let known: Vec<_> = steps::ALL.iter().map(|step| step.name).collect();
        eprintln!("tour: no step is called `{unknown}`; there are: {}\n{USAGE}", known.join(", "));
        return ExitCode::from(2);
    }
    let mut wrong = Vec::new();
    for step in steps::ALL {
        if args.is_empty() || args.iter().any(|arg| arg == step.name) {
            say(format_args!("\n({}) {}\n  {}", step.letter, step.title, step.proves));
            match report::run_child(step.name) {
                Outcome::Right => {}
                Outcome::Wrong(why) => {
                    say(format_args!("    WRONG: {why}"));
                    wrong.push(step.name);
                }
            }
        }
    }
    if wrong.is_empty() {
        say(format_args!("\nAll steps are right."));
        ExitCode::SUCCESS
    } else {
        say(format_args!("\nWrong: {}.", wrong.join(", ")));
        ExitCode::FAILURE
    }
}

/// Runs a step in this process, for the one that started it.
fn run_here(name: &str) -> ExitCode {
    let Some(run) = steps::find(name) else {
        eprintln!("tour: no step is called `{name}`");
        return ExitCode::from(2);
    };
    let reporter = Reporter;
    match run(&reporter) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            reporter.wrong(&why);
            ExitCode::FAILURE
        }
    }
}
