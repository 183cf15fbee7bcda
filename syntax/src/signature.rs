//! The model of a function's signature, the same for foreign functions and for exports, and the
//! checks that both need.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Abi, Attribute, FnArg, GenericParam, Generics, Ident, Pat, ReceiverKind, ReturnType, Safety,
    Token, Type,
};

use crate::attributes::conditions;
use crate::diagnostics::Diagnostics;
use crate::types::{self, Place, Side, peel};

/// A function's signature, as plain data: nothing here knows what is made of it.
pub struct Signature {
    /// The name in Rust.
    pub name: Ident,
    /// `safe`, `unsafe` or neither.
    pub safety: Safety,
    /// The ABI, where the function itself names one.
    pub abi: Option<Abi>,
    /// Lifetimes and a where clause; types and constants where `model` has reported them.
    pub generics: Generics,
    /// The arguments. Those after the first [`fixed`](Self::fixed) go through C's `...`.
    pub args: Vec<Arg>,
    /// How many arguments C declares.
    pub fixed: usize,
    /// The `...` after them, if C's function is variadic.
    pub dots: Option<Token![...]>,
    /// Whether it is an `async fn`.
    pub is_async: bool,
    /// The return type.
    pub ret: Ret,
}

/// An argument.
pub struct Arg {
    /// `cfg`, `cfg_attr`: what decides whether the argument exists.
    pub conditions: Vec<Attribute>,
    /// Every attribute, for where the argument is declared as the user wrote it.
    pub attributes: Vec<Attribute>,
    /// The pattern as written.
    pub pattern: Pat,
    /// What the argument is called where it must have a name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
}

impl Arg {
    fn named(&self) -> TokenStream {
        let Arg { conditions, name, ty, .. } = self;
        quote!(#(#conditions)* #name: #ty)
    }
}

/// A return type.
pub enum Ret {
    /// Nothing, however written.
    Unit,
    /// `!`
    Never(Type),
    /// A value.
    Value(Type),
}

impl Ret {
    /// `-> T` as it is written in a signature.
    pub fn arrow(&self) -> TokenStream {
        match self {
            Ret::Unit => TokenStream::new(),
            Ret::Never(ty) | Ret::Value(ty) => quote!(-> #ty),
        }
    }

    /// The type of the value that is returned, if one is.
    pub fn value(&self) -> Option<&Type> {
        match self {
            Ret::Value(ty) => Some(ty),
            Ret::Unit | Ret::Never(_) => None,
        }
    }
}

impl Signature {
    /// Whether calling the function needs `unsafe`, where plain functions do not.
    pub fn is_unsafe(&self) -> bool {
        matches!(self.safety, Safety::Unsafe(_))
    }

    /// The name without `r#`: what C and messages call the function.
    pub fn plain_name(&self) -> String {
        self.name.to_string().trim_start_matches("r#").to_owned()
    }

    /// The arguments of the function that users get and its body, each in its group. Without a body, the
    /// function is declared for its callers' sake alone, and no lint may say that it uses nothing.
    pub fn args_and_body(&self, body: Option<TokenStream>) -> (Group, Group) {
        let args = self.named_args();
        let body = body.unwrap_or_else(|| {
            let used = self.args.iter().map(|arg| {
                let Arg { conditions, name, .. } = arg;
                quote!(#(#conditions)* let _ = #name;)
            });
            quote!(#(#used)* ::core::unreachable!())
        });
        // They lie where the name does: there `rustc` then reports the function.
        let here = self.name.span().resolved_at(Span::call_site());
        let mut args = Group::new(Delimiter::Parenthesis, quote!(#(#args),*));
        let mut body = Group::new(Delimiter::Brace, body);
        args.set_span(here);
        body.set_span(here);
        (args, body)
    }

    /// Clippy counts arguments, but C says how many there are. Only where there are too many: in a
    /// crate that forbids the lint, an `allow` is an error.
    pub fn allowed_lints(&self) -> Option<TokenStream> {
        const TOO_MANY: usize = 8;
        (self.args.len() >= TOO_MANY).then(|| quote!(#[allow(clippy::too_many_arguments)]))
    }

    /// `name: Type` of every argument.
    pub fn named_args(&self) -> Vec<TokenStream> {
        self.args.iter().map(Arg::named).collect()
    }

    /// The arguments as C declares them.
    pub fn declared_args(&self) -> Vec<TokenStream> {
        let dots = self.dots.iter().map(|dots| quote!(#dots));
        self.args[..self.fixed].iter().map(Arg::named).chain(dots).collect()
    }

    /// `pattern: Type` of every argument, as the user wrote it.
    pub fn written_args(&self) -> Vec<TokenStream> {
        let written = |arg: &Arg| {
            let Arg { attributes, pattern, ty, .. } = arg;
            quote!(#(#attributes)* #pattern: #ty)
        };
        self.args.iter().map(written).collect()
    }
}

/// How far a signature can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Fine,
    /// Something is wrong, but a function of this signature may be declared, so that its callers
    /// get no errors of their own.
    Faulty,
    /// `rustc` would refuse it for the reason already reported.
    Unusable,
}

impl Verdict {
    /// The same, if nothing is wrong beside the signature.
    pub fn worsened(self, faulty: bool) -> Self {
        if self == Verdict::Fine && faulty { Verdict::Faulty } else { self }
    }
}

/// Makes the model of `sig`, reporting what no function here may have.
pub fn model(sig: syn::Signature, side: Side, diags: &mut Diagnostics) -> (Signature, Verdict) {
    let before = diags.count();
    let mut usable = true;
    if let Some(token) = sig.constness {
        let (message, help) = match side {
            Side::Foreign => ("a C function is not `const`", "remove `const`"),
            Side::Export => (
                "a callback can't be `const`: it enters the runtime when it is called",
                "remove `const`",
            ),
        };
        diags.error(token, message, help);
    }
    if let (Some(token), Side::Foreign) = (sig.asyncness, side) {
        diags.error(token, "a C function is not `async`", "remove `async`");
    }
    usable &= check_generics(&sig.generics, side, diags);
    if let (Some(variadic), Side::Export) = (&sig.variadic, side) {
        diags.error(
            variadic.dots,
            "a callback can't take `...`: Rust can't define variadic functions",
            "declare the arguments that C really passes",
        );
    }
    let mut args = Vec::new();
    for (index, arg) in sig.inputs.into_iter().enumerate() {
        match arg {
            FnArg::Typed(arg) => {
                usable &= types::check(&arg.ty, Place::Argument, side, diags);
                args.push(Arg {
                    conditions: conditions(&arg.attrs),
                    name: arg_name(&arg.pat, index),
                    attributes: arg.attrs,
                    pattern: *arg.pat,
                    ty: *arg.ty,
                });
            }
            FnArg::Receiver(receiver) => {
                let at = match &receiver.kind {
                    ReceiverKind::Typed(..) => receiver.self_token.to_token_stream(),
                    _ => receiver.to_token_stream(),
                };
                let (message, help) = match side {
                    Side::Foreign => {
                        ("a C function has no `self`", "write an argument, `this: *mut T`")
                    }
                    Side::Export => (
                        "a method is exported by its `impl` block",
                        "put `#[export_callback]` on the block, or take `this: *mut T`",
                    ),
                };
                diags.error(at, message, help);
                usable = false;
            }
        }
    }
    let ret = match sig.output {
        ReturnType::Default => Ret::Unit,
        ReturnType::Type(_, ty) => match peel(&ty) {
            Type::Never(_) => Ret::Never(*ty),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Ret::Unit,
            _ => {
                usable &= types::check(&ty, Place::Return, side, diags);
                Ret::Value(*ty)
            }
        },
    };
    let signature = Signature {
        name: sig.ident,
        safety: sig.safety,
        abi: sig.abi,
        generics: sig.generics,
        fixed: args.len(),
        args,
        dots: sig.variadic.map(|variadic| variadic.dots),
        is_async: sig.asyncness.is_some(),
        ret,
    };
    let verdict = match (usable, diags.count() > before) {
        (false, _) => Verdict::Unusable,
        (true, true) => Verdict::Faulty,
        (true, false) => Verdict::Fine,
    };
    (signature, verdict)
}

/// Reports generics other than lifetimes. False if a function can't be declared with them.
fn check_generics(generics: &Generics, side: Side, diags: &mut Diagnostics) -> bool {
    let what = match side {
        Side::Foreign => "a C function",
        Side::Export => "a callback, which is one C function,",
    };
    let help = "write the concrete type; for data of any type take `*mut ::core::ffi::c_void`";
    let before = diags.count();
    for param in &generics.params {
        match param {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(param) => {
                diags.error(&param.ident, format_args!("{what} can't have type parameters"), help);
            }
            GenericParam::Const(param) => {
                let help = "write the concrete value";
                diags.error(&param.ident, format_args!("{what} can't have const parameters"), help);
            }
        }
    }
    diags.count() == before
}

/// The user's own name for an argument, else one by its place. The latter is not visible to the
/// user's code.
fn arg_name(pattern: &Pat, index: usize) -> Ident {
    match pattern {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => {
            unlinted(&ident.ident)
        }
        _ => format_ident!("cgo_p{index}", span = Span::mixed_site()),
    }
}

/// `name` so that no lint on names reports it: C dictates names, and `rustc` says nothing of them in
/// an `extern` block. An `allow` would be an error in a crate that forbids the lint.
pub fn unlinted(name: &Ident) -> Ident {
    let text = name.to_string();
    let mut name = name.clone();
    if text.contains(char::is_uppercase) || text.contains("__") {
        // Lints pass over what another crate's macro wrote.
        name.set_span(name.span().resolved_at(Span::call_site()));
    }
    name
}

/// `tokens` so that no lint reports them, for where they stand a second time: as [`unlinted`].
pub fn repeated(tokens: &impl ToTokens) -> TokenStream {
    fn all(tokens: TokenStream) -> TokenStream {
        let again = |mut token: TokenTree| {
            if let TokenTree::Group(group) = &token {
                let mut copy = Group::new(group.delimiter(), all(group.stream()));
                copy.set_span(group.span());
                token = TokenTree::Group(copy);
            }
            token.set_span(token.span().resolved_at(Span::call_site()));
            token
        };
        tokens.into_iter().map(again).collect()
    }
    all(tokens.to_token_stream())
}
