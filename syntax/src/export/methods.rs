//! An `impl` block → the block itself, for Rust, and a function that C calls for each method.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, FnArg, GenericParam, Lifetime, PathArguments, ReceiverKind, ReturnType, Type};

use super::check::{self, ERROR_USAGE, Options};
use super::item_impl::{Item, ItemImpl};
use super::model::{Body, Callback, Panic, Receiver};
use super::{expand, on_error};
use crate::attributes;
use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::lifetimes;
use crate::options::{Form, Spec, Table};
use crate::signature::{self, Ret};
use crate::types::{Side, peel};

const PANIC: Spec = Spec { name: "panic", usage: check::PANIC_USAGE, form: Form::Expression };

static BLOCK_OPTIONS: Table = Table {
    attribute: "`#[export_callback]` on an `impl` block",
    options: &[
        Spec { name: "name", usage: "name = \"prefix\"", form: Form::Literal },
        Spec { name: "handle", usage: "handle", form: Form::Flag },
        PANIC,
    ],
};

static METHOD_OPTIONS: Table = Table {
    attribute: "`#[export_callback]` on a method",
    options: &[
        Spec { name: "name", usage: "name = \"c_name\"", form: Form::Literal },
        Spec { name: "skip", usage: "skip", form: Form::Flag },
        PANIC,
        Spec { name: "error", usage: ERROR_USAGE, form: Form::FlagOrExpression },
    ],
};

/// What the methods of a block have in common.
struct Shared {
    ty: Type,
    /// What the C names begin with.
    prefix: String,
    handle: bool,
    panic: Option<Expr>,
    /// What decides whether the block exists.
    conditions: Vec<syn::Attribute>,
}

/// An `impl` block as it stays, and the functions that C calls.
pub struct Block {
    /// The block, for Rust.
    kept: TokenStream,
    /// What decides whether it exists.
    conditions: Vec<syn::Attribute>,
    /// A function for each exported method.
    pub callbacks: Vec<Callback>,
}

impl Block {
    /// Writes all of it.
    pub fn expand(&self) -> TokenStream {
        let Block { kept, conditions, callbacks } = self;
        let exported = callbacks.iter().map(expand::callback);
        let exports = (!callbacks.is_empty()).then(|| {
            quote! {
                #(#conditions)*
                const _: () = { #(#exported)* };
            }
        });
        quote!(#kept #exports)
    }
}

/// Makes the model of an `impl` block whose attribute has `options`.
pub fn model(parsed: ItemImpl, options: TokenStream, diags: &mut Diagnostics) -> Block {
    let options = Options::parse(&BLOCK_OPTIONS, options, diags);
    let before = diags.count();
    check_header(&parsed, diags);
    let ItemImpl { attributes, unsafety, impl_token, generics, of_trait, ty, clause, inner, items } =
        parsed;
    let of_trait = of_trait.map(|(name, for_token)| quote!(#name #for_token));
    let prefix = prefix(options.name, &ty, diags);
    let usable = diags.count() == before;
    let shared = Shared {
        prefix,
        handle: options.handle.is_some(),
        panic: options.panic,
        conditions: attributes::conditions(&attributes),
        ty,
    };
    let mut kept = Vec::new();
    let mut callbacks = Vec::new();
    for item in items {
        match item {
            Item::Other(item) => kept.push(item),
            Item::Fn(function) => {
                let callback = method(*function, &shared, &mut kept, diags);
                callbacks.extend(callback.filter(|_| usable));
            }
        }
    }
    let Shared { ty, conditions, .. } = shared;
    let kept = quote! {
        #(#attributes)*
        #unsafety #impl_token #generics #of_trait #ty #clause { #(#inner)* #(#kept)* }
    };
    Block { kept, conditions, callbacks }
}

/// Reports a block whose methods can't be C functions.
fn check_header(parsed: &ItemImpl, diags: &mut Diagnostics) {
    if let Some((name, _)) = &parsed.of_trait {
        diags.error(
            name,
            "methods of a trait can't be exported: C has no traits",
            "export an `impl` block of the type's own, whose methods call the trait's",
        );
    }
    for param in &parsed.generics.params {
        let help = match param {
            GenericParam::Lifetime(_) => "write `'_` where the type needs a lifetime",
            _ => "export an `impl` block for one concrete type",
        };
        diags.error(param, "a C function is not generic, and so no exported `impl` block", help);
    }
}

/// What the C names of a type's methods begin with: `audio_engine` for `AudioEngine`.
fn prefix(option: Option<syn::LitStr>, ty: &Type, diags: &mut Diagnostics) -> String {
    if let Some(name) = option {
        let before = diags.count();
        let name = check::given_symbol(name, diags).value();
        return if diags.count() == before { name } else { String::new() };
    }
    let Type::Path(path) = peel(ty) else {
        diags.error(
            ty,
            "the C names of the methods begin with the type's name, and this type has none",
            "write `#[export_callback(name = \"prefix\")]`",
        );
        return String::new();
    };
    let last = path.path.segments.last();
    last.map(|last| snake_case(last.ident.to_string().trim_start_matches("r#"))).unwrap_or_default()
}

/// `HTTPServer2` → `http_server2`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let after_lower = i > 0 && !letters[i - 1].is_uppercase() && letters[i - 1] != '_';
        let before_lower = letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        let after_any = i > 0 && letters[i - 1] != '_';
        if letter.is_uppercase() && (after_lower || (after_any && before_lower)) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Adds the method to what is kept for Rust, and makes the model of the function that C calls.
fn method(
    mut function: ItemFn,
    shared: &Shared,
    kept: &mut Vec<TokenStream>,
    diags: &mut Diagnostics,
) -> Option<Callback> {
    let before = diags.count();
    let (ours, theirs): (Vec<_>, Vec<_>) = function
        .attributes
        .into_iter()
        .partition(|attribute| attributes::last_name(attribute) == "export_callback");
    function.attributes = check::check_attributes(theirs, diags);
    let ItemFn { attributes, visibility, signature: sig, body } = &function;
    kept.push(match body {
        Some(body) => quote!(#(#attributes)* #visibility #sig #body),
        None => quote!(#(#attributes)* #visibility #sig;),
    });
    let mut options = TokenStream::new();
    for attribute in &ours {
        match &attribute.meta {
            syn::Meta::List(list) => {
                let more = &list.tokens;
                options.extend(quote!(#more,));
            }
            syn::Meta::Path(_) => {}
            syn::Meta::NameValue(pair) => diags.error(
                pair,
                "the options of `#[export_callback]` stand in parentheses",
                "write `#[export_callback(skip)]`",
            ),
        }
    }
    let options = Options::parse(&METHOD_OPTIONS, options, diags);
    if options.skip.is_some() {
        return None;
    }
    exported(function, options, shared, before, diags)
}

fn exported(
    function: ItemFn,
    options: Options,
    shared: &Shared,
    before: usize,
    diags: &mut Diagnostics,
) -> Option<Callback> {
    let ItemFn { attributes, signature: mut sig, body, .. } = function;
    // `rustc` says so where there is none.
    body.as_ref()?;
    let name = sig.ident.clone();
    let c_name = format!("{}_{}", shared.prefix, name.to_string().trim_start_matches("r#"));
    let ty = &shared.ty;
    let self_ty = peel(ty).to_token_stream();
    for input in &mut sig.inputs {
        if let FnArg::Typed(arg) = input {
            *arg.ty = concrete(&arg.ty, &self_ty);
        }
    }
    if let ReturnType::Type(_, ret) = &mut sig.output {
        **ret = concrete(ret, &self_ty);
    }
    let receiver = receiver(&mut sig, &self_ty, shared.handle, diags)?;
    sig.ident = format_ident!("{}", c_name, span = name.span());
    let error = on_error::split(&mut sig, options.error, diags);
    let (signature, verdict) = signature::model(sig, Side::Export, diags);
    let panic = match (options.panic, &shared.panic) {
        (Some(own), _) => check::panic(own, &signature, diags),
        // The block's value is for the methods that return one.
        (None, Some(Expr::Return(_))) if matches!(signature.ret, Ret::Unit) => Panic::Return(None),
        (None, Some(of_block)) => check::panic(of_block.clone(), &signature, diags),
        (None, None) => Panic::default(),
    };
    let abi = check::abi(&signature, diags);
    let symbol = check::symbol(options.name, &signature.name, diags);
    let docs = attributes::docs(&attributes);
    let mut conditions = shared.conditions.clone();
    conditions.extend(attributes::conditions(&attributes));
    conditions.extend(attributes.into_iter().filter(|one| one.path().is_ident("allow")));
    Some(Callback {
        attributes: conditions,
        docs,
        visibility: syn::Visibility::Inherited,
        text: symbol.value(),
        abi,
        symbol: Some(symbol),
        panic,
        error,
        body: Body::Method { path: quote!(<#ty>::#name), receiver },
        verdict: verdict.worsened(diags.count() > before),
        signature,
    })
}

/// Makes the receiver of `sig` an argument that C can pass; `None` if none can be made of it.
fn receiver(
    sig: &mut syn::Signature,
    ty: &TokenStream,
    handle: bool,
    diags: &mut Diagnostics,
) -> Option<Receiver> {
    let Some(FnArg::Receiver(receiver)) = sig.inputs.first().cloned() else {
        return Some(Receiver::None);
    };
    let here = Span::mixed_site();
    let at = match &receiver.kind {
        ReceiverKind::Typed(_, ty) => ty.to_token_stream(),
        _ => receiver.to_token_stream(),
    };
    let by_reference = matches!(&receiver.kind, ReceiverKind::Reference(_, _, None));
    let pointer = match &receiver.kind {
        _ if handle && by_reference => quote_spanned!(here=> ::callgate::Handle<#ty>),
        _ if handle => {
            diags.error(
                at,
                "a method on a handle takes `&self`: other threads may use the same handle",
                "take `&self` and lock what changes; to end a handle, write a function that takes \
                 `this: callgate::Handle<Self>` and calls `this.delete()`",
            );
            return None;
        }
        ReceiverKind::Reference(_, lifetime, mutability) => {
            let lifetime = lifetime.clone().or_else(|| source_of_elided(sig));
            quote!(&#lifetime #mutability #ty)
        }
        ReceiverKind::Typed(_, written) if is_box(written) => quote!(#written),
        _ => {
            diags.error(
                at,
                "C passes the value of a method by a pointer",
                "take `&self` or `&mut self`, or `self: Box<Self>` to free what a function returned \
                 as a `Box<Self>`",
            );
            return None;
        }
    };
    let pointer = concrete(&syn::parse_quote!(#pointer), ty);
    let this = format_ident!("this", span = here);
    let (arg, receiver) = if handle {
        (syn::parse_quote!(#this: #pointer), Receiver::Handle)
    } else {
        // C may pass null, which no reference may be.
        (syn::parse_quote!(#this: ::core::option::Option<#pointer>), Receiver::Pointer)
    };
    if let Some(first) = sig.inputs.first_mut() {
        *first = arg;
    }
    Some(receiver)
}

/// Rust takes a lifetime left out of a method's return type from `self`. A function has no `self`, so
/// there it needs a name.
fn source_of_elided(sig: &mut syn::Signature) -> Option<Lifetime> {
    let ReturnType::Type(_, ret) = &mut sig.output else { return None };
    let lifetime = Lifetime::new("'this", Span::mixed_site());
    lifetimes::give(ret, &lifetime).then(|| {
        sig.generics.params.insert(0, syn::parse_quote!(#lifetime));
        lifetime
    })
}

fn is_box(ty: &Type) -> bool {
    let Type::Path(path) = peel(ty) else { return false };
    path.path.segments.last().is_some_and(|last| {
        last.ident == "Box" && matches!(last.arguments, PathArguments::AngleBracketed(_))
    })
}

/// `ty` with the type's name for `Self`, which is not known outside of the block.
fn concrete(ty: &Type, self_ty: &TokenStream) -> Type {
    let tokens = replace_self(ty.to_token_stream(), self_ty);
    syn::parse2(tokens).unwrap_or_else(|_| ty.clone())
}

fn replace_self(tokens: TokenStream, self_ty: &TokenStream) -> TokenStream {
    let mut replaced = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => replaced.extend(self_ty.clone()),
            TokenTree::Group(group) => {
                let content = replace_self(group.stream(), self_ty);
                let mut copy = Group::new(group.delimiter(), content);
                copy.set_span(group.span());
                replaced.extend([TokenTree::Group(copy)]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn words_are_told_by_their_capitals() {
        for (name, snake) in [
            ("Engine", "engine"),
            ("AudioEngine", "audio_engine"),
            ("HTTPServer2", "http_server2"),
            ("already_snake", "already_snake"),
            ("X", "x"),
            ("Db_Pool", "db_pool"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
