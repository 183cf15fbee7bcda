//! The functions that a crate exports, by the macros' own model.

use std::path::{Path, PathBuf};

use callgate_syntax::{Callback, Panic, Verdict};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Ident, Item, Meta};

use crate::Error;
use crate::source::Source;

/// An exported function, as C sees it.
pub struct Export {
    /// Its symbol.
    pub symbol: String,
    /// The file of the Rust item.
    pub file: PathBuf,
    /// The line of the item's name, from 1.
    pub line: usize,
    /// `extern "C" fn symbol(…) -> …`, for cbindgen: arguments and result are what C passes.
    pub declaration: TokenStream,
    /// The documentation, a line each, and what C has to know of errors and panics.
    pub docs: Vec<String>,
    /// Whether it leaves texts of errors for C.
    pub leaves_errors: bool,
}

/// The exports of `source`, and what is wrong with those that are left out: so are those of the ABI `system` where
/// that isn't C's.
pub fn exports(source: &Source, system_is_not_c: bool) -> (Vec<Export>, Vec<Error>) {
    let mut exports = Vec::new();
    let mut errors = Vec::new();
    for located in &source.items {
        let mut item = located.item.clone();
        let attributes = match &mut item {
            Item::Fn(item) => &mut item.attrs,
            Item::Impl(item) => &mut item.attrs,
            _ => continue,
        };
        let Some(at) = attributes.iter().position(is_export) else { continue };
        let options = match attributes.remove(at).meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let file = &source.files[located.file];
        let (callbacks, wrong) = callgate_syntax::callbacks(options, item.into_token_stream());
        errors.extend(wrong.iter().map(|error| Error::source(file, error)));
        for callback in &callbacks {
            match export(callback, file, system_is_not_c) {
                Ok(export) => exports.extend(export),
                Err(error) => errors.push(error),
            }
        }
    }
    (exports, errors)
}

fn is_export(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "export_callback")
}

/// `None` of a function that has no symbol, or whose errors are told already.
fn export(
    callback: &Callback,
    file: &Path,
    system_is_not_c: bool,
) -> Result<Option<Export>, Error> {
    let Some(symbol) = callback.symbol.as_ref().filter(|_| callback.verdict == Verdict::Fine)
    else {
        return Ok(None);
    };
    let symbol = symbol.value();
    let line = callback.signature.name.span().start().line;
    let abi = callback.abi.value();
    // By others, a plain prototype would call it wrongly.
    let is_c = match abi.as_str() {
        "C" | "C-unwind" => true,
        "system" | "system-unwind" => !system_is_not_c,
        _ => false,
    };
    if !is_c {
        let message = format!(
            "`{symbol}` is of the ABI \"{abi}\", which a C header can't say: write `extern \"C\"`, or \
             `private` and pass the function as a pointer"
        );
        return Err(Error::Source { path: file.to_owned(), line, message });
    }
    let signature = &callback.signature;
    // A name that is a keyword of Rust's.
    let name: Ident = syn::parse_str(&symbol)
        .unwrap_or_else(|_| Ident::new_raw(&symbol, proc_macro2::Span::call_site()));
    let args = signature.args.iter().map(|arg| {
        let (name, ty) = (&arg.name, &arg.ty);
        quote!(#name: #ty)
    });
    let (generics, arrow) = (&signature.generics, signature.ret.arrow());
    Ok(Some(Export {
        line,
        file: file.to_owned(),
        declaration: quote!(pub extern "C" fn #name #generics (#(#args),*) #arrow {}),
        docs: docs(callback),
        leaves_errors: callback.error.is_some(),
        symbol,
    }))
}

fn docs(callback: &Callback) -> Vec<String> {
    let mut docs: Vec<String> = callback.docs.iter().flat_map(doc_lines).collect();
    let mut notes = Vec::new();
    if let Some(error) = &callback.error {
        let returns = returning(error.value.as_ref().map(text));
        notes.push(format!(" On failure it {returns}; callgate_last_error() says why."));
    }
    match &callback.panic {
        Panic::Abort => {}
        Panic::Unwind => notes.push(" A panic drops the C frames that called it.".to_owned()),
        Panic::Return(value) => {
            notes.push(format!(" After a panic it {}.", returning(value.as_ref().map(text))));
        }
    }
    if !docs.is_empty() && !notes.is_empty() {
        docs.push(String::new());
    }
    docs.extend(notes);
    docs
}

fn returning(value: Option<String>) -> String {
    value.map_or_else(|| "returns".to_owned(), |value| format!("returns {value}"))
}

/// A value as C programmers read it; what Rust alone can say stays Rust.
fn text(value: &syn::Expr) -> String {
    let text = value.to_token_stream().to_string().replace("- ", "-").replace(" :: ", "::");
    let null = text.ends_with("::null()") || text.ends_with("::null_mut()");
    let null = null || text.ends_with("::null ()") || text.ends_with("::null_mut ()");
    if null { "NULL".to_owned() } else { text.replace(" (", "(") }
}

fn doc_lines(attribute: &Attribute) -> Vec<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return Vec::new() };
    let syn::Expr::Lit(literal) = &pair.value else { return Vec::new() };
    let syn::Lit::Str(text) = &literal.lit else { return Vec::new() };
    // It would end the comment.
    text.value().split('\n').map(|line| line.replace("*/", "* /")).collect()
}
