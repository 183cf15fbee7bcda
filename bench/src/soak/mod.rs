//! `soak`: everything at once for as long as one likes, with each result checked, and a look for
//! leaks at the end.
//!
//! A seed fixes what each G does in each round; the schedule is the machine's. A round ends when all
//! that it started has ended, and then nothing may be left of it.

mod abort;
mod check;
mod operations;
mod resources;
mod round;

use check::{OPERATIONS, VIOLATIONS, violation};
use resources::Resources;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};
use std::{panic, thread};

pub const USAGE: &str = "\
usage: callgate-bench soak [--minutes N] [--seed S]

Mixes all that callgate does for N minutes (default 1; fractions are allowed), with each result
checked, and looks for leaks at the end. Status 1 and a list if something was wrong. S (default: of
the clock) fixes what is done, though not when.";

/// How often a progress line is printed.
const PROGRESS: Duration = Duration::from_secs(5);
/// So many of them without an operation are a hang.
const PATIENCE: u32 = 24;
/// The resources are looked at so many times, the first time being the base line.
const SAMPLES: u32 = 8;

struct Options {
    length: Duration,
    seed: u64,
}

/// Soaks. `args` are what follows `soak`.
pub fn main(args: impl Iterator<Item = String>) -> ExitCode {
    let args: Vec<_> = args.collect();
    if args == [abort::ARGUMENT] {
        abort::child();
    }
    match parse(args) {
        Ok(options) => soak(&options),
        Err(error) => {
            eprintln!("callgate-bench: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(args: Vec<String>) -> Result<Options, String> {
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = clock.map_or(1, |since| since.subsec_nanos().into());
    let mut options = Options { length: Duration::from_secs(60), seed };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        match arg.as_str() {
            "--minutes" => {
                let minutes = value.parse().ok().filter(|n: &f64| *n > 0.0 && *n < 1e6);
                let minutes =
                    minutes.ok_or_else(|| format!("`{value}` is no number of minutes"))?;
                options.length = Duration::from_secs_f64(minutes * 60.0);
            }
            "--seed" => {
                options.seed = value.parse().map_err(|_| format!("`{value}` is no seed"))?;
            }
            _ => return Err(format!("`{arg}` is no option of `soak`")),
        }
    }
    Ok(options)
}

fn soak(options: &Options) -> ExitCode {
    println!("soak for {:?} with --seed {}", options.length, options.seed);
    let installed = callgate::Builder::new()
        .slice(Duration::from_millis(2))
        .idle_timeout(Duration::from_millis(50))
        .max_threads(200)
        .install();
    if let Err(error) = installed {
        eprintln!("callgate-bench: {error}");
        return ExitCode::from(2);
    }
    silence_expected_panics();
    let start = Instant::now();
    let (ended, end) = channel::<()>();
    let progress = thread::spawn(move || {
        let (mut last, mut still) = (0, 0);
        while end.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
            let now = OPERATIONS.load(Relaxed);
            still = if now == last { still + 1 } else { 0 };
            last = now;
            println!("{:6.0?} {now} operations; {}", start.elapsed(), Resources::now());
            if still >= PATIENCE {
                violation(format!("nothing has happened for {:?}", PROGRESS * PATIENCE));
                print_violations();
                std::process::exit(1);
            }
        }
    });
    let samples = rounds(options, start);
    drop(ended);
    // It panics never, and prints nothing from here on.
    let _ = progress.join();
    resources::check_for_leaks(&samples);
    println!("{} operations in {:.0?}", OPERATIONS.load(Relaxed), start.elapsed());
    print_violations()
}

/// Runs rounds until the time is over, and looks at the resources now and then, between two rounds.
fn rounds(options: &Options, start: Instant) -> Vec<Resources> {
    let mut samples = Vec::new();
    for n in 0.. {
        round::run(options.seed.wrapping_add(n));
        // The first rounds make what is kept: stacks, handles' slots, the allocator's memory.
        let warm = n >= 2;
        let due = options.length / SAMPLES * samples.len() as u32;
        let over = start.elapsed() >= options.length;
        if warm && (over || start.elapsed() >= due) {
            samples.push(resources::at_rest(samples.first()));
            println!("{:6.0?} at rest: {}", start.elapsed(), samples[samples.len() - 1]);
        }
        if over && samples.len() >= 2 {
            break;
        }
    }
    samples
}

/// Panics that an operation asks for are no news.
fn silence_expected_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<check::Expected>() {
            before(info);
        }
    }));
}

fn print_violations() -> ExitCode {
    let violations = VIOLATIONS.lock().unwrap_or_else(|e| e.into_inner());
    println!("{} violations", violations.len());
    violations.iter().for_each(|text| println!("violation: {text}"));
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
