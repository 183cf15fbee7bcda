//! A function → the model, reporting everything that is wrong with it.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Ident, LitStr, Safety};

use super::model::{Body, Callback, Panic};
use super::on_error;
use crate::attributes::{docs, innermost_name};
use crate::diagnostics::Diagnostics;
use crate::item_fn::ItemFn;
use crate::options::{self, Form, Given, Spec, Table, Value};
use crate::signature::{self, Ret, Signature};
use crate::types::Side;

static OPTIONS: Table = Table {
    attribute: "`#[export_callback]`",
    options: &[
        Spec { name: "name", usage: "name = \"c_name\"", form: Form::Literal },
        Spec { name: "private", usage: "private", form: Form::Flag },
        Spec { name: "panic", usage: PANIC_USAGE, form: Form::Expression },
        Spec { name: "error", usage: ERROR_USAGE, form: Form::FlagOrExpression },
    ],
};

/// How `error` is written.
pub const ERROR_USAGE: &str = "error = value";
/// How `panic` is written.
pub const PANIC_USAGE: &str = "panic = abort | unwind | return(value)";

/// Makes the model of a function whose attribute has `options`; `None` if it has no body.
pub fn callback(parsed: ItemFn, options: TokenStream, diags: &mut Diagnostics) -> Option<Callback> {
    let Some(body) = parsed.body else {
        diags.error(
            &parsed.signature,
            "`#[export_callback]` needs a function with a body: it is what C will call",
            "write a body; to call a function that C defines, declare it in an `unsafe extern \
             \"C\"` block under `#[foreign_call]`",
        );
        return None;
    };
    let before = diags.count();
    let mut sig = parsed.signature;
    let mut options = Options::parse(&OPTIONS, options, diags);
    let error = on_error::split(&mut sig, options.error.take(), diags);
    let (signature, verdict) = signature::model(sig, Side::Export, diags);
    let abi = abi(&signature, diags);
    let attributes = check_attributes(parsed.attributes, diags);
    if let Safety::Safe(token) = &signature.safety {
        diags.error(
            token,
            "only declarations in an `unsafe extern` block can be `safe`",
            "remove `safe`",
        );
    }
    let panic = options.panic.map_or_else(Panic::default, |one| panic(one, &signature, diags));
    let symbol = options.private.is_none().then(|| symbol(options.name, &signature.name, diags));
    Some(Callback {
        docs: docs(&attributes),
        attributes,
        visibility: parsed.visibility,
        text: signature.plain_name(),
        verdict: verdict.worsened(diags.count() > before),
        signature,
        abi,
        symbol,
        panic,
        error,
        body: Body::Function(body),
    })
}

/// The options of one attribute, each as it was given.
#[derive(Default)]
pub struct Options {
    /// `name = "…"`
    pub name: Option<LitStr>,
    /// `private`
    pub private: Option<Ident>,
    /// `panic = …`
    pub panic: Option<Expr>,
    /// `error`, and the value after it.
    pub error: Option<(Ident, Option<Expr>)>,
    /// `skip`, of a method.
    pub skip: Option<Ident>,
    /// `handle`, of an `impl` block.
    pub handle: Option<Ident>,
}

impl Options {
    /// Parses the options of `table`, reporting what is wrong with them.
    pub fn parse(table: &'static Table, tokens: TokenStream, diags: &mut Diagnostics) -> Self {
        let mut given = options::parse(table, tokens, diags);
        options::refuse_duplicates(&mut given, diags);
        let why = "a `private` callback has no symbol to name";
        options::refuse_both(&given, ("name", "private"), why, diags);
        let mut options = Options::default();
        for Given { spec, name, value } in given {
            match (spec.name, value) {
                ("error", Value::Expression(value)) => options.error = Some((name, Some(value))),
                ("error", _) => options.error = Some((name, None)),
                (_, Value::Literal(literal)) => options.name = Some(literal),
                (_, Value::Expression(value)) => options.panic = Some(value),
                ("skip", _) => options.skip = Some(name),
                ("handle", _) => options.handle = Some(name),
                _ => options.private = Some(name),
            }
        }
        options
    }
}

/// The ABI by which C calls the function.
pub fn abi(signature: &Signature, diags: &mut Diagnostics) -> LitStr {
    let c = |span| LitStr::new("C", span);
    let Some(abi) = &signature.abi else {
        return c(signature.name.span());
    };
    let Some(name) = &abi.name else {
        return c(abi.extern_token.span);
    };
    if name.value().starts_with("rust") || name.value() == "Rust" {
        diags.error(
            name,
            format_args!("C can't call a function of the ABI {}", name.to_token_stream()),
            "write `extern \"C\"`, or leave `extern` out, which means the same here",
        );
        return c(name.span());
    }
    name.clone()
}

/// Reports and drops the attributes that are this macro's to set, or another macro of ours.
pub fn check_attributes(attributes: Vec<Attribute>, diags: &mut Diagnostics) -> Vec<Attribute> {
    let mut kept = attributes;
    kept.retain(|attribute| {
        let (message, help) = match innermost_name(attribute).as_str() {
            "no_mangle" | "export_name" => (
                "`#[export_callback]` sets the symbol itself",
                "remove this attribute; give another symbol by \
                 `#[export_callback(name = \"c_name\")]`",
            ),
            "export_callback" => (
                "`#[export_callback]` is given twice",
                "write all options in one: `#[export_callback(name = \"c_name\", panic = unwind)]`",
            ),
            "foreign_call" => (
                "`#[foreign_call]` belongs on an `extern` block, not on a function",
                "remove it: `#[export_callback]` is all that a callback needs",
            ),
            _ => return true,
        };
        diags.error(attribute, message, help);
        false
    });
    kept
}

/// The symbol that `name` gives, or that the function's own name is.
pub fn symbol(name: Option<LitStr>, function: &Ident, diags: &mut Diagnostics) -> LitStr {
    if let Some(name) = name {
        return given_symbol(name, diags);
    }
    let text = function.to_string();
    let text = text.trim_start_matches("r#");
    if !is_c_identifier(text) {
        diags.error(
            function,
            format_args!("`{text}` is not a C identifier, so it can't be the symbol"),
            "give one: `#[export_callback(name = \"c_name\")]`, or `#[export_callback(private)]` for none",
        );
    }
    LitStr::new(text, function.span())
}

/// A symbol as the option `name` gives it.
pub fn given_symbol(name: LitStr, diags: &mut Diagnostics) -> LitStr {
    if !is_c_identifier(&name.value()) {
        diags.error(
            &name,
            format_args!("{} is not a C identifier", name.to_token_stream()),
            "write letters, digits and `_`, the first not a digit: `name = \"on_row\"`",
        );
    }
    name
}

fn is_c_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// The policy that the option `panic` gives.
pub fn panic(value: Expr, signature: &Signature, diags: &mut Diagnostics) -> Panic {
    let write = format!("write `{PANIC_USAGE}`");
    match value {
        Expr::Path(path) if path.path.is_ident("abort") => Panic::Abort,
        Expr::Path(path) if path.path.is_ident("unwind") => Panic::Unwind,
        Expr::Return(policy) => match &signature.ret {
            Ret::Never(_) => {
                diags.error(
                    policy,
                    format_args!(
                        "`{}` never returns, so a panic can't make it return a value",
                        signature.plain_name()
                    ),
                    "write `panic = abort` or `panic = unwind`",
                );
                Panic::Abort
            }
            ret => match (policy.expr.as_deref(), ret.value()) {
                (Some(Expr::Paren(value)), _) => Panic::Return(Some((*value.expr).clone())),
                (Some(value @ Expr::Tuple(_)), _) => Panic::Return(Some(value.clone())),
                (Some(value), _) => {
                    let text = value.to_token_stream().to_string().replace("- ", "-");
                    let help = format!("write `panic = return({text})`");
                    diags.error(value, "the value for C stands in parentheses", help);
                    Panic::Abort
                }
                (None, None) => Panic::Return(None),
                (None, Some(ty)) => {
                    let ty = ty.to_token_stream();
                    diags.error(
                        policy,
                        "`panic = return` needs the value that C gets",
                        format_args!("write `panic = return(value)`, where the value is a `{ty}`"),
                    );
                    Panic::Abort
                }
            },
        },
        other => {
            diags.error(other, "unknown panic policy", write);
            Panic::Abort
        }
    }
}
