//! What a build script does, in one call.

use std::env;
use std::path::{Path, PathBuf};

use crate::{Configuration, Error, Header};

type Configure = Box<dyn FnOnce(&mut cc::Build)>;

/// What a crate on callgate needs of its build script: its header, and its C.
///
/// ```no_run
/// // build.rs
/// callgate_build::Build::new()
///     .header("my_lib.h")  // of the crate's callbacks; C finds it by #include "my_lib.h"
///     .c("src/native.c")
///     .run();
/// ```
///
/// The header goes to `$OUT_DIR/include`, which is where the C is told to look first, and crates that
/// depend on this one find the folder as `DEP_<links>_INCLUDE`. Cargo is told of every file that was
/// read, so the script runs again when one has changed.
#[derive(Default)]
pub struct Build {
    header: Option<String>,
    copy: Option<PathBuf>,
    root: Option<PathBuf>,
    files: Vec<PathBuf>,
    #[cfg(feature = "import")]
    imports: Vec<(String, crate::Import)>,
    configure: Option<Configure>,
}

impl Build {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the header of the crate's callbacks, called `name`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.header = Some(name.into());
        self
    }

    /// Writes the header to `file` in the package as well, where other programs find it, if that is
    /// another than it should be. Not for packages that are published: those are built where nothing
    /// may be written.
    #[must_use]
    pub fn copy_header_to(mut self, file: impl Into<PathBuf>) -> Self {
        self.copy = Some(file.into());
        self
    }

    /// Takes another file than `src/lib.rs` (or `src/main.rs`) for the root of the crate.
    #[must_use]
    pub fn root(mut self, file: impl Into<PathBuf>) -> Self {
        self.root = Some(file.into());
        self
    }

    /// Compiles a C file into the crate.
    #[must_use]
    pub fn c(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.push(file.into());
        self
    }

    /// Says how to compile the C: flags, definitions, folders.
    #[must_use]
    pub fn configure(mut self, how: impl FnOnce(&mut cc::Build) + 'static) -> Self {
        self.configure = Some(Box::new(how));
        self
    }

    /// Writes the functions of a C header to `$OUT_DIR/<name>.rs`, for a module that includes it.
    #[cfg(feature = "import")]
    #[must_use]
    pub fn import(mut self, name: impl Into<String>, import: crate::Import) -> Self {
        self.imports.push((name.into(), import));
        self
    }

    /// Does all of it. If something fails, Cargo prints what, and the build ends.
    pub fn run(self) {
        if let Err(error) = self.try_run() {
            for line in error.to_string().lines() {
                println!("cargo::error={line}");
            }
            std::process::exit(1);
        }
    }

    /// As [`run`](Self::run), for scripts that go on.
    ///
    /// # Errors
    /// What failed first.
    pub fn try_run(self) -> Result<(), Error> {
        let variable = |name| env::var_os(name).ok_or(Error::NotABuildScript(name));
        let out = PathBuf::from(variable("OUT_DIR")?);
        let include = out.join("include");
        if let Some(name) = &self.header {
            let mut header = Header::of_package(variable("CARGO_MANIFEST_DIR")?)
                .configuration(Configuration::of_build_script()?);
            if let Some(root) = &self.root {
                header = header.root(root);
            }
            let generated = header.write(include.join(name))?;
            generated.sources.iter().for_each(|file| watch(file));
            for error in &generated.errors {
                println!("cargo::warning=not in {name}: {error}");
            }
            if let Some(copy) = &self.copy {
                header.write(copy)?;
                watch(copy);
            }
            println!("cargo::metadata=include={}", include.display());
        }
        #[cfg(feature = "import")]
        for (name, import) in self.imports {
            let imported = import.include(&include).generate()?;
            imported.sources.iter().for_each(|file| watch(file));
            crate::header::write_if_changed(&out.join(name).with_extension("rs"), &imported.text)?;
        }
        if !self.files.is_empty() {
            self.files.iter().for_each(|file| watch(file));
            let mut cc = cc::Build::new();
            cc.include(&include).files(&self.files);
            if let Some(configure) = self.configure {
                configure(&mut cc);
            }
            let package = env::var("CARGO_PKG_NAME").unwrap_or_default().replace('-', "_");
            cc.try_compile(&format!("{package}_c"))
                .map_err(|error| error.to_string())
                .map_err(Error::tool("cc"))?;
        }
        Ok(())
    }
}

fn watch(file: &Path) {
    println!("cargo::rerun-if-changed={}", file.display());
}
