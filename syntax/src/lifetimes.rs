//! Gives the elided lifetimes of a signature names: the frame is a struct, and a struct's fields
//! have none to elide.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{GenericArgument, GenericParam, Generics, Lifetime, PathArguments, Type, WherePredicate};

use crate::signature::Signature;

/// The types of a signature with every lifetime named.
pub struct Named {
    /// The lifetimes in use, in the order of their first use.
    pub lifetimes: Vec<Lifetime>,
    /// The bounds among them that the user declared.
    pub bounds: Vec<TokenStream>,
    /// The types of the arguments.
    pub args: Vec<Type>,
    /// The type of the returned value.
    pub ret: Option<Type>,
}

/// Names the lifetimes of `signature`; `None` if Rust's rules give a lifetime of the return type
/// no source, which `rustc` reports where the signature itself is declared.
pub fn name_all(signature: &Signature) -> Option<Named> {
    let mut walk = Walk { seen: Vec::new(), elided: Elided::Fresh(0) };
    let mut args: Vec<Type> = signature.args.iter().map(|arg| arg.ty.clone()).collect();
    args.iter_mut().for_each(|ty| walk.ty(ty));

    walk.elided = match &walk.seen[..] {
        [one] => Elided::Source(one.clone()),
        _ => Elided::None { met: false },
    };
    let mut ret = signature.ret.value().cloned();
    if let Some(ty) = &mut ret {
        walk.ty(ty);
    }
    if matches!(walk.elided, Elided::None { met: true }) {
        return None;
    }
    let lifetimes: Vec<_> = walk.seen.into_iter().filter(|seen| seen.ident != "static").collect();
    let bounds = bounds(&signature.generics, &lifetimes);
    Some(Named { lifetimes, bounds, args, ret })
}

/// Gives the elided lifetimes of `ty` the name `lifetime`. False if it has none.
pub fn give(ty: &mut Type, lifetime: &Lifetime) -> bool {
    let mut walk = Walk { seen: Vec::new(), elided: Elided::Source(lifetime.clone()) };
    walk.ty(ty);
    walk.seen.contains(lifetime)
}

enum Elided {
    /// In arguments: each is a lifetime of its own.
    Fresh(usize),
    /// In the return type, where the arguments have exactly one.
    Source(Lifetime),
    /// In the return type, where they have none or several.
    None { met: bool },
}

struct Walk {
    seen: Vec<Lifetime>,
    elided: Elided,
}

impl Walk {
    fn lifetime(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            let Some(named) = self.elided() else { return };
            *lifetime = named;
        }
        if !self.seen.contains(lifetime) {
            self.seen.push(lifetime.clone());
        }
    }

    fn elided(&mut self) -> Option<Lifetime> {
        match &mut self.elided {
            Elided::Fresh(count) => {
                *count += 1;
                let name = format!("'_{count}");
                Some(Lifetime::new(&name, Span::mixed_site()))
            }
            Elided::Source(lifetime) => Some(lifetime.clone()),
            Elided::None { met } => {
                *met = true;
                None
            }
        }
    }

    fn ty(&mut self, ty: &mut Type) {
        match ty {
            Type::Reference(reference) => {
                let mut lifetime = reference
                    .lifetime
                    .take()
                    .unwrap_or_else(|| Lifetime::new("'_", Span::mixed_site()));
                self.lifetime(&mut lifetime);
                reference.lifetime = Some(lifetime);
                self.ty(&mut reference.elem);
            }
            Type::Ptr(pointer) => self.ty(&mut pointer.elem),
            Type::Array(array) => self.ty(&mut array.elem),
            Type::Slice(slice) => self.ty(&mut slice.elem),
            Type::Paren(paren) => self.ty(&mut paren.elem),
            Type::Group(group) => self.ty(&mut group.elem),
            Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|ty| self.ty(ty)),
            Type::Path(path) => {
                for segment in &mut path.path.segments {
                    if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                        for argument in &mut arguments.args {
                            match argument {
                                GenericArgument::Lifetime(lifetime) => self.lifetime(lifetime),
                                GenericArgument::Type(ty) => self.ty(ty),
                                _ => {}
                            }
                        }
                    }
                }
            }
            // Elided lifetimes in a function pointer are its own; named ones may be the
            // signature's.
            Type::FnPtr(pointer) => {
                let own: HashSet<_> = pointer
                    .lifetimes
                    .iter()
                    .flat_map(|bound| &bound.lifetimes)
                    .filter_map(|param| match param {
                        GenericParam::Lifetime(param) => Some(param.lifetime.ident.to_string()),
                        _ => None,
                    })
                    .collect();
                let mut inner = Walk { seen: Vec::new(), elided: Elided::None { met: false } };
                // On copies: a lifetime given to an elided one in here would be wrong.
                let ret = match &pointer.output {
                    syn::ReturnType::Type(_, ty) => Some(&**ty),
                    syn::ReturnType::Default => None,
                };
                for ty in pointer.inputs.iter().map(|input| &input.ty).chain(ret) {
                    inner.ty(&mut ty.clone());
                }
                for lifetime in inner.seen {
                    if !own.contains(&lifetime.ident.to_string()) && !self.seen.contains(&lifetime)
                    {
                        self.seen.push(lifetime);
                    }
                }
            }
            _ => {}
        }
    }
}

/// `'a: 'b` for the declared bounds among `used`.
fn bounds(generics: &Generics, used: &[Lifetime]) -> Vec<TokenStream> {
    let inline = generics.params.iter().filter_map(|param| match param {
        GenericParam::Lifetime(param) => Some((&param.lifetime, &param.bounds)),
        _ => None,
    });
    let clause = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let clause = clause.filter_map(|predicate| match predicate {
        WherePredicate::Lifetime(predicate) => Some((&predicate.lifetime, &predicate.bounds)),
        _ => None,
    });
    let known = |lifetime: &&Lifetime| lifetime.ident == "static" || used.contains(lifetime);
    let mut bounds = Vec::new();
    for (longer, shorter) in inline.chain(clause).filter(|(longer, _)| known(longer)) {
        bounds.extend(shorter.iter().filter(known).map(|shorter| quote!(#longer: #shorter)));
    }
    bounds
}
