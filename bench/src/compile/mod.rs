//! What `#[foreign_call]` costs at compile time: crates with the same 500 C functions, declared
//! plainly and under the attribute, and an empty crate to compare with.

mod source;

use crate::args::Compile;
use crate::measure::median;
use crate::table::{aligned, significant};
use crate::{machine, results};
use source::FUNCTIONS;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The crates, in the order of the table.
const CRATES: [&str; 5] =
    ["empty", "declared_plainly", "declared_callgate", "called_plainly", "called_callgate"];

/// What is done with each: the row's name, cargo's arguments, whether rustc works incrementally.
const TASKS: [(&str, &[&str], bool); 4] = [
    ("check", &["check"], false),
    ("check after an edit", &["check"], true),
    ("debug build", &["build"], false),
    ("release build", &["build", "--release"], false),
];

/// A workspace of these crates, removed when it is dropped.
struct Workspace(PathBuf);

impl Workspace {
    fn new() -> Result<Self, String> {
        let folder = format!("callgate-bench-compile-{}", std::process::id());
        let workspace = Workspace(std::env::temp_dir().join(folder));
        let text = |error: std::io::Error| error.to_string();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for name in CRATES {
            let folder = workspace.0.join(name);
            fs::create_dir_all(folder.join("src")).map_err(text)?;
            let manifest = format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n\
                 callgate = {{ path = {:?} }}\nlibc = \"0.2\"\n",
                root.join("runtime")
            );
            fs::write(folder.join("Cargo.toml"), manifest).map_err(text)?;
            let code = match name.split_once('_') {
                Some((use_of_it, how)) => source::code(how == "callgate", use_of_it == "called")?,
                None => String::new(),
            };
            fs::write(folder.join("src/lib.rs"), code).map_err(text)?;
        }
        let members = format!("[workspace]\nresolver = \"3\"\nmembers = {CRATES:?}\n");
        fs::write(workspace.0.join("Cargo.toml"), members).map_err(text)?;
        // The same versions of the dependencies, without a look at the registry.
        fs::copy(root.join("Cargo.lock"), workspace.0.join("Cargo.lock")).map_err(text)?;
        Ok(workspace)
    }

    /// Compiles a crate, and its dependencies where they are not; returns the seconds.
    fn compile(&self, name: &str, args: &[&str], incremental: bool) -> Result<f64, String> {
        let source = self.0.join(name).join("src/lib.rs");
        let start = Instant::now();
        let out = Command::new(env!("CARGO"))
            .args(args)
            .args(["--offline", "--quiet", "--package", name])
            .current_dir(&self.0)
            // A folder for each: a change of the setting would compile the dependencies again.
            .env("CARGO_TARGET_DIR", self.0.join(format!("target-{incremental}")))
            .env("CARGO_INCREMENTAL", u8::from(incremental).to_string())
            .env_remove("RUSTFLAGS")
            .output()
            .map_err(|error| error.to_string())?;
        let took = start.elapsed().as_secs_f64();
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned());
        }
        // The edit before the next time: it changes no line, but the file.
        let mut code = fs::read_to_string(&source).map_err(|error| error.to_string())?;
        code.push_str(" //");
        fs::write(source, code).map_err(|error| error.to_string())?;
        Ok(took)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What can't be removed is left to whoever cleans the folder of temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Measures, prints, and with `--write` keeps the results.
pub fn compile(args: &Compile) -> ExitCode {
    match measure(args.rounds) {
        Ok(times) => {
            print!("{}", table(&times, false));
            if args.write
                && let Err(error) = write(args, &times)
            {
                eprintln!("callgate-bench: bench/RESULTS.md: {error}");
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("callgate-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The seconds of each task and crate, sorted.
type Times = Vec<[Vec<f64>; CRATES.len()]>;

fn measure(rounds: usize) -> Result<Times, String> {
    let workspace = Workspace::new()?;
    let mut times: Times = vec![Default::default(); TASKS.len()];
    for round in 0..=rounds {
        // The first builds the dependencies, and fills caches.
        eprintln!("{}", if round == 0 { "dependencies".into() } else { format!("round {round}") });
        for (task, (_, arguments, incremental)) in TASKS.iter().enumerate() {
            for (index, name) in CRATES.iter().enumerate() {
                let took = workspace.compile(name, arguments, *incremental)?;
                if round > 0 {
                    times[task][index].push(took);
                }
            }
        }
    }
    Ok(times)
}

const HEAD: [&str; 7] =
    ["task", "crate", "median, ms", "min–max, ms", "over empty, ms", "µs per function", "÷ plain"];

fn table(times: &Times, markdown: bool) -> String {
    let mut rows = Vec::new();
    for ((task, ..), crates) in TASKS.iter().zip(times) {
        let medians = crates.clone().map(|mut of_crate| median(&mut of_crate) * 1e3);
        for (index, (name, of_crate)) in CRATES.iter().zip(crates).enumerate() {
            let over = medians[index] - medians[0];
            let plain = medians[index.saturating_sub(1)] - medians[0];
            let is_gate = name.ends_with("callgate");
            let min = of_crate.iter().copied().fold(f64::INFINITY, f64::min) * 1e3;
            let max = of_crate.iter().copied().fold(0.0, f64::max) * 1e3;
            let unless_empty = |value: f64| {
                if index == 0 { String::new() } else { significant(value) }
            };
            rows.push([
                (*task).to_owned(),
                name.replace('_', ", "),
                significant(medians[index]),
                format!("{}–{}", significant(min), significant(max)),
                unless_empty(over),
                unless_empty(over * 1e3 / FUNCTIONS as f64),
                if is_gate { significant(over / plain) } else { String::new() },
            ]);
        }
    }
    aligned(&HEAD, &[0, 1], &rows, markdown)
}

fn write(args: &Compile, times: &Times) -> std::io::Result<()> {
    let text = format!(
        "How long `cargo` takes for a crate with {FUNCTIONS} functions of SQLite and zlib: declared \
         only, or each called once by a function of the crate's; plainly and by callgate. `empty` has \
         the same dependencies, which are built before. All but the edit without incremental \
         compilation. {} rounds.\n\n\
         - Command: `cargo run --release -p callgate-bench -- compile --rounds {} --write`\n\
         - Machine: {}\n- callgate {}\n- {}\n\n{}",
        args.rounds,
        args.rounds,
        machine::describe(),
        env!("CARGO_PKG_VERSION"),
        env!("BENCH_RUSTC"),
        table(times, true)
    );
    results::write("Compile time", &text)
}
