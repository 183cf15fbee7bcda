//! The types and constants that exported functions name, as Rust text that cbindgen can read.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, Type};

use crate::Error;
use crate::exports::Export;
use crate::source::{Located, Source};

/// What stands for callgate's own types in C.
const OURS: &[(&str, &str)] =
    &[("Handle", "#[repr(transparent)] pub struct Handle<T>(usize, PhantomData<T>);")];

/// The items that the signatures of `exports` lead to, in the order of `source`, and then the
/// declarations of `exports`.
///
/// # Errors
/// If two items of one name might be meant: C has no modules.
pub fn declarations(source: &Source, exports: &[Export]) -> Result<String, Error> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, located) in source.items.iter().enumerate() {
        if let Some(name) = name(&located.item) {
            by_name.entry(name).or_default().push(index);
        }
    }
    let mut wanted = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut queue = Vec::new();
    exports.iter().for_each(|export| idents(export.declaration.clone(), &mut queue));
    while let Some(ident) = queue.pop() {
        let Some(found) = by_name.get(&ident) else {
            met.insert(ident);
            continue;
        };
        if let [first, second, ..] = found[..] {
            return Err(ambiguous(source, &ident, first, second));
        }
        if wanted.insert(found[0]) {
            idents(inside(&source.items[found[0]].item), &mut queue);
        }
    }
    let pointers = pointers(source);
    let written = wanted.into_iter().map(|index| written(&source.items[index]));
    let mut text: String = written.map(|tokens| line_of(tokens, &pointers)).collect();
    for (name, item) in OURS {
        if met.contains(*name) {
            text.push_str(item);
            text.push('\n');
        }
    }
    for export in exports {
        for line in &export.docs {
            text.push_str(&format!("///{line}\n"));
        }
        text.push_str("#[unsafe(no_mangle)] ");
        text.push_str(&line_of(export.declaration.clone(), &pointers));
    }
    Ok(text)
}

/// The aliases of types that have a null: in C, an `Option` of one is the same type.
fn pointers(source: &Source) -> BTreeSet<String> {
    let alias = |located: &Located| match &located.item {
        Item::Type(alias) if matches!(*alias.ty, Type::FnPtr(_) | Type::Reference(_)) => {
            Some(alias.ident.to_string())
        }
        _ => None,
    };
    source.items.iter().filter_map(alias).collect()
}

/// `tokens` as a line, without the `Option`s of `pointers`, which cbindgen would take for structs.
fn line_of(tokens: TokenStream, pointers: &BTreeSet<String>) -> String {
    format!("{}\n", without_options(tokens, pointers))
}

fn without_options(tokens: TokenStream, pointers: &BTreeSet<String>) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = &tokens[..];
    let mut kept = TokenStream::new();
    while let [first, more @ ..] = rest {
        rest = more;
        if let [TokenTree::Punct(open), TokenTree::Ident(name), TokenTree::Punct(close), after @ ..] =
            more
            && matches!(first, TokenTree::Ident(option) if option == "Option")
            && (open.as_char(), close.as_char()) == ('<', '>')
            && pointers.contains(&name.to_string())
        {
            kept.extend([TokenTree::Ident(name.clone())]);
            rest = after;
            continue;
        }
        kept.extend([match first {
            TokenTree::Group(group) => {
                let inside = without_options(group.stream(), pointers);
                TokenTree::Group(Group::new(group.delimiter(), inside))
            }
            other => other.clone(),
        }]);
    }
    kept
}

fn ambiguous(source: &Source, name: &str, first: usize, second: usize) -> Error {
    let at = |index: usize| {
        let Located { file, item } = &source.items[index];
        (source.files[*file].clone(), line(item))
    };
    let ((path, line), (other, other_line)) = (at(second), at(first));
    let message = format!(
        "a second type `{name}`, after {}:{other_line}: C has no modules, so a header can't have both",
        other.display()
    );
    Error::Source { path, line, message }
}

fn line(item: &Item) -> usize {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return 0,
    };
    ident.span().start().line
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The tokens of an item in which other items are named, as far as C sees them.
fn inside(item: &Item) -> TokenStream {
    match item {
        Item::Const(item) => item.expr.to_token_stream(),
        // C sees nothing of the inside.
        Item::Struct(item) if !has_layout(&item.attrs) => TokenStream::new(),
        Item::Enum(item) if !has_layout(&item.attrs) => TokenStream::new(),
        Item::Union(item) if !has_layout(&item.attrs) => TokenStream::new(),
        Item::Struct(item) => item.fields.to_token_stream(),
        Item::Enum(item) => item.variants.to_token_stream(),
        Item::Union(item) => item.fields.to_token_stream(),
        Item::Type(item) => item.ty.to_token_stream(),
        _ => TokenStream::new(),
    }
}

fn has_layout(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("repr"))
}

fn written(located: &Located) -> TokenStream {
    let mut item = located.item.clone();
    if let Item::Const(item) = &mut item {
        // cbindgen reads public ones alone.
        item.vis = syn::parse_quote!(pub);
    }
    item.into_token_stream()
}

fn idents(tokens: TokenStream, into: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => into.push(ident.to_string()),
            TokenTree::Group(group) => idents(group.stream(), into),
            _ => {}
        }
    }
}
