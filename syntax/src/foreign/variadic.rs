//! `variadic(T, …)`: one shape of a C function with `...`, as a function of so many arguments.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{Pat, PatIdent, Type};

use crate::diagnostics::Diagnostics;
use crate::signature::{Arg, Signature};
use crate::types::{self, Place, Side, peel};

/// What a function's option `variadic` says.
pub enum Shape {
    /// It is not there.
    None,
    /// Something that has been reported already.
    Faulty,
    /// The types, and the option's name.
    Given((Vec<Type>, Ident)),
}

/// Adds the arguments of `shape` to a signature with `...`. False if no function can be declared with
/// them.
pub fn apply(shape: Shape, signature: &mut Signature, diags: &mut Diagnostics) -> bool {
    let (types, option) = match (shape, signature.dots) {
        (Shape::None, None) | (Shape::Faulty, _) => return true,
        (Shape::None, Some(dots)) => {
            diags.error(
                dots,
                format_args!(
                    "which arguments does `{}` get for its `...`?",
                    signature.plain_name()
                ),
                "put `#[foreign_call(variadic(Type, …))]` on the function, with the types in their \
                 order; for several shapes declare it several times, each under a name of its own \
                 with `#[link_name = \"…\"]`",
            );
            return true;
        }
        (Shape::Given((_, option)), None) => {
            diags.error(
                option,
                format_args!(
                    "`variadic` can't apply to `{}`, which has no `...`",
                    signature.plain_name()
                ),
                "end the arguments with `...` as the C prototype does, or remove `variadic`",
            );
            return true;
        }
        (Shape::Given((types, option)), Some(_)) => (types, option),
    };
    if signature.args.is_empty() {
        diags.error(
            option,
            "a C function has an argument before its `...`",
            "declare the arguments that the C prototype names, and the `...` after them",
        );
    }
    let mut usable = true;
    for (index, ty) in types.into_iter().enumerate() {
        usable &= types::check(&ty, Place::Argument, Side::Foreign, diags);
        refuse_promoted(&ty, diags);
        let name = format_ident!("v{index}", span = Span::mixed_site());
        let pattern = Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: name.clone(),
            subpat: None,
        });
        let arg = Arg { conditions: Vec::new(), attributes: Vec::new(), pattern, name, ty };
        signature.args.push(arg);
    }
    usable
}

/// C widens what it passes through `...` (the default argument promotions, C11 6.5.2.2): a function
/// that asks `va_arg` for the narrow type reads the wide one.
fn refuse_promoted(ty: &Type, diags: &mut Diagnostics) {
    const NARROW: &[(&[&str], &str)] = &[
        (&["f32"], "f64"),
        (&["c_float"], "c_double"),
        (&["c_char", "c_schar", "c_uchar", "c_short", "c_ushort"], "c_int"),
        (&["bool", "i8", "u8", "i16", "u16"], "c_int"),
    ];
    let Type::Path(path) = peel(ty) else { return };
    let Some(last) = path.path.segments.last() else { return };
    let wide = NARROW.iter().find(|(narrow, _)| narrow.iter().any(|name| last.ident == name));
    if let Some((_, wide)) = wide {
        diags.error(
            ty,
            format_args!("C passes no `{}` through `...`: it becomes a `{wide}`", last.ident),
            format_args!("write `{wide}`"),
        );
    }
}
