//! `#[export_callback]`: a Rust function that C may call from any thread.
//!
//! parse (`item_fn`) → model → check → expand, as for `#[foreign_call]`.

mod check;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::item_kind::{ItemKind, item_kind};

/// Expands `#[export_callback(options)]` on `item`.
pub fn export_callback(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diags = Diagnostics::default();
    let (kind, at) = item_kind(&item);
    if kind != ItemKind::Function {
        misplaced(kind, at, &mut diags);
        let errors = diags.into_tokens();
        return quote::quote!(#errors #item);
    }
    let expansion = match syn::parse2::<ItemFn>(item) {
        Ok(parsed) => check::callback(parsed, options, &mut diags)
            .as_ref()
            .map_or_else(TokenStream::new, expand::callback),
        Err(error) => {
            diags.syntax(error);
            TokenStream::new()
        }
    };
    let errors = diags.into_tokens();
    quote::quote!(#errors #expansion)
}

fn misplaced(kind: ItemKind, at: TokenStream, diags: &mut Diagnostics) {
    let (what, help) = match kind {
        ItemKind::ExternBlock => (
            "an `extern` block",
            "to call the C functions that the block declares, write `#[foreign_call]`",
        ),
        ItemKind::Impl => (
            "an `impl` block: methods are not supported yet as callbacks",
            "write a plain function that takes `this: *mut T`",
        ),
        ItemKind::Other(what) => (what, "put it on a `fn` with a body"),
        ItemKind::Function => return,
    };
    diags.error(
        at,
        format_args!("`#[export_callback]` belongs on a function, not on {what}"),
        help,
    );
}
