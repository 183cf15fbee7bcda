//! Writes `src/*/functions.rs`: see the library's documentation.

use callgate_headers::{Library, SQLITE, ZLIB, generate};
use std::process::{Command, ExitCode};

fn declare(library: &Library) -> Result<(), String> {
    let text = generate::file(library)?;
    std::fs::write(library.output, text).map_err(|error| error.to_string())?;
    let rustfmt = Command::new("rustfmt").args(["--edition", "2024", library.output]).status();
    match rustfmt {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("rustfmt: {status}")),
        Err(error) => Err(format!("rustfmt: {error}")),
    }
}

fn main() -> ExitCode {
    for library in [&SQLITE, &ZLIB] {
        if let Err(error) = declare(library) {
            eprintln!("declare: {}: {error}", library.name);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
