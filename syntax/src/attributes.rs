//! Where each attribute of an item goes: to the function that users see, to the declaration of
//! the C function inside it, or to the macro itself.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Ident, LitStr, Meta};

/// The attributes of a foreign function.
#[derive(Default)]
pub struct FnAttributes {
    /// For the function that users see: docs, `cfg`, `must_use`, …
    pub outer: TokenStream,
    /// For the C declaration: `link_name` and its like.
    pub inner: TokenStream,
    /// `allow`s, which must also follow the `deny` that stands before the C declaration.
    pub allows: TokenStream,
    /// The options: every `#[foreign_call(…)]`.
    pub options: Vec<Attribute>,
    /// `#[export_callback]`, which has no business here.
    pub misplaced: Vec<Attribute>,
    /// The symbol, where `link_name` gives one unconditionally.
    pub link_name: Option<LitStr>,
    /// Whether the user chose an `inline` of their own.
    pub inline: bool,
    /// `#[cfg_attr(…, foreign_call(…))]`: options can't depend on a configuration.
    pub conditional_options: Vec<Attribute>,
}

/// Sorts the attributes of a foreign function.
pub fn of_function(attributes: Vec<Attribute>) -> FnAttributes {
    let mut sorted = FnAttributes::default();
    for attribute in attributes {
        let name = last_name(&attribute);
        match name.as_str() {
            "foreign_call" => sorted.options.push(attribute),
            "export_callback" => sorted.misplaced.push(attribute),
            name if is_linkage(name) => {
                if let Meta::NameValue(pair) = &attribute.meta
                    && let syn::Expr::Lit(literal) = &pair.value
                    && let syn::Lit::Str(symbol) = &literal.lit
                {
                    sorted.link_name = Some(symbol.clone());
                }
                attribute.to_tokens(&mut sorted.inner);
            }
            "cfg_attr" => {
                let split = split_cfg_attr(&attribute, is_linkage);
                if split.names.iter().any(|name| name == "foreign_call") {
                    sorted.conditional_options.push(attribute);
                } else {
                    sorted.inline |= split.names.iter().any(|name| name == "inline");
                    split.picked.to_tokens(&mut sorted.inner);
                    split.rest.to_tokens(&mut sorted.outer);
                }
            }
            name => {
                sorted.inline |= name == "inline";
                if name == "allow" {
                    attribute.to_tokens(&mut sorted.allows);
                }
                attribute.to_tokens(&mut sorted.outer);
            }
        }
    }
    sorted
}

/// The attributes of an `extern` block.
#[derive(Default)]
pub struct BlockAttributes {
    /// For everything that comes out of the block: `cfg` and lint levels.
    pub every: TokenStream,
    /// `allow`s, as [`FnAttributes::allows`].
    pub allows: TokenStream,
    /// For the `extern` block that remains: `link` and whatever else.
    pub block: TokenStream,
    /// Whether `block` holds something that must not be lost when no item needs the block.
    pub keep_block: bool,
    /// A second `#[foreign_call]`.
    pub options: Vec<Attribute>,
}

/// Sorts the attributes of an `extern` block.
pub fn of_block(attributes: Vec<Attribute>) -> BlockAttributes {
    let mut sorted = BlockAttributes::default();
    for attribute in attributes {
        match last_name(&attribute).as_str() {
            "foreign_call" => sorted.options.push(attribute),
            name @ ("cfg" | "allow" | "warn" | "deny" | "forbid") => {
                if name == "allow" {
                    attribute.to_tokens(&mut sorted.allows);
                }
                attribute.to_tokens(&mut sorted.every);
            }
            // One expectation can't be met by each of many items.
            "expect" => {
                if let Meta::List(list) = &attribute.meta {
                    let lints = &list.tokens;
                    sorted.every.extend(quote!(#[allow(#lints)]));
                }
            }
            "cfg_attr" => {
                let split = split_cfg_attr(&attribute, |name| {
                    !matches!(name, "cfg" | "allow" | "warn" | "deny" | "forbid" | "expect")
                });
                sorted.keep_block |= split.picked.is_some();
                split.picked.to_tokens(&mut sorted.block);
                split.rest.to_tokens(&mut sorted.every);
            }
            name => {
                sorted.keep_block |= name != "doc";
                attribute.to_tokens(&mut sorted.block);
            }
        }
    }
    sorted
}

/// The attributes of an argument: those that decide whether it exists, and all of them.
pub fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    let mut conditions = attributes.to_vec();
    conditions.retain(|attribute| {
        attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
    });
    conditions
}

/// The documentation.
pub fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// The last segment of an attribute's path, so that `callgate::foreign_call` is known as well.
pub fn last_name(attribute: &Attribute) -> String {
    attribute.path().segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// As [`last_name`], looking into `unsafe(…)`.
pub fn innermost_name(attribute: &Attribute) -> String {
    leading_name(&attribute.meta.to_token_stream())
}

fn is_linkage(name: &str) -> bool {
    matches!(name, "link_name" | "link_ordinal")
}

struct CfgAttr {
    picked: Option<TokenStream>,
    rest: Option<TokenStream>,
    names: Vec<String>,
}

/// Splits `#[cfg_attr(condition, a, b)]` by the names of `a` and `b`. Works on tokens: what
/// `rustc` accepts here and `syn` does not still passes through.
fn split_cfg_attr(attribute: &Attribute, pick: impl Fn(&str) -> bool) -> CfgAttr {
    let Meta::List(list) = &attribute.meta else {
        return CfgAttr { picked: None, rest: Some(quote!(#attribute)), names: Vec::new() };
    };
    let mut parts = split_at_commas(list.tokens.clone()).into_iter();
    let condition = parts.next().unwrap_or_default();
    let (mut picked, mut rest, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        let name = leading_name(&part);
        if pick(&name) { &mut picked } else { &mut rest }.push(part);
        names.push(name);
    }
    let some = |parts: Vec<TokenStream>| {
        (!parts.is_empty()).then(|| {
            let pound = attribute.pound_token;
            let content = quote!(cfg_attr(#condition, #(#parts),*));
            let mut brackets = Group::new(Delimiter::Bracket, content);
            brackets.set_span(attribute.bracket_token.span.join());
            quote!(#pound #brackets)
        })
    };
    CfgAttr { picked: some(picked), rest: some(rest), names }
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.extend([token]);
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// `b` of `a::b(…)`, looking into `unsafe(…)`.
fn leading_name(tokens: &TokenStream) -> String {
    let mut name: Option<Ident> = None;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => name = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Group(group) if name.as_ref().is_some_and(|name| name == "unsafe") => {
                return leading_name(&group.stream());
            }
            _ => break,
        }
    }
    name.map(|name| name.to_string()).unwrap_or_default()
}

/// `tokens` without the invisible groups that `macro_rules!` makes of fragments.
fn visible(tokens: &TokenStream) -> Vec<TokenTree> {
    let mut visible = Vec::new();
    for token in tokens.clone() {
        match &token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                visible.extend(self::visible(&group.stream()));
            }
            _ => visible.push(token),
        }
    }
    visible
}

/// Passes over attributes and a visibility to the first words of an item; used where an item is
/// of a kind that we only have to name.
pub fn item_words(item: &TokenStream) -> (Vec<String>, TokenStream) {
    let mut tokens = visible(item).into_iter().peekable();
    let mut words = Vec::new();
    let mut head = TokenStream::new();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!' && p.spacing() == Spacing::Alone)
                {
                    tokens.next();
                }
                tokens.next();
            }
            TokenTree::Ident(ident) if ident == "pub" => {
                if matches!(tokens.peek(), Some(TokenTree::Group(_))) {
                    tokens.next();
                }
            }
            TokenTree::Ident(ident) => {
                words.push(ident.to_string());
                head.extend([token]);
            }
            TokenTree::Literal(_) if words.last().is_some_and(|word| word == "extern") => {
                head.extend([token]);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                words.push("{".to_owned());
                break;
            }
            _ => break,
        }
    }
    (words, head)
}
