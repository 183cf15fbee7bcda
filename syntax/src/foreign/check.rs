//! Items of an `extern` block → the model, reporting everything that is wrong with them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Abi, Attribute, ForeignItem, ForeignItemFn, LitStr, Meta, Pat, Type};

use super::model::{Block, Function, Outcome, Pace};
use super::parse::Parsed;
use super::variadic::{self, Shape};
use crate::attributes;
use crate::diagnostics::Diagnostics;
use crate::options::{self, Form, Given, Spec, Table, Value};
use crate::signature::{self, Ret, Signature, Verdict};
use crate::types::Side;

static OPTIONS: Table = Table {
    attribute: "`#[foreign_call]`",
    options: &[
        Spec { name: "errno", usage: "errno", form: Form::Flag },
        Spec { name: "io", usage: "io", form: Form::Flag },
        Spec { name: "leaf", usage: "leaf", form: Form::Flag },
        Spec { name: "blocking", usage: "blocking", form: Form::Flag },
        Spec { name: "variadic", usage: "variadic(Type, …)", form: Form::Types },
    ],
};

/// Options as given in one place: none given leaves the choice to the place around.
#[derive(Default)]
struct Choice {
    outcome: Option<(Outcome, Ident)>,
    pace: Option<(Pace, Ident)>,
    variadic: Option<(Vec<Type>, Ident)>,
}

/// Makes the model of a block whose attribute has `options`.
pub fn block(parsed: Parsed, options: TokenStream, diags: &mut Diagnostics) -> Block {
    if parsed.unsafety.is_none() {
        diags.error(
            &parsed.abi,
            "an `extern` block under `#[foreign_call]` must be `unsafe`: nothing checks that its \
             declarations are what C defines",
            format_args!("write `unsafe {}`", abi_text(&parsed.abi)),
        );
    }
    let abi = abi(&parsed.abi, diags);
    let attributes = attributes::of_block(parsed.attributes);
    for second in &attributes.options {
        diags.error(
            second,
            "`#[foreign_call]` is given twice",
            "write all options in one: `#[foreign_call(errno, leaf)]`",
        );
    }
    let defaults = choice(options::parse(&OPTIONS, options, diags), diags);
    if let Some((_, option)) = &defaults.variadic {
        diags.error(
            option,
            "`variadic` is the shape of one function, not of a block",
            "put `#[foreign_call(variadic(Type, …))]` on the function with the `...`",
        );
    }
    let mut functions = Vec::new();
    let mut others = Vec::new();
    for item in parsed.items {
        match item {
            ForeignItem::Fn(function) => functions.push(self::function(function, &defaults, diags)),
            ForeignItem::Verbatim(tokens) => unparsed(tokens, diags),
            other => others.push(passed_through(other, diags)),
        }
    }
    Block { attributes, abi, functions, others }
}

fn abi_text(abi: &Abi) -> String {
    match &abi.name {
        Some(name) => format!("extern {}", name.to_token_stream()),
        None => "extern \"C\"".to_owned(),
    }
}

fn abi(abi: &Abi, diags: &mut Diagnostics) -> LitStr {
    let name = abi.name.clone().unwrap_or_else(|| LitStr::new("C", abi.extern_token.span));
    if name.value().starts_with("rust") || name.value() == "Rust" {
        diags.error(
            &name,
            format_args!("functions of the ABI {} are not foreign", name.to_token_stream()),
            "write `extern \"C\"`, or leave `#[foreign_call]` out",
        );
        return LitStr::new("C", name.span());
    }
    name
}

fn function(item: ForeignItemFn, defaults: &Choice, diags: &mut Diagnostics) -> Function {
    let attributes = attributes::of_function(item.attrs);
    for attribute in &attributes.misplaced {
        diags.error(
            attribute,
            "`#[export_callback]` belongs on a function with a body, not on a declaration",
            "remove it: `#[foreign_call]` on the block is all that a call to C needs",
        );
    }
    for attribute in &attributes.conditional_options {
        diags.error(
            attribute,
            "the options of a foreign function can't depend on a configuration",
            "declare the function twice, each time with `#[cfg(…)]` and its own `#[foreign_call(…)]`",
        );
    }
    let own = own_choice(&attributes.options, diags);
    let shape = match own.as_ref().and_then(|own| own.variadic.clone()) {
        Some(shape) => Shape::Given(shape),
        None if defaults.variadic.is_some() || mentions_variadic(&attributes.options) => {
            Shape::Faulty
        }
        None => Shape::None,
    };
    let before = diags.count();
    let (mut signature, mut verdict) = signature::model(item.sig, Side::Foreign, diags);
    if !variadic::apply(shape, &mut signature, diags) {
        verdict = Verdict::Unusable;
    }
    check_declaration(&signature, diags);
    let (outcome, pace) = resolve(own, defaults, &signature, diags);
    let verdict = verdict.worsened(diags.count() > before);
    Function { attributes, visibility: item.vis, signature, outcome, pace, verdict }
}

/// Whether `variadic` stands in the options, if only in a form that has been reported.
fn mentions_variadic(options: &[Attribute]) -> bool {
    options.iter().filter_map(|attribute| attribute.meta.require_list().ok()).any(|list| {
        let mut tokens = list.tokens.clone().into_iter();
        tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == "variadic"))
    })
}

/// There is a `callgate::__private::Shim` for so many arguments.
const MAX_ARGS: usize = 32;

/// What a declaration in an `extern` block may not have, though a function may.
fn check_declaration(signature: &Signature, diags: &mut Diagnostics) {
    if let Some(abi) = &signature.abi {
        diags.error(
            abi,
            "the ABI of a foreign function is the block's",
            format_args!(
                "remove it, or move the function to a block `unsafe {} {{ … }}`",
                abi_text(abi)
            ),
        );
    }
    if let Some(arg) = signature.args.get(MAX_ARGS) {
        diags.error(
            &arg.ty,
            format_args!(
                "`{}` has {} arguments, and callgate passes up to {MAX_ARGS}",
                signature.plain_name(),
                signature.args.len()
            ),
            "write a C function that takes a pointer to a struct of them, and declare that one",
        );
    }
    for arg in &signature.args {
        let plain = match &arg.pattern {
            Pat::Ident(ident) => {
                ident.by_ref.is_none() && ident.mutability.is_none() && ident.subpat.is_none()
            }
            Pat::Wild(_) => true,
            _ => false,
        };
        if !plain {
            diags.error(
                &arg.pattern,
                "an argument of a foreign function has a name, not a pattern",
                "write `name: Type`, or `_: Type`",
            );
        }
    }
}

/// The options on a function; `None` where it has no attribute of ours.
fn own_choice(attributes: &[Attribute], diags: &mut Diagnostics) -> Option<Choice> {
    if attributes.is_empty() {
        return None;
    }
    let mut given = Vec::new();
    for attribute in attributes {
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => given.extend(options::parse(&OPTIONS, list.tokens.clone(), diags)),
            Meta::NameValue(pair) => diags.error(
                pair,
                "the options of `#[foreign_call]` stand in parentheses",
                "write `#[foreign_call(io)]`",
            ),
        }
    }
    Some(choice(given, diags))
}

fn choice(mut given: Vec<Given>, diags: &mut Diagnostics) -> Choice {
    options::refuse_duplicates(&mut given, diags);
    let why = "`io` makes an `io::Result` of what `errno` returns beside the result";
    options::refuse_both(&given, ("errno", "io"), why, diags);
    let why = "a `leaf` call keeps its P because it is short, a `blocking` one gives it up because it is not";
    options::refuse_both(&given, ("leaf", "blocking"), why, diags);
    let mut choice = Choice::default();
    for one in given {
        match (one.spec.name, one.value) {
            ("errno", _) => choice.outcome = Some((Outcome::Errno, one.name)),
            ("io", _) => choice.outcome = Some((Outcome::Io, one.name)),
            ("leaf", _) => choice.pace = Some((Pace::Leaf, one.name)),
            (_, Value::Types(types)) => choice.variadic = Some((types, one.name)),
            _ => choice.pace = Some((Pace::Blocking, one.name)),
        }
    }
    choice
}

/// What a function's own options and the block's come to. A function's attribute without options
/// sets the block's aside.
fn resolve(
    own: Option<Choice>,
    defaults: &Choice,
    signature: &Signature,
    diags: &mut Diagnostics,
) -> (Outcome, Pace) {
    let plain = matches!(&own, Some(Choice { outcome: None, pace: None, variadic: None }));
    let own = own.unwrap_or_default();
    let pace = match (&own.pace, &defaults.pace) {
        (Some((pace, _)), _) => *pace,
        (None, Some((pace, _))) if !plain => *pace,
        _ => Pace::default(),
    };
    let (outcome, option, inherited) = match (own.outcome, &defaults.outcome) {
        (Some((outcome, option)), _) => (outcome, option, false),
        (None, Some((outcome, option))) if !plain => (*outcome, option.clone(), true),
        _ => return (Outcome::Plain, pace),
    };
    let name = signature.plain_name();
    let problem = match (&signature.ret, outcome) {
        (Ret::Never(_), _) => Some("never returns"),
        (Ret::Unit, Outcome::Io) => Some("returns nothing that could tell failure"),
        _ => None,
    };
    let Some(problem) = problem else {
        return (outcome, pace);
    };
    if inherited {
        diags.error(
            &signature.name,
            format_args!("the block's option `{option}` can't apply to `{name}`, which {problem}"),
            format_args!("put `#[foreign_call]` without options on `{name}`"),
        );
    } else {
        let help = match signature.ret {
            Ret::Never(_) => format!("remove `{option}`"),
            _ => "write `errno`, which returns `((), callgate::Errno)`".to_owned(),
        };
        diags.error(
            &option,
            format_args!("`{option}` can't apply to `{name}`, which {problem}"),
            help,
        );
    }
    (Outcome::Plain, pace)
}

/// An item that `syn` takes but does not know.
fn unparsed(tokens: TokenStream, diags: &mut Diagnostics) {
    let (words, _) = attributes::item_words(&tokens);
    if words.iter().any(|word| word == "fn") {
        let body = tokens.clone().into_iter().last().to_token_stream();
        diags.error(
            body,
            "a foreign function has no body: C defines it",
            "end the declaration with `;`, or move the function out and use `#[export_callback]`",
        );
    } else {
        diags.error(
            tokens,
            "this is not an item of an `extern` block",
            "declare functions, statics or types",
        );
    }
}

/// Statics, types and macros stay as they are, but have no options.
fn passed_through(item: ForeignItem, diags: &mut Diagnostics) -> TokenStream {
    let (mut item, attributes) = match item {
        ForeignItem::Static(mut item) => {
            let attributes = std::mem::take(&mut item.attrs);
            (ForeignItem::Static(item), attributes)
        }
        ForeignItem::Type(mut item) => {
            let attributes = std::mem::take(&mut item.attrs);
            (ForeignItem::Type(item), attributes)
        }
        ForeignItem::Macro(mut item) => {
            let attributes = std::mem::take(&mut item.attrs);
            (ForeignItem::Macro(item), attributes)
        }
        other => (other, Vec::new()),
    };
    let (ours, kept): (Vec<_>, Vec<_>) = attributes
        .into_iter()
        .partition(|attribute| attributes::last_name(attribute) == "foreign_call");
    for attribute in &ours {
        diags.error(
            attribute,
            "the options of `#[foreign_call]` are for functions: other items pass through unchanged",
            "remove the attribute",
        );
    }
    match &mut item {
        ForeignItem::Static(item) => item.attrs = kept,
        ForeignItem::Type(item) => item.attrs = kept,
        ForeignItem::Macro(item) => item.attrs = kept,
        _ => {}
    }
    quote!(#item)
}
