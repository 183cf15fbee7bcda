//! Tokens → the items of an `extern` block. An item that doesn't parse is reported and passed
//! over, so the rest of the block is still checked.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Abi, AttrStyle, Attribute, ForeignItem, Token};

use crate::diagnostics::Diagnostics;

/// An `extern` block as written.
pub struct Parsed {
    /// The outer and inner attributes.
    pub attributes: Vec<Attribute>,
    /// `unsafe`, where it is there.
    pub unsafety: Option<Token![unsafe]>,
    /// `extern "C"`
    pub abi: Abi,
    /// What is in it.
    pub items: Vec<ForeignItem>,
}

/// Parses an `extern` block.
pub fn block(item: TokenStream, diags: &mut Diagnostics) -> syn::Result<Parsed> {
    let parser = |input: ParseStream| {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let unsafety = input.parse()?;
        let abi = input.parse()?;
        let content;
        syn::braced!(content in input);
        // What is written inside the block also goes to items outside of it.
        for mut inner in content.call(Attribute::parse_inner)? {
            inner.style = AttrStyle::Outer;
            attributes.push(inner);
        }
        let mut items = Vec::new();
        while !content.is_empty() {
            let ahead = content.fork();
            match ForeignItem::parse(&ahead) {
                Ok(_) => items.push(content.parse()?),
                Err(error) => {
                    diags.syntax(error);
                    crate::recover::skip_item(&content)?;
                }
            }
        }
        Ok(Parsed { attributes, unsafety, abi, items })
    };
    parser.parse2(item)
}
