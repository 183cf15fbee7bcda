//! Tokens → a function. Its body stays tokens: it is compiled as it is, so `rustc` words what is
//! wrong in it, and a build pays for parsing it once only.

use proc_macro2::{Delimiter, Group, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Safety, Signature, Token, Visibility};

/// A function as written.
pub struct ItemFn {
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its visibility.
    pub visibility: Visibility,
    /// Everything up to the body.
    pub signature: Signature,
    /// The body with its braces; `None` for a declaration.
    pub body: Option<Group>,
}

impl Parse for ItemFn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        // `syn` knows `safe` in `extern` blocks alone; here it is a mistake to be told.
        let safe: Option<Token![safe]> = input.parse()?;
        let mut signature: Signature = input.parse()?;
        if let Some(token) = safe {
            signature.safety = Safety::Safe(token);
        }
        let body = if input.parse::<Option<Token![;]>>()?.is_some() {
            None
        } else {
            let content;
            let braces = syn::braced!(content in input);
            let mut body = Group::new(Delimiter::Brace, content.parse::<TokenStream>()?);
            body.set_span(braces.span.join());
            Some(body)
        };
        Ok(ItemFn { attributes, visibility, signature, body })
    }
}
