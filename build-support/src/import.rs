//! C headers in: bindgen's declarations, made callable from Gs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bindgen::callbacks::ParseCallbacks;
use bindgen::{EnumVariation, Formatter, RustEdition, RustTarget};
use proc_macro2::TokenStream;
use syn::{Attribute, ForeignItem, Item, ItemForeignMod};

use crate::Error;

/// Makes a `#[foreign_call]` block, with the types that it needs, of a C header.
///
/// libclang reads the header, by [bindgen](https://docs.rs/bindgen); where it isn't found, say where it
/// is by `LIBCLANG_PATH`. The text is for a module:
///
/// ```no_run
/// // build.rs
/// use callgate_build::{Build, Import};
///
/// let zlib = Import::new("zlib.h")
///     .functions("crc32|(in|de)flate.*")
///     .options("crc32", "leaf")
///     .options("gzopen", "errno");
/// Build::new().import("zlib", zlib).run();
/// ```
/// ```text
/// mod zlib {
///     include!(concat!(env!("OUT_DIR"), "/zlib.rs"));
/// }
/// ```
///
/// A variadic function needs its types, `.options("printf", "variadic(c_int)")`. One without them is
/// left out, and the text says so at its head.
#[derive(Clone, Debug)]
pub struct Import {
    header: String,
    clang: Vec<String>,
    functions: Vec<String>,
    types: Vec<String>,
    variables: Vec<String>,
    blocked: Vec<String>,
    defaults: String,
    options: BTreeMap<String, String>,
}

/// A header that was imported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The Rust text.
    pub text: String,
    /// The header and all that it includes.
    pub sources: Vec<PathBuf>,
    /// Variadic functions without types, which are left out.
    pub left_out: Vec<String>,
}

impl Import {
    /// Of a header, as a path or as C includes it: `zlib.h`.
    #[must_use]
    pub fn new(header: impl Into<String>) -> Self {
        Import {
            header: header.into(),
            clang: Vec::new(),
            functions: Vec::new(),
            types: Vec::new(),
            variables: Vec::new(),
            blocked: Vec::new(),
            defaults: String::new(),
            options: BTreeMap::new(),
        }
    }

    /// Imports the functions whose whole name a regular expression matches, and what they need. If
    /// nothing is said of functions, types or variables, all that the header declares is imported,
    /// with what it includes.
    #[must_use]
    pub fn functions(mut self, names: impl Into<String>) -> Self {
        self.functions.push(names.into());
        self
    }

    /// As [`functions`](Self::functions), for types.
    #[must_use]
    pub fn types(mut self, names: impl Into<String>) -> Self {
        self.types.push(names.into());
        self
    }

    /// As [`functions`](Self::functions), for variables and constants.
    #[must_use]
    pub fn variables(mut self, names: impl Into<String>) -> Self {
        self.variables.push(names.into());
        self
    }

    /// Leaves out what a regular expression matches, even where something needs it.
    #[must_use]
    pub fn block(mut self, names: impl Into<String>) -> Self {
        self.blocked.push(names.into());
        self
    }

    /// Gives the function `name` options of `#[foreign_call]`, as that attribute writes them.
    #[must_use]
    pub fn options(mut self, name: impl Into<String>, options: impl Into<String>) -> Self {
        self.options.insert(name.into(), options.into());
        self
    }

    /// Gives all functions that have none of their own these options.
    #[must_use]
    pub fn default_options(mut self, options: impl Into<String>) -> Self {
        self.defaults = options.into();
        self
    }

    /// Looks for headers in `folder`.
    #[must_use]
    pub fn include(self, folder: impl AsRef<Path>) -> Self {
        self.clang(format!("-I{}", folder.as_ref().display()))
    }

    /// Gives clang an argument.
    #[must_use]
    pub fn clang(mut self, argument: impl Into<String>) -> Self {
        self.clang.push(argument.into());
        self
    }

    /// Makes the text.
    ///
    /// # Errors
    /// If there is no libclang, the header doesn't compile, options don't parse, or a function with
    /// options isn't there.
    pub fn generate(&self) -> Result<Imported, Error> {
        let sources = Rc::new(RefCell::new(BTreeSet::new()));
        let text = self.declarations(Box::new(Files(Rc::clone(&sources))))?;
        let file =
            syn::parse_file(&text).map_err(|error| Error::tool("bindgen")(error.to_string()))?;
        let mut left_out = Vec::new();
        let mut used = BTreeSet::new();
        let mut items = Vec::new();
        for item in file.items {
            match item {
                Item::ForeignMod(block) => {
                    items.extend(
                        self.foreign(block, &mut used, &mut left_out)?.map(Item::ForeignMod),
                    );
                }
                item => items.push(item),
            }
        }
        if let Some(name) = self.options.keys().find(|name| !used.contains(*name)) {
            let message = format!("options are given for `{name}`, which is not imported");
            return Err(Error::tool("import")(message));
        }
        let mut text = format!("// Made of {} by callgate: change it there.\n", self.header);
        for name in &left_out {
            text.push_str(&format!(
                "// Left out: `{name}`, which is variadic and has no types given.\n"
            ));
        }
        text.push_str(&prettyplease::unparse(&syn::File { items, ..file }));
        let sources = sources.borrow().iter().cloned().collect();
        Ok(Imported { text, sources, left_out })
    }

    fn declarations(&self, files: Box<Files>) -> Result<String, Error> {
        let text = format!("#include \"{}\"\n", self.header);
        let target = RustTarget::stable(85, 0).map_err(|error| error.to_string());
        let mut builder = bindgen::Builder::default()
            .rust_target(target.map_err(Error::tool("bindgen"))?)
            .header_contents("callgate-import.h", &text)
            .parse_callbacks(files)
            .clang_args(&self.clang)
            // So that a path is one from here.
            .clang_arg("-I.")
            .rust_edition(RustEdition::Edition2024)
            .default_enum_style(EnumVariation::Consts)
            // As C calls them.
            .prepend_enum_name(false)
            .use_core()
            .layout_tests(false)
            .merge_extern_blocks(true)
            .disable_header_comment()
            .formatter(Formatter::None);
        for names in &self.functions {
            builder = builder.allowlist_function(names);
        }
        for names in &self.types {
            builder = builder.allowlist_type(names);
        }
        for names in &self.variables {
            builder = builder.allowlist_var(names);
        }
        for names in &self.blocked {
            builder = builder.blocklist_item(names);
        }
        let bindings = builder.generate().map_err(|error| error.to_string());
        bindings.map(|bindings| bindings.to_string()).map_err(Error::tool("bindgen"))
    }

    /// Puts the attribute on a block, and options on its functions.
    fn foreign(
        &self,
        mut block: ItemForeignMod,
        used: &mut BTreeSet<String>,
        left_out: &mut Vec<String>,
    ) -> Result<Option<ItemForeignMod>, Error> {
        let mut items = Vec::new();
        for mut item in std::mem::take(&mut block.items) {
            if let ForeignItem::Fn(function) = &mut item {
                let name = function.sig.ident.to_string();
                let name = name.trim_start_matches("r#").to_owned();
                let options = self.options.get(&name);
                if function.sig.variadic.is_some()
                    && !options.is_some_and(|options| options.contains("variadic"))
                {
                    left_out.push(name);
                    continue;
                }
                if let Some(options) = options {
                    function.attrs.push(attribute(options)?);
                    used.insert(name);
                }
            }
            items.push(item);
        }
        if items.is_empty() {
            return Ok(None);
        }
        block.items = items;
        block.attrs.insert(0, attribute(&self.defaults)?);
        Ok(Some(block))
    }
}

fn attribute(options: &str) -> Result<Attribute, Error> {
    let wrong = |error: String| {
        Error::tool("import")(format!("`{options}` can't be options of `#[foreign_call]`: {error}"))
    };
    let tokens: TokenStream =
        options.parse().map_err(|error: proc_macro2::LexError| wrong(error.to_string()))?;
    Ok(if tokens.is_empty() {
        syn::parse_quote!(#[::callgate::foreign_call])
    } else {
        syn::parse_quote!(#[::callgate::foreign_call(#tokens)])
    })
}

/// Hears which files clang reads.
#[derive(Debug)]
struct Files(Rc<RefCell<BTreeSet<PathBuf>>>);

impl ParseCallbacks for Files {
    fn include_file(&self, file: &str) {
        self.0.borrow_mut().insert(PathBuf::from(file));
    }

    fn header_file(&self, file: &str) {
        if Path::new(file).exists() {
            self.0.borrow_mut().insert(PathBuf::from(file));
        }
    }
}
