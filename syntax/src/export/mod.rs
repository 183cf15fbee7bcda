//! `#[export_callback]`: a Rust function that C may call from any thread.
//!
//! parse (`item_fn`) → model → check → expand, as for `#[foreign_call]`.

mod check;
mod expand;
mod item_impl;
mod methods;
pub(crate) mod model;
mod on_error;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::item_kind::{ItemKind, item_kind};
use model::Callback;

/// Expands `#[export_callback(options)]` on `item`.
pub fn export_callback(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diags = Diagnostics::default();
    let expansion = match model(options, item, &mut diags) {
        Model::Function(callback) => {
            callback.as_deref().map_or_else(TokenStream::new, expand::callback)
        }
        Model::Block(block) => block.expand(),
        Model::None(item) => item,
    };
    let errors = diags.into_tokens();
    quote::quote!(#errors #expansion)
}

/// What C sees of `item` under `#[export_callback(options)]`, an attribute that is no longer in the
/// item. The items' `cfg`s are for the caller to judge. A function whose [`Callback::verdict`] is not
/// [`Fine`](crate::Verdict::Fine) has errors.
///
/// # Errors
/// Everything that the attribute would report.
pub fn callbacks(options: TokenStream, item: TokenStream) -> (Vec<Callback>, Vec<syn::Error>) {
    let mut diags = Diagnostics::default();
    let callbacks = match model(options, item, &mut diags) {
        Model::Function(callback) => callback.map(|callback| *callback).into_iter().collect(),
        Model::Block(block) => block.callbacks,
        Model::None(_) => Vec::new(),
    };
    (callbacks, diags.into_errors())
}

enum Model {
    Function(Option<Box<Callback>>),
    Block(methods::Block),
    /// The item can't be exported; this is what is left of it.
    None(TokenStream),
}

fn model(options: TokenStream, item: TokenStream, diags: &mut Diagnostics) -> Model {
    let (kind, at) = item_kind(&item);
    let model = match kind {
        ItemKind::Function => syn::parse2::<ItemFn>(item)
            .map(|parsed| Model::Function(check::callback(parsed, options, diags).map(Box::new))),
        ItemKind::Impl => (|input: ParseStream| item_impl::parse(input, diags))
            .parse2(item)
            .map(|parsed| Model::Block(methods::model(parsed, options, diags))),
        other => {
            misplaced(other, at, diags);
            Ok(Model::None(item))
        }
    };
    model.unwrap_or_else(|error| {
        diags.syntax(error);
        Model::None(TokenStream::new())
    })
}

fn misplaced(kind: ItemKind, at: TokenStream, diags: &mut Diagnostics) {
    let (what, help) = match kind {
        ItemKind::ExternBlock => (
            "an `extern` block",
            "to call the C functions that the block declares, write `#[foreign_call]`",
        ),
        ItemKind::Other(what) => (what, "put it on a `fn` with a body, or on an `impl` block"),
        ItemKind::Function | ItemKind::Impl => return,
    };
    diags.error(
        at,
        format_args!(
            "`#[export_callback]` belongs on a function or an `impl` block, not on {what}"
        ),
        help,
    );
}
