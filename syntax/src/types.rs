//! What can't cross the boundary, told by the type's shape. `rustc`'s own lint, which the
//! expansions make an error, judges the rest; what is caught here gets the rewrite to use.

use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, PathSegment, ReturnType, Type, TypeFnPtr};

use crate::diagnostics::Diagnostics;

/// Which way a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Rust calls C.
    Foreign,
    /// C calls Rust.
    Export,
}

/// Where in a signature a type stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The type of an argument.
    Argument,
    /// The return type.
    Return,
    /// What a pointer or reference points to.
    Pointee,
}

/// The type under parentheses and the invisible groups that `macro_rules!` makes.
pub fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => peel(&paren.elem),
        Type::Group(group) => peel(&group.elem),
        _ => ty,
    }
}

/// Reports what can't cross in `ty`. False if `rustc` would refuse a function with this type for
/// the same reason, so none should be declared.
pub fn check(ty: &Type, place: Place, side: Side, diags: &mut Diagnostics) -> bool {
    let mut check = Check { side, diags, usable: true };
    check.ty(ty, place);
    check.usable
}

struct Check<'d> {
    side: Side,
    diags: &'d mut Diagnostics,
    usable: bool,
}

impl Check<'_> {
    fn ty(&mut self, ty: &Type, place: Place) {
        let ty = peel(ty);
        match ty {
            Type::Reference(reference) => {
                let mutable = reference.mutability.is_some();
                self.pointer(ty, &reference.elem, mutable, place);
            }
            Type::Ptr(pointer) => {
                let mutable = matches!(pointer.mutability, syn::PointerMutability::Mut(_));
                self.pointer(ty, &pointer.elem, mutable, place);
            }
            Type::FnPtr(pointer) => self.fn_pointer(pointer),
            Type::Path(path) => self.path(ty, &path.path, place),
            Type::Array(array) if place == Place::Pointee => self.ty(&array.elem, place),
            Type::Array(array) => {
                let elem = text(&array.elem);
                let help = match place {
                    Place::Return => format!(
                        "return a `#[repr(C)]` struct that holds the array, or a `*const {elem}`"
                    ),
                    _ => format!(
                        "write `*const {elem}`, which is what `T x[n]` means in a C signature"
                    ),
                };
                self.diags.error(ty, "C can't pass an array by value", help);
            }
            Type::Tuple(tuple) if tuple.elems.is_empty() && place != Place::Argument => {}
            Type::Tuple(tuple) if tuple.elems.is_empty() => {
                self.diags.error(ty, "`()` is not a C type", "leave the argument out");
            }
            Type::Tuple(_) => self.diags.error(
                ty,
                "a tuple has no C layout",
                "declare a `#[repr(C)] struct` with these fields",
            ),
            Type::Slice(slice) => {
                self.usable &= place == Place::Pointee;
                self.slice(ty, &slice.elem, true, place);
            }
            Type::TraitObject(_) => {
                self.usable &= place == Place::Pointee;
                self.trait_object(ty);
            }
            Type::ImplTrait(_) => {
                self.usable = false;
                self.diags.error(
                    ty,
                    "`impl Trait` is not a C type: a C function is not generic",
                    "write the concrete type",
                );
            }
            Type::Infer(_) => {
                self.usable = false;
                self.diags.error(ty, "a type in a signature can't be left out", "write the type");
            }
            _ => {}
        }
    }

    /// `whole` is a pointer or reference to `pointee`.
    fn pointer(&mut self, whole: &Type, pointee: &Type, mutable: bool, place: Place) {
        let pointee = peel(pointee);
        match pointee {
            Type::Slice(slice) => self.slice(whole, &slice.elem, mutable, place),
            Type::TraitObject(_) => self.trait_object(whole),
            Type::Path(path) => match plain_std_name(&path.path) {
                Some(segment) if segment.ident == "str" => self.text_slice(whole, "str", place),
                Some(segment) if segment.ident == "CStr" => self.text_slice(whole, "CStr", place),
                _ => self.path(pointee, &path.path, Place::Pointee),
            },
            _ => self.ty(pointee, Place::Pointee),
        }
    }

    fn slice(&mut self, whole: &Type, elem: &Type, mutable: bool, place: Place) {
        let help = self.pointer_and_length(elem, mutable, place);
        self.diags.error(
            whole,
            "a slice is not a C type: it is a pointer and a length in one",
            help,
        );
    }

    fn pointer_and_length(&self, elem: &Type, mutable: bool, place: Place) -> String {
        let kind = if mutable { "mut" } else { "const" };
        let pointer = format!("*{kind} {}", text(elem));
        match (place, self.side) {
            (Place::Return, _) => {
                format!("return `{pointer}` and take a pointer to where the length goes")
            }
            (_, Side::Foreign) => {
                let get = if mutable { ".as_mut_ptr()" } else { ".as_ptr()" };
                format!("write two arguments, `{pointer}` and a length; pass `{get}` and `.len()`")
            }
            (_, Side::Export) => {
                let make = if mutable { "from_raw_parts_mut" } else { "from_raw_parts" };
                format!(
                    "write two arguments, `{pointer}` and a length; make the slice with \
                     `::core::slice::{make}`"
                )
            }
        }
    }

    fn trait_object(&mut self, whole: &Type) {
        self.diags.error(
            whole,
            "a trait object is not a C type: it is a pointer and a table in one",
            "write `*mut ::core::ffi::c_void` and point it at a value of a concrete type",
        );
    }

    fn text_slice(&mut self, whole: &Type, name: &str, place: Place) {
        let why = match name {
            "str" => "it has a length and no final NUL",
            _ => "it has a length of its own",
        };
        let help = self.c_string(place);
        let message = format!("a pointer to `{name}` is not a C string: {why}");
        self.diags.error(whole, message, help);
    }

    fn c_string(&self, place: Place) -> &'static str {
        match (self.side, place) {
            (Side::Export, Place::Return) => {
                "write `*const ::core::ffi::c_char` and return one that outlives the call, such as \
                 `.as_ptr()` of a `static` `CStr`"
            }
            (Side::Export, _) | (Side::Foreign, Place::Return) => {
                "write `*const ::core::ffi::c_char` and read it with `::core::ffi::CStr::from_ptr`"
            }
            (Side::Foreign, _) => {
                "write `*const ::core::ffi::c_char` and pass `.as_ptr()` of a `CStr`, such as \
                 `c\"text\"`"
            }
        }
    }

    fn fn_pointer(&mut self, pointer: &TypeFnPtr) {
        let rust = match &pointer.abi {
            None => true,
            Some(abi) => abi.name.as_ref().is_some_and(|name| name.value() == "Rust"),
        };
        if rust {
            self.diags.error(
                pointer,
                "C can't call a `fn` pointer of Rust's own calling convention",
                format_args!("write `{}`", with_c_abi(pointer)),
            );
            return;
        }
        for input in &pointer.inputs {
            self.ty(&input.ty, Place::Argument);
        }
        if let ReturnType::Type(_, ty) = &pointer.output {
            self.ty(ty, Place::Return);
        }
    }

    fn path(&mut self, ty: &Type, path: &Path, place: Place) {
        let Some(segment) = plain_std_name(path) else {
            return;
        };
        let name = segment.ident.to_string();
        let argument = only_argument(segment);
        if name == "char" {
            self.diags.error(
                ty,
                "Rust's `char` is a 4-byte Unicode scalar value, not C's `char`",
                "write `::core::ffi::c_char`, or `u32` for a code point",
            );
            return;
        }
        if let ("Option", Some(inner)) = (name.as_str(), argument) {
            self.option(ty, inner, place);
            return;
        }
        if let ("Box", Some(inner)) = (name.as_str(), argument) {
            match peel(inner) {
                Type::Slice(slice) => self.slice(ty, &slice.elem, true, place),
                Type::TraitObject(_) => self.trait_object(ty),
                Type::Path(path) if path.path.is_ident("str") => self.text_slice(ty, "str", place),
                _ => {}
            }
            return;
        }
        if place == Place::Pointee {
            return;
        }
        let (what, help) = match (name.as_str(), argument) {
            ("str", _) => {
                self.usable = false;
                ("a `str`", "write `*const ::core::ffi::c_char`".to_owned())
            }
            ("String" | "CString" | "OsString", None) => {
                ("an owned string", self.c_string(place).to_owned())
            }
            ("Vec", Some(elem)) => ("a `Vec`", self.pointer_and_length(elem, true, place)),
            ("Result", _) if !segment.arguments.is_none() => match self.side {
                Side::Foreign => (
                    "a `Result`",
                    "write the C type; `#[foreign_call(io)]` makes an `io::Result` of it"
                        .to_owned(),
                ),
                Side::Export => (
                    "a `Result`",
                    "write `#[export_callback(error = value)]`: C gets the `Ok`, or for an `Err` the \
                     value and the text by `callgate_last_error()`"
                        .to_owned(),
                ),
            },
            ("Rc" | "Arc", Some(inner)) => (
                "a reference count",
                format!("write `*const {}` and use `into_raw` and `from_raw`", text(inner)),
            ),
            _ => return,
        };
        self.diags.error(ty, format_args!("{what} has no C layout"), help);
    }

    /// `whole` is an `Option` of `inner`.
    fn option(&mut self, whole: &Type, inner: &Type, place: Place) {
        let inner = peel(inner);
        match inner {
            Type::FnPtr(_) | Type::Reference(_) => self.ty(inner, place),
            Type::Ptr(_) => self.diags.error(
                whole,
                "an `Option` of a raw pointer has no C layout: the pointer can be null already",
                format_args!("write `{}`", text(inner)),
            ),
            Type::Path(path) if is_number(&path.path) => self.diags.error(
                whole,
                format_args!("an `Option<{}>` has no C layout", text(inner)),
                format_args!(
                    "write `*const {}`, null for `None`, or `{0}` with a value that means none",
                    text(inner)
                ),
            ),
            Type::Path(path) => self.path(inner, &path.path, place),
            Type::Tuple(_) | Type::Array(_) | Type::Slice(_) => self.ty(inner, place),
            _ => {}
        }
    }
}

/// The last segment of a path that can only mean a type of the standard library: one name alone,
/// or a path from `std`, `core` or `alloc`. A type of the user's own with such a name is told
/// apart by a path: `self::String`.
fn plain_std_name(path: &Path) -> Option<&PathSegment> {
    let first = path.segments.first()?;
    let of_std = ["std", "core", "alloc"].iter().any(|name| first.ident == name);
    if path.segments.len() == 1 || of_std { path.segments.last() } else { None }
}

/// `T` of `Name<T>`.
fn only_argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

fn is_number(path: &Path) -> bool {
    const NAMES: &[&str] = &[
        "bool",
        "f32",
        "f64",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "c_char",
        "c_schar",
        "c_uchar",
        "c_short",
        "c_ushort",
        "c_int",
        "c_uint",
        "c_long",
        "c_ulong",
        "c_longlong",
        "c_ulonglong",
        "c_float",
        "c_double",
    ];
    path.segments.last().is_some_and(|last| NAMES.iter().any(|name| last.ident == name))
}

/// The pointer's type with `extern "C"` put in.
fn with_c_abi(pointer: &TypeFnPtr) -> String {
    let mut pointer = pointer.clone();
    pointer.abi = Some(syn::Abi {
        extern_token: Default::default(),
        name: Some(syn::LitStr::new("C", proc_macro2::Span::call_site())),
    });
    text(&pointer)
}

/// A type as a user would type it: tokens print with a space between any two.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [
        (" < ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        (":: ", "::"),
        ("& ", "&"),
        ("* ", "*"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ;", ";"),
        ("[ ", "["),
        (" ]", "]"),
        (" :", ":"),
        ("- >", "->"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}
