//! `#[export_callback]`: a Rust function that C may call from any thread.
//!
//! parse (`item_fn`) → model → check → expand, as for `#[foreign_call]`.

mod check;
mod expand;
mod item_impl;
mod methods;
mod model;
mod on_error;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::item_kind::{ItemKind, item_kind};

/// Expands `#[export_callback(options)]` on `item`.
pub fn export_callback(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diags = Diagnostics::default();
    let (kind, at) = item_kind(&item);
    let expansion = match kind {
        ItemKind::Function => {
            let parsed = syn::parse2::<ItemFn>(item);
            parsed.map(|parsed| function(parsed, options, &mut diags))
        }
        ItemKind::Impl => {
            let parsed = (|input: ParseStream| item_impl::parse(input, &mut diags)).parse2(item);
            parsed.map(|parsed| methods::block(parsed, options, &mut diags))
        }
        other => {
            misplaced(other, at, &mut diags);
            Ok(item)
        }
    };
    let expansion = expansion.unwrap_or_else(|error| {
        diags.syntax(error);
        TokenStream::new()
    });
    let errors = diags.into_tokens();
    quote::quote!(#errors #expansion)
}

fn function(parsed: ItemFn, options: TokenStream, diags: &mut Diagnostics) -> TokenStream {
    let callback = check::callback(parsed, options, diags);
    callback.as_ref().map_or_else(TokenStream::new, expand::callback)
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
