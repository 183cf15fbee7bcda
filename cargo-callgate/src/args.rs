//! The command line.

use std::path::PathBuf;

use lexopt::prelude::*;

pub const HELP: &str = "\
C headers of a crate's callbacks, and the other way.

    cargo callgate header [-o FILE] [CRATE]    write the C header of all #[export_callback] items
    cargo callgate check FILE… [CRATE]         compare prototypes that C files have with the items
    cargo callgate import FILE [-o FILE]       write a C header as a #[foreign_call] module

CRATE says which crate, and as what it is built:
    --package FOLDER     where its Cargo.toml is; here by default
    --root FILE          its root, if not src/lib.rs or src/main.rs
    --features A,B       features that are on
    --cfg CFG            a cfg that is on
    --target TRIPLE      what it is built for, if not this machine

    -o, --output FILE    where the text goes; to the standard output by default
    -I, -D               for the C compiler (check) or clang (import)
    --function REGEX     import these alone, and what they need
    --option NAME=OPTS   options of #[foreign_call] for a function: --option open=errno

The exit status is 1 if something is wrong with the crate or the C, 2 if it can't be told.
";

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Header,
    Import,
    Check,
}

/// All that was said.
#[derive(Debug)]
pub struct Args {
    pub command: Command,
    pub package: PathBuf,
    pub root: Option<PathBuf>,
    pub features: Vec<String>,
    pub cfgs: Vec<String>,
    pub target: Option<String>,
    pub output: Option<PathBuf>,
    pub files: Vec<PathBuf>,
    pub flags: Vec<String>,
    pub functions: Vec<String>,
    pub options: Vec<(String, String)>,
}

impl Args {
    pub fn parse() -> Result<Self, lexopt::Error> {
        let mut args = Args {
            command: Command::Help,
            package: PathBuf::from("."),
            root: None,
            features: Vec::new(),
            cfgs: Vec::new(),
            target: None,
            output: None,
            files: Vec::new(),
            flags: Vec::new(),
            functions: Vec::new(),
            options: Vec::new(),
        };
        let mut parser = lexopt::Parser::from_env();
        let mut words = 0;
        while let Some(arg) = parser.next()? {
            match arg {
                Short('h') | Long("help") => args.command = Command::Help,
                Short('o') | Long("output") => args.output = Some(parser.value()?.into()),
                Short(flag @ ('I' | 'D')) => {
                    args.flags.push(format!("-{flag}{}", parser.value()?.string()?));
                }
                Long("package") => args.package = parser.value()?.into(),
                Long("root") => args.root = Some(parser.value()?.into()),
                Long("features") => {
                    let list = parser.value()?.string()?;
                    args.features.extend(list.split([',', ' ']).map(str::to_owned));
                }
                Long("cfg") => args.cfgs.push(parser.value()?.string()?),
                Long("target") => args.target = Some(parser.value()?.string()?),
                Long("function") => args.functions.push(parser.value()?.string()?),
                Long("option") => {
                    let text = parser.value()?.string()?;
                    let pair = text.split_once('=').ok_or("--option is NAME=OPTIONS")?;
                    args.options.push((pair.0.to_owned(), pair.1.to_owned()));
                }
                Value(word) => {
                    // Cargo gives its own name for us first.
                    if words == 0 && word == "callgate" {
                        continue;
                    }
                    words += 1;
                    if words == 1 {
                        args.command = match word.to_str() {
                            Some("header") => Command::Header,
                            Some("import") => Command::Import,
                            Some("check") => Command::Check,
                            Some("help") => Command::Help,
                            _ => return Err(format!("there is no command {word:?}").into()),
                        };
                    } else {
                        args.files.push(word.into());
                    }
                }
                _ => return Err(arg.unexpected()),
            }
        }
        match (args.command, args.files.len()) {
            (Command::Header, 1..) => Err("header takes no file: is -o meant?".into()),
            (Command::Check, 0) => Err("check takes the C files to look into".into()),
            (Command::Import, 0 | 2..) => Err("import takes one header".into()),
            _ => Ok(args),
        }
    }
}
