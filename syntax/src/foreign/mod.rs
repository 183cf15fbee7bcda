//! `#[foreign_call]`: an `extern` block whose functions can be called from a G.
//!
//! parse (tokens → items, with recovery) → model (plain data) → check (reports) → expand. The
//! model says what the C functions are and nothing about how they are called, so that a header
//! can be made of it as well.

mod check;
mod expand;
mod model;
mod parse;
mod variadic;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::item_kind::{ItemKind, item_kind};

/// Expands `#[foreign_call(options)]` on `item`.
pub fn foreign_call(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diags = Diagnostics::default();
    let (kind, at) = item_kind(&item);
    if kind != ItemKind::ExternBlock {
        misplaced(kind, at, &mut diags);
        let errors = diags.into_tokens();
        return quote::quote!(#errors #item);
    }
    let expansion = match parse::block(item, &mut diags) {
        Ok(parsed) => expand::block(&check::block(parsed, options, &mut diags)),
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
        ItemKind::Function => (
            "a function",
            "to call C, put it on the `unsafe extern \"C\" { … }` block that declares the function; \
             to be called by C, use `#[export_callback]`",
        ),
        ItemKind::Impl => ("an `impl` block", "put it on the block that declares the C functions"),
        ItemKind::Other(what) => (what, "put it on the block that declares the C functions"),
        ItemKind::ExternBlock => return,
    };
    diags.error(
        at,
        format_args!("`#[foreign_call]` belongs on an `extern` block, not on {what}"),
        help,
    );
}
