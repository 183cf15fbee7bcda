//! The C header of a crate's exported functions.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, str};

use cbindgen::{Bindings, Config, Language};

use crate::exports::{Export, exports};
use crate::source::Source;
use crate::{Configuration, Error, types};

/// Makes the C header of all `#[export_callback]` functions and methods of a crate.
///
/// The signatures come from the model that the attribute itself expands, so what stands in the header is
/// what C really calls: methods under their C names, `async fn`s as plain functions, the `Ok` of a
/// `Result`. Functions that are `private` have no symbol and are left out, as is what is configured
/// out. Types and constants that the signatures name are declared by [cbindgen], which reads
/// `cbindgen.toml` beside the `Cargo.toml`, if there is one, for how to write them.
///
/// What a macro of the crate's own writes, and what stands inside of functions, is not seen. Nor are
/// types of other crates: name a header that has them in `cbindgen.toml`, `includes = ["other.h"]`.
///
/// [cbindgen]: https://docs.rs/cbindgen
///
/// ```
/// use callgate_build::Header;
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// # std::fs::create_dir(folder.join("src"))?;
/// std::fs::write(
///     folder.join("src/lib.rs"),
///     "/// Adds one.
///     #[callgate::export_callback]
///     pub fn next(x: std::ffi::c_int) -> std::ffi::c_int { x + 1 }",
/// )?;
/// let text = Header::of_package(folder).generate("next.h")?.text;
/// assert!(text.contains("/**\n * Adds one.\n */\nint next(int x);"), "{text}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Header {
    package: PathBuf,
    root: PathBuf,
    cfg: Configuration,
}

/// A header that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// Its text.
    pub text: String,
    /// The files that it was made of: of a change in one, it should be made anew.
    pub sources: Vec<PathBuf>,
    /// How many functions it declares.
    pub functions: usize,
    /// What is wrong with items that were left out, each with its place. The compiler says so too.
    pub errors: Vec<String>,
}

impl Header {
    /// Of the package in `folder`: its `src/lib.rs`, or `src/main.rs` if there is no library.
    #[must_use]
    pub fn of_package(folder: impl Into<PathBuf>) -> Self {
        let package = folder.into();
        let library = package.join("src/lib.rs");
        let root = if library.exists() { library } else { package.join("src/main.rs") };
        Header { package, root, cfg: Configuration::default() }
    }

    /// Takes another file for the root of the crate; it is looked for in the package.
    #[must_use]
    pub fn root(mut self, file: impl AsRef<Path>) -> Self {
        self.root = self.package.join(file);
        self
    }

    /// Says which `cfg`s hold; none do unless this is called.
    #[must_use]
    pub fn configuration(mut self, cfg: Configuration) -> Self {
        self.cfg = cfg;
        self
    }

    /// Makes the header that will be called `name`, which gives the include guard.
    ///
    /// # Errors
    /// If a file can't be read or doesn't parse, if two types of one name are meant, or if cbindgen
    /// can't write a type.
    pub fn generate(&self, name: &str) -> Result<Generated, Error> {
        let Parts { source, exports, errors, mut bindings } = self.parts()?;
        let config = &mut bindings.config;
        let root = self.root.strip_prefix(&self.package).unwrap_or(&self.root);
        config.include_guard.get_or_insert_with(|| guard(name));
        config.autogen_warning.get_or_insert_with(|| {
            let from = root.display().to_string().replace('\\', "/");
            format!("/* Made of {from} by callgate: change it there. */")
        });
        if exports.iter().any(|export| export.leaves_errors) {
            config.after_includes =
                Some(format!("{}\n{LAST_ERROR}", config.after_includes.take().unwrap_or_default()));
        }
        let mut sources = source.files;
        let config_file = self.package.join("cbindgen.toml");
        sources.extend(config_file.exists().then_some(config_file));
        Ok(Generated {
            text: text(&bindings)?,
            sources,
            functions: exports.len(),
            errors: errors.iter().map(ToString::to_string).collect(),
        })
    }

    /// [Generates](Self::generate) the header and writes it to `file`, if it is another than what stands
    /// there: a file that stays as it is makes nothing else be built anew.
    ///
    /// # Errors
    /// Those of `generate`, and where the file can't be written.
    pub fn write(&self, file: impl AsRef<Path>) -> Result<Generated, Error> {
        let file = file.as_ref();
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let generated = self.generate(&name)?;
        write_if_changed(file, &generated.text)?;
        Ok(generated)
    }

    pub(crate) fn parts(&self) -> Result<Parts, Error> {
        let source = Source::read(&self.root, &self.cfg)?;
        let (exports, errors) = exports(&source, self.cfg.system_is_not_c());
        let text = types::declarations(&source, &exports)?;
        let mut file = tempfile::Builder::new().suffix(".rs").tempfile().map_err(Error::io("."))?;
        file.write_all(text.as_bytes()).map_err(Error::io(file.path()))?;
        let bindings = cbindgen::Builder::new()
            .with_config(self.config()?)
            .with_src(file.path())
            .generate()
            .map_err(|error| error.to_string())
            .map_err(Error::tool("cbindgen"))?;
        Ok(Parts { source, exports, errors, bindings })
    }

    fn config(&self) -> Result<Config, Error> {
        let file = self.package.join("cbindgen.toml");
        let mut config = if file.exists() {
            Config::from_file(&file).map_err(Error::tool("cbindgen.toml"))?
        } else {
            let mut config = Config { tab_width: 4, ..Config::default() };
            // All enumerators of C share one scope.
            config.enumeration.prefix_with_name = true;
            config
        };
        config.language = Language::C;
        config.cpp_compat = true;
        // What a function that never returns is in both languages and by both compilers.
        config.function.no_return.get_or_insert_with(|| "__attribute__((noreturn))".to_owned());
        Ok(config)
    }
}

/// What a header is made of.
pub struct Parts {
    pub source: Source,
    pub exports: Vec<Export>,
    pub errors: Vec<Error>,
    pub bindings: Bindings,
}

const LAST_ERROR: &str = "\
#ifdef __cplusplus
extern \"C\" {
#endif
/** Why the thread's last call that failed did; NULL if none has. Valid until its next error. */
const char *callgate_last_error(void);
/** Forgets it. */
void callgate_clear_last_error(void);
#ifdef __cplusplus
}
#endif";

/// What `bindings` come to in C.
pub fn text(bindings: &Bindings) -> Result<String, Error> {
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|error| error.to_string());
    let text = text.map_err(Error::tool("cbindgen"))?;
    // A function without a body says `void` for no arguments; a line of a comment has no end in blanks.
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n") + "\n")
}

/// `MY_LIB_H` for `my-lib.h`.
fn guard(name: &str) -> String {
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let guard: String = name.chars().map(upper).collect();
    if guard.starts_with(|c: char| c.is_ascii_digit()) { format!("H_{guard}") } else { guard }
}

/// Writes `text` to `file` unless that is what it holds, and makes its folder.
pub fn write_if_changed(file: &Path, text: &str) -> Result<(), Error> {
    if fs::read_to_string(file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    fs::write(file, text).map_err(Error::io(file))
}
