//! Measures callgate beside its peers, in one run.
//!
//! `cargo run --release -p callgate-bench -- peers` prints a table, with `--json` one JSON object a
//! line. `… -- goals` says which goals they meet. `… -- compile` measures what the macros cost at
//! compile time; `… -- soak` mixes everything and looks for leaks. A runtime's options are for a whole
//! process, so each measurement runs in a child process of this program, and Go's in those of a Go
//! program.

mod args;
mod c;
mod calm;
mod compile;
mod count;
mod go;
mod goals;
mod json;
mod machine;
mod measure;
mod peers;
mod pictures;
mod results;
mod rows;
mod runtimes;
mod soak;
mod table;
mod who;

use args::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|command| command == "soak") {
        return soak::main(std::env::args().skip(2));
    }
    match args::parse(std::env::args().skip(1)) {
        Ok(Command::Peers(args)) => peers::peers(&args),
        Ok(Command::Compile(args)) => compile::compile(&args),
        Ok(Command::Count { operation, n }) => {
            operation(n);
            ExitCode::SUCCESS
        }
        Ok(Command::Measure { measure, job }) => {
            for (row, value) in measure(&job) {
                println!("{row} {value}");
            }
            ExitCode::SUCCESS
        }
        Ok(Command::List) => {
            for m in rows::all() {
                let rows: Vec<_> = m.rows.iter().map(|row| row.name).collect();
                println!("{}: {}", m.name, rows.join(", "));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("callgate-bench: {error}\n\n{}", args::USAGE);
            ExitCode::from(2)
        }
    }
}
