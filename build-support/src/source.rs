//! A crate's items, as they are for one configuration: its files, followed from the root through
//! `mod name;`.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, Fields, FnArg, ImplItem, Item, ItemMod, Lit, Meta, Signature};

use crate::{Configuration, Error};

/// An item and its file.
pub struct Located {
    /// The index of the file in [`Source::files`].
    pub file: usize,
    /// The item, without `cfg`s and with every `cfg_attr` resolved.
    pub item: Item,
}

/// What a crate is written of.
#[derive(Default)]
pub struct Source {
    /// The files that were read, the root first.
    pub files: Vec<PathBuf>,
    /// The items of all modules, in the order of their text.
    pub items: Vec<Located>,
}

impl Source {
    /// Reads the crate whose root is the file `root`.
    pub fn read(root: &Path, cfg: &Configuration) -> Result<Source, Error> {
        let mut source = Source::default();
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        source.file(root, &folder, cfg)?;
        Ok(source)
    }

    /// Reads a file whose modules' files lie in `folder`.
    fn file(&mut self, path: &Path, folder: &Path, cfg: &Configuration) -> Result<(), Error> {
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        let index = self.files.len();
        self.files.push(path.to_owned());
        let mut file = syn::parse_file(&text).map_err(|error| Error::source(path, &error))?;
        let wrong = |error| Error::source(path, &error);
        if !cfg.apply(&mut file.attrs).map_err(wrong)? {
            return Ok(());
        }
        self.items(file.items, index, folder, true, cfg)
    }

    /// Adds `items` of a file or, where `of_file` is false, of a module written out inside of one.
    fn items(
        &mut self,
        items: Vec<Item>,
        file: usize,
        folder: &Path,
        of_file: bool,
        cfg: &Configuration,
    ) -> Result<(), Error> {
        for mut item in items {
            if !configure(&mut item, cfg)
                .map_err(|error| Error::source(&self.files[file], &error))?
            {
                continue;
            }
            match item {
                Item::Mod(module) => self.module(module, file, folder, of_file, cfg)?,
                item => self.items.push(Located { file, item }),
            }
        }
        Ok(())
    }

    fn module(
        &mut self,
        module: ItemMod,
        file: usize,
        folder: &Path,
        of_file: bool,
        cfg: &Configuration,
    ) -> Result<(), Error> {
        let name = module.ident.to_string();
        let name = name.trim_start_matches("r#");
        let given = module.attrs.iter().find_map(path_attribute);
        if let Some((_, items)) = module.content {
            let folder = folder.join(given.as_deref().unwrap_or(name));
            return self.items(items, file, &folder, false, cfg);
        }
        if let Some(given) = given {
            // Beside the file itself, wherever its modules lie.
            let beside = if of_file { self.files[file].parent() } else { Some(folder) };
            let path = beside.unwrap_or(Path::new("")).join(given);
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            return self.file(&path, &folder, cfg);
        }
        let inside = folder.join(name);
        let path = folder.join(format!("{name}.rs"));
        let path = if path.exists() { path } else { inside.join("mod.rs") };
        self.file(&path, &inside, cfg)
    }
}

/// The value of `#[path = "…"]`.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match (&pair.value, pair.path.is_ident("path")) {
        (Expr::Lit(literal), true) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Resolves the `cfg`s of `item` and inside it; false if it is not there.
fn configure(item: &mut Item, cfg: &Configuration) -> syn::Result<bool> {
    let there = match item {
        Item::Const(item) => cfg.apply(&mut item.attrs)?,
        Item::Enum(item) => {
            retain(&mut item.variants, |variant| {
                fields(&mut variant.fields, cfg)?;
                cfg.apply(&mut variant.attrs)
            })?;
            cfg.apply(&mut item.attrs)?
        }
        Item::Fn(item) => {
            signature(&mut item.sig, cfg)?;
            cfg.apply(&mut item.attrs)?
        }
        Item::Impl(item) => {
            let mut kept = Vec::new();
            for mut item in std::mem::take(&mut item.items) {
                let there = match &mut item {
                    ImplItem::Fn(function) => {
                        signature(&mut function.sig, cfg)?;
                        cfg.apply(&mut function.attrs)?
                    }
                    _ => true,
                };
                kept.extend(there.then_some(item));
            }
            item.items = kept;
            cfg.apply(&mut item.attrs)?
        }
        Item::Mod(item) => cfg.apply(&mut item.attrs)?,
        Item::Struct(item) => {
            fields(&mut item.fields, cfg)?;
            cfg.apply(&mut item.attrs)?
        }
        Item::Type(item) => cfg.apply(&mut item.attrs)?,
        Item::Union(item) => {
            retain(&mut item.fields.named, |field| cfg.apply(&mut field.attrs))?;
            cfg.apply(&mut item.attrs)?
        }
        // Nothing of these is ever in a header.
        _ => false,
    };
    Ok(there)
}

fn fields(fields: &mut Fields, cfg: &Configuration) -> syn::Result<()> {
    match fields {
        Fields::Named(fields) => retain(&mut fields.named, |field| cfg.apply(&mut field.attrs)),
        Fields::Unnamed(fields) => retain(&mut fields.unnamed, |field| cfg.apply(&mut field.attrs)),
        Fields::Unit => Ok(()),
    }
}

fn signature(signature: &mut Signature, cfg: &Configuration) -> syn::Result<()> {
    retain(&mut signature.inputs, |input| match input {
        FnArg::Receiver(input) => cfg.apply(&mut input.attrs),
        FnArg::Typed(input) => cfg.apply(&mut input.attrs),
    })
}

type List<T> = syn::punctuated::Punctuated<T, syn::Token![,]>;

fn retain<T>(
    list: &mut List<T>,
    mut keep: impl FnMut(&mut T) -> syn::Result<bool>,
) -> syn::Result<()> {
    let mut kept = List::new();
    for mut item in std::mem::take(list) {
        if keep(&mut item)? {
            kept.push(item);
        }
    }
    *list = kept;
    Ok(())
}
