//! Whether what C declares by itself is what Rust exports. The C compiler judges: it reads the C file,
//! and after it our prototypes, and says which of them it has seen otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use cbindgen::{Bindings, Config};

use crate::exports::Export;
use crate::header::{self, Parts};
use crate::{Error, Header};

/// Compares the prototypes that C files have of a crate's callbacks with the callbacks.
///
/// C that includes the generated header can't be wrong, so this is for C that has its own. Each file is
/// compiled by itself (by `$CC`, or `$CXX` where its name says C++), so a header must include what it
/// needs. What a C file doesn't declare is not missed, and of a type that both sides define, the name
/// alone is compared.
///
/// ```
/// use callgate_build::{Check, Header};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// # std::fs::create_dir(folder.join("src"))?;
/// # let rust = "#[callgate::export_callback]\npub fn next(x: std::ffi::c_int) -> std::ffi::c_int { x }";
/// # std::fs::write(folder.join("src/lib.rs"), rust)?;
/// std::fs::write(folder.join("user.h"), "extern int next(long);\n")?;
/// let found = Check::new(Header::of_package(folder)).file(folder.join("user.h")).run()?;
/// assert_eq!((found[0].rust.line, found[0].c.line), (2, 1));
/// assert_eq!(found[0].c.text, "extern int next(long);");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    header: Header,
    files: Vec<PathBuf>,
    flags: Vec<String>,
}

/// A callback that C declares otherwise. It prints like a compiler's message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The callback's symbol.
    pub symbol: String,
    /// The Rust item, and the prototype that it makes.
    pub rust: Place,
    /// The C declaration.
    pub c: Place,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { symbol, rust, c } = self;
        writeln!(f, "error: `{symbol}` is not in C what it is in Rust")?;
        for (place, what) in [(rust, "Rust exports"), (c, "C declares")] {
            let Place { file, line, text } = place;
            writeln!(f, "  --> {}:{line}: {what}\n   |  {text}", file.display())?;
        }
        Ok(())
    }
}

impl Check {
    /// Of the callbacks of which `header` would be made.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Check { header, files: Vec::new(), flags: Vec::new() }
    }

    /// Looks into a C header or source file.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.push(file.into());
        self
    }

    /// Gives the compiler a flag, such as `-Iinclude` or `-DX`.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Looks, and returns what is not the same, in the order of the files and of the callbacks.
    ///
    /// # Errors
    /// Those of [`Header::generate`]; and if there is no C compiler, or a file doesn't compile.
    pub fn run(&self) -> Result<Vec<Mismatch>, Error> {
        let declared = Declared::of(self.header.parts()?)?;
        let mut found = Vec::new();
        for file in &self.files {
            let absolute = fs::canonicalize(file).map_err(Error::io(file))?;
            for (index, (at, line)) in self.compare(&absolute, &declared)? {
                let (symbol, rust) = &declared.functions[index];
                let c_file = if at == absolute { file.clone() } else { at };
                found.push(Mismatch {
                    symbol: symbol.clone(),
                    rust: rust.clone(),
                    c: Place { text: declaration(&c_file, line), file: c_file, line },
                });
            }
        }
        Ok(found)
    }

    /// The functions that `file` declares otherwise, and where it does.
    fn compare(
        &self,
        file: &Path,
        declared: &Declared,
    ) -> Result<BTreeMap<usize, (PathBuf, usize)>, Error> {
        let mut clashing = BTreeSet::new();
        let mut wrong = BTreeMap::new();
        // Compilers stop after some errors: what was heard of is left out the next time.
        loop {
            let text = declared.text(file, &clashing, |index| !wrong.contains_key(&index));
            let output = self.compile(file, &text)?;
            let Heard { types, functions, others } = Heard::of(&output);
            if !others.is_empty() {
                let why = format!("{} doesn't compile by itself:\n{others}", file.display());
                return Err(Error::tool("cc")(why));
            }
            // With a type twice, what is said of functions means nothing.
            if !types.is_empty() {
                clashing.extend(types);
            } else if !functions.is_empty() {
                wrong.extend(functions);
            } else if output.contains("error: ") {
                return Err(Error::tool("cc")(output));
            } else {
                return Ok(wrong);
            }
        }
    }

    fn compile(&self, file: &Path, text: &str) -> Result<String, Error> {
        let cpp = is_cpp(file);
        let suffix = if cpp { ".cpp" } else { ".c" };
        let source = tempfile::Builder::new().suffix(suffix).tempfile().map_err(Error::io("."))?;
        fs::write(source.path(), text).map_err(Error::io(source.path()))?;
        let (variable, usual) = if cpp { ("CXX", "c++") } else { ("CC", "cc") };
        let compiler = env::var(variable).unwrap_or_else(|_| usual.to_owned());
        let mut words = compiler.split_whitespace();
        let output = Command::new(words.next().unwrap_or(usual))
            .args(words)
            .args(["-fsyntax-only", "-w", "-fdiagnostics-color=never"])
            .args(&self.flags)
            .arg(source.path())
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| Error::tool("cc")(format!("{compiler}: {error}")))?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

const TYPE: &str = "callgate-type-";
const FUNCTION: &str = "callgate-function-";

/// What Rust exports, in C.
struct Declared {
    types: Vec<String>,
    /// The symbols, and where and what they are.
    functions: Vec<(String, Place)>,
}

impl Declared {
    fn of(parts: Parts) -> Result<Self, Error> {
        let Parts { exports, mut bindings, .. } = parts;
        bindings.config = Config {
            no_includes: true,
            documentation: false,
            cpp_compat: false,
            include_guard: None,
            autogen_warning: None,
            header: None,
            trailer: None,
            after_includes: None,
            // On one line.
            line_length: 10_000,
            ..bindings.config
        };
        let functions = std::mem::take(&mut bindings.functions);
        let constants = std::mem::take(&mut bindings.constants);
        let items = std::mem::take(&mut bindings.items);
        let mut types = Vec::new();
        let one = |bindings: &Bindings| header::text(bindings).map(|text| text.trim().to_owned());
        for constant in constants {
            bindings.constants = vec![constant];
            types.push(one(&bindings)?);
        }
        bindings.constants.clear();
        for item in items {
            bindings.items = vec![item];
            types.push(one(&bindings)?);
        }
        bindings.items.clear();
        let mut texts = BTreeMap::new();
        for function in functions {
            let symbol = function.path.name().to_owned();
            bindings.functions = vec![function];
            texts.insert(symbol, one(&bindings)?);
        }
        let mut functions = Vec::new();
        for export in exports {
            let Export { symbol, file, line, .. } = export;
            let Some(text) = texts.remove(&symbol) else {
                let message = format!("cbindgen can't write the signature of `{symbol}`");
                return Err(Error::Source { path: file, line, message });
            };
            functions.push((symbol, Place { file, line, text }));
        }
        Ok(Declared { types, functions })
    }

    /// The file and all of ours that is not `clashing` with it, for which `include` is true.
    fn text(
        &self,
        file: &Path,
        clashing: &BTreeSet<usize>,
        include: impl Fn(usize) -> bool,
    ) -> String {
        let mut text = format!("#include \"{}\"\n", file.display());
        text.push_str("#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n");
        if is_cpp(file) {
            text.push_str("extern \"C\" {\n");
        }
        let types = self.types.iter().enumerate().filter(|(index, _)| !clashing.contains(index));
        for (index, one) in types {
            // It can't fail: it is a string.
            let _ = writeln!(text, "#line 1 \"{TYPE}{index}\"\n{one}");
        }
        let functions = self.functions.iter().enumerate().filter(|(index, _)| include(*index));
        for (index, (_, place)) in functions {
            let _ = writeln!(text, "#line 1 \"{FUNCTION}{index}\"\n{}", place.text);
        }
        if is_cpp(file) {
            text.push_str("}\n");
        }
        text
    }
}

/// What a compiler says of the text that we made.
#[derive(Default)]
struct Heard {
    /// The types that the file has as well.
    types: BTreeSet<usize>,
    /// The functions that it has otherwise, and where.
    functions: BTreeMap<usize, (PathBuf, usize)>,
    /// Errors that are not in our part.
    others: String,
}

impl Heard {
    fn of(output: &str) -> Self {
        let mut heard = Heard::default();
        let mut last = None;
        for line in output.lines() {
            let Some(message) = Message::parse(line) else { continue };
            if message.is_note {
                // The first after an error is where the other declaration is.
                if let Some(index) = last.take() {
                    let place = (PathBuf::from(message.file), message.line);
                    heard.functions.entry(index).or_insert(place);
                }
                continue;
            }
            let ours = |kind: &str| message.file.strip_prefix(kind)?.parse::<usize>().ok();
            last = ours(FUNCTION);
            if let Some(index) = ours(TYPE) {
                heard.types.insert(index);
            } else if last.is_none() {
                let _ = writeln!(heard.others, "{line}");
            }
        }
        heard
    }
}

/// An error or a note of gcc's or clang's: `file:line:column: error: text`.
struct Message<'t> {
    file: &'t str,
    line: usize,
    is_note: bool,
}

impl<'t> Message<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (place, is_note) = match (text.split_once(": note: "), text.split_once("error: ")) {
            (Some((place, _)), _) => (place, true),
            (None, Some((place, _))) => {
                (place.trim_end_matches("fatal ").strip_suffix(": ")?, false)
            }
            _ => return None,
        };
        let (rest, last) = place.rsplit_once(':')?;
        let last: usize = last.parse().ok()?;
        let with_column =
            rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        let (file, line) = with_column.unwrap_or((rest, last));
        Some(Message { file, line, is_note })
    }
}

fn is_cpp(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["cc", "cpp", "cxx", "hh", "hpp", "hxx"].contains(&extension.as_str())
}

/// The declaration that begins at `line`, on one line.
fn declaration(file: &Path, line: usize) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut declaration = String::new();
    for part in text.lines().skip(line.saturating_sub(1)).take(20) {
        let end = part.find(['{', ';']).map(|at| at + 1);
        declaration.push_str(part[..end.unwrap_or(part.len())].trim_end_matches('{').trim());
        if end.is_some() {
            break;
        }
        declaration.push(' ');
    }
    declaration.trim().to_owned()
}
