//! Tokens → an `impl` block. The bodies of its methods stay tokens, as those of functions do.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, ImplItem, Token, Type, WhereClause};

use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;

/// An `impl` block as written.
pub struct ItemImpl {
    /// Its outer attributes.
    pub attributes: Vec<Attribute>,
    /// `unsafe`, where it is there.
    pub unsafety: Option<Token![unsafe]>,
    /// `impl`
    pub impl_token: Token![impl],
    /// What follows `impl` in angle brackets.
    pub generics: Generics,
    /// `Trait for`, where it is there.
    pub of_trait: Option<(TokenStream, Token![for])>,
    /// The type.
    pub ty: Type,
    /// The where clause.
    pub clause: Option<WhereClause>,
    /// The attributes inside the braces.
    pub inner: Vec<Attribute>,
    /// Its items.
    pub items: Vec<Item>,
}

/// An item of an `impl` block.
pub enum Item {
    /// A method or an associated function.
    Fn(Box<ItemFn>),
    /// Anything else, which passes through.
    Other(TokenStream),
}

/// Parses an `impl` block. An item that doesn't parse is reported and passed over.
pub fn parse(input: ParseStream, diags: &mut Diagnostics) -> syn::Result<ItemImpl> {
    let attributes = input.call(Attribute::parse_outer)?;
    let unsafety = input.parse()?;
    let impl_token = input.parse()?;
    let generics = if input.peek(Token![<]) && !input.peek2(Token![<]) {
        input.parse()?
    } else {
        Generics::default()
    };
    let mut of_trait = None;
    let bang: Option<Token![!]> = input.parse()?;
    let mut ty: Type = input.parse()?;
    if let Some(for_token) = input.parse::<Option<Token![for]>>()? {
        let mut name = bang.to_token_stream();
        ty.to_tokens(&mut name);
        of_trait = Some((name, for_token));
        ty = input.parse()?;
    }
    let clause = input.parse()?;
    let content;
    syn::braced!(content in input);
    let inner = content.call(Attribute::parse_inner)?;
    let mut items = Vec::new();
    while !content.is_empty() {
        match item(&content) {
            Ok(item) => items.push(item),
            Err(error) => {
                diags.syntax(error);
                crate::recover::skip_item(&content)?;
            }
        }
    }
    Ok(ItemImpl { attributes, unsafety, impl_token, generics, of_trait, ty, clause, inner, items })
}

fn item(input: ParseStream) -> syn::Result<Item> {
    let ahead = input.fork();
    let function = ItemFn::parse(&ahead);
    if let Ok(function) = function {
        input.advance_to(&ahead);
        return Ok(Item::Fn(Box::new(function)));
    }
    let other = input.fork();
    match ImplItem::parse(&other) {
        Ok(item) => {
            input.advance_to(&other);
            Ok(Item::Other(item.to_token_stream()))
        }
        Err(error) => Err(function.err().filter(|_| looks_like_fn(input)).unwrap_or(error)),
    }
}

/// Whether what doesn't parse was meant to be a function: then its own error is the better one.
fn looks_like_fn(input: ParseStream) -> bool {
    let tokens: TokenStream = input.fork().parse().unwrap_or_default();
    let (words, _) = crate::attributes::item_words(&tokens);
    words.iter().any(|word| word == "fn")
}
