//! `error = value`: a function that returns a `Result` to Rust and its `Ok` to C.

use syn::{Expr, GenericArgument, Ident, PathArguments, ReturnType, Signature, Type};

use super::check::ERROR_USAGE;
use super::model::OnError;
use crate::diagnostics::Diagnostics;
use crate::types::peel;

/// Makes the return type of `sig` the one that C sees, if the option `error` is given.
pub fn split(
    sig: &mut Signature,
    option: Option<(Ident, Option<Expr>)>,
    diags: &mut Diagnostics,
) -> Option<OnError> {
    let (name, value) = option?;
    let ReturnType::Type(_, written) = &mut sig.output else {
        diags.error(
            name,
            format_args!(
                "`error` is for functions that return a `Result`, and `{}` returns nothing",
                sig.ident
            ),
            "return a `Result<(), E>`, or remove `error`",
        );
        return None;
    };
    let Some(ok) = ok_type(written).cloned() else {
        diags.error(
            &**written,
            "`error` is for functions that return a `Result`",
            "return a `Result<T, E>`, where `T` is what C gets and `E` can be displayed; or remove \
             `error`",
        );
        return None;
    };
    let nothing = matches!(peel(&ok), Type::Tuple(tuple) if tuple.elems.is_empty());
    if value.is_none() && !nothing {
        diags.error(
            name,
            "`error` needs the value that C gets for an `Err`",
            format_args!("write `{ERROR_USAGE}`, such as `error = -1`"),
        );
    }
    let written = std::mem::replace(&mut **written, ok);
    Some(OnError { written, value })
}

/// `T` of a type that is written as a `Result<T, …>`, by any path and name that ends so.
fn ok_type(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = peel(ty) else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    if !last.ident.to_string().ends_with("Result") {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
