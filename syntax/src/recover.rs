//! Going on after an item that doesn't parse.

use proc_macro2::{Delimiter, TokenTree};
use syn::Token;
use syn::parse::ParseStream;

/// Passes over the rest of an item: to its `;`, or to the end of its body.
pub fn skip_item(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            break;
        }
        if let TokenTree::Group(group) = input.parse()?
            && group.delimiter() == Delimiter::Brace
        {
            break;
        }
    }
    Ok(())
}
