//! `#[callgate::main]`: `main` as the runtime's first G.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, Lit, Signature, UnOp};

use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::item_kind::{ItemKind, item_kind};
use crate::options::{self, Form, Given, Spec, Table, Value};

static OPTIONS: Table = Table {
    attribute: "`#[callgate::main]`",
    options: &[
        Spec { name: "procs", usage: "procs = 4", form: Form::Expression },
        Spec { name: "stack_size", usage: "stack_size = 64 * 1024", form: Form::Expression },
        Spec { name: "max_threads", usage: "max_threads = 512", form: Form::Expression },
    ],
};

/// Expands `#[callgate::main(options)]` on `item`.
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diags = Diagnostics::default();
    let expansion = match item_kind(&item) {
        (ItemKind::Function, _) => function(options, item, &mut diags).unwrap_or_else(|error| {
            diags.syntax(error);
            TokenStream::new()
        }),
        (kind, at) => {
            let what = match kind {
                ItemKind::ExternBlock => "an `extern` block",
                ItemKind::Impl => "an `impl` block",
                ItemKind::Other(what) => what,
                ItemKind::Function => "a function",
            };
            let message = format!("`#[callgate::main]` belongs on `fn main`, not on {what}");
            diags.error(at, message, "put it on `fn main() { … }`");
            item
        }
    };
    let errors = diags.into_tokens();
    quote!(#errors #expansion)
}

fn function(
    options: TokenStream,
    item: TokenStream,
    diags: &mut Diagnostics,
) -> syn::Result<TokenStream> {
    let ItemFn { attributes, visibility, signature, body } = syn::parse2(item)?;
    for second in attributes.iter().filter(|attribute| is_ours(attribute)) {
        diags.error(
            second,
            "`#[callgate::main]` is given twice",
            "write all options in one: `#[callgate::main(procs = 4, max_threads = 512)]`",
        );
    }
    check_signature(&signature, diags);
    if body.is_none() {
        diags.error(&signature, "`main` needs a body", "write `fn main() { … }`");
    }
    let settings = settings(options, diags);
    if diags.count() > 0 {
        let attributes = attributes.iter().filter(|attribute| !is_ours(attribute));
        return Ok(if signature.ident == "main" {
            // Without the body there are no errors but ours, and with a `main` there is none about
            // its absence.
            quote!(#(#attributes)* #visibility fn main() {})
        } else {
            quote!(#(#attributes)* #visibility #signature #body)
        });
    }
    let here = Span::mixed_site();
    let Signature { fn_token, ident, output, .. } = &signature;
    Ok(quote_spanned! {here=>
        #(#attributes)*
        #visibility #fn_token #ident() #output {
            fn _callgate_main() #output #body
            ::callgate::__private::main(::callgate::Builder::new() #(#settings)*, _callgate_main)
        }
    })
}

/// Whether `attribute` is this macro. By one word alone it could be another crate's.
fn is_ours(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.len() == 2 && segments[0].ident == "callgate" && segments[1].ident == "main"
}

/// Reports whatever makes the function something else than `fn main()`.
fn check_signature(signature: &Signature, diags: &mut Diagnostics) {
    let Signature { ident, asyncness, inputs, variadic, generics, .. } = signature;
    if ident != "main" {
        diags.error(
            ident,
            format_args!("`#[callgate::main]` belongs on `fn main`, not on `{ident}`"),
            "to start the runtime elsewhere, call `callgate::run(|| …)`",
        );
    }
    if let Some(token) = asyncness {
        diags.error(
            token,
            "`main` can't be `async`: it is a G and may block",
            "remove `async`; to wait for a future, call `callgate::block_on(…)`",
        );
    }
    if !inputs.is_empty() || variadic.is_some() {
        let help = "remove them; the program's arguments are in `std::env::args()`";
        diags.error(quote!(#inputs #variadic), "`main` takes no arguments", help);
    }
    if !generics.params.is_empty() {
        diags.error(generics, "`main` can't be generic", "remove the parameters");
    }
    if let Some(clause) = &generics.where_clause {
        diags.error(clause, "`main` can't have a `where` clause", "remove it");
    }
    let mut qualifiers = TokenStream::new();
    signature.constness.to_tokens(&mut qualifiers);
    signature.safety.to_tokens(&mut qualifiers);
    signature.abi.to_tokens(&mut qualifiers);
    if !qualifiers.is_empty() {
        diags.error(qualifiers, "`main` is a plain function", "write `fn main()`");
    }
}

/// The `Builder` calls that the options ask for.
fn settings(options: TokenStream, diags: &mut Diagnostics) -> Vec<TokenStream> {
    let here = Span::mixed_site();
    let mut given = options::parse(&OPTIONS, options, diags);
    options::refuse_duplicates(&mut given, diags);
    let mut settings = Vec::new();
    for Given { spec, name, value } in given {
        let Value::Expression(value) = value else {
            continue;
        };
        check_number(spec, &value, diags);
        settings.push(quote_spanned!(here=> .#name(#value)));
    }
    settings
}

/// Reports a literal that is no positive integer. Other expressions are judged when the program
/// starts.
fn check_number(spec: &Spec, value: &Expr, diags: &mut Diagnostics) {
    let name = spec.name;
    let write = format!("write `{}`", spec.usage);
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => match number.base10_parse::<u64>() {
                Ok(0) => diags.error(value, format_args!("`{name}` can't be zero"), write),
                Ok(_) => {}
                Err(_) => diags.error(value, format_args!("`{name}` is out of range"), write),
            },
            _ => diags.error(value, format_args!("`{name}` takes a positive integer"), write),
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            diags.error(value, format_args!("`{name}` takes a positive integer"), write);
        }
        _ => {}
    }
}
