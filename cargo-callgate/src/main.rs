//! `cargo callgate`: what `callgate-build` does, outside of a build.

mod args;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use args::{Args, Command, HELP};
use callgate_build::{Check, Configuration, Error, Header};

/// Something was found, as against 2: it couldn't be looked for.
const FOUND: u8 = 1;

fn main() -> ExitCode {
    let args = match Args::parse() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("error: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let done = match args.command {
        Command::Help => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Header => header(&args),
        Command::Import => import(&args),
        Command::Check => check(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn of_crate(args: &Args) -> Result<Header, Error> {
    let features: Vec<_> = args.features.iter().map(|one| format!("feature={one:?}")).collect();
    let cfg = Configuration::of_rustc(args.target.as_deref())?
        .with(features.iter().chain(&args.cfgs).map(String::as_str))?;
    let header = Header::of_package(&args.package).configuration(cfg);
    Ok(match &args.root {
        Some(root) => header.root(root),
        None => header,
    })
}

fn header(args: &Args) -> Result<ExitCode, Error> {
    let header = of_crate(args)?;
    let generated = match &args.output {
        Some(file) => header.write(file)?,
        None => {
            let generated = header.generate("callgate.h")?;
            print!("{}", generated.text);
            generated
        }
    };
    generated.errors.iter().for_each(|error| eprintln!("error: {error}"));
    Ok(if generated.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn check(args: &Args) -> Result<ExitCode, Error> {
    let mut check = Check::new(of_crate(args)?);
    for file in &args.files {
        check = check.file(file);
    }
    for flag in &args.flags {
        check = check.flag(flag);
    }
    let found = check.run()?;
    found.iter().for_each(|mismatch| eprint!("{mismatch}"));
    if found.is_empty() {
        println!("what C declares is what Rust exports");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(FOUND))
}

#[cfg(feature = "import")]
fn import(args: &Args) -> Result<ExitCode, Error> {
    let mut import = callgate_build::Import::new(args.files[0].display().to_string());
    for names in &args.functions {
        import = import.functions(names);
    }
    for (name, options) in &args.options {
        import = import.options(name, options);
    }
    for flag in &args.flags {
        import = import.clang(flag);
    }
    let imported = import.generate()?;
    for name in &imported.left_out {
        eprintln!(
            "left out: `{name}` is variadic; give its types by --option '{name}=variadic(…)'"
        );
    }
    match &args.output {
        Some(file) => write(file, &imported.text)?,
        None => print!("{}", imported.text),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "import"))]
fn import(args: &Args) -> Result<ExitCode, Error> {
    let _ = (args, write);
    let message = "not built in: cargo install cargo-callgate --features import (needs libclang)";
    Err(Error::Tool { tool: "import", message: message.to_owned() })
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    fs::write(file, text).map_err(|source| Error::Io { path: file.to_owned(), source })
}
