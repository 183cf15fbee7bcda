//! The model of an `extern` block → the functions that users call.
//!
//! Each becomes one function of its own name:
//!
//! ```text
//! pub unsafe fn usleep(us: c_uint) -> c_int {
//!     #[repr(C)] struct _CgoFrame { p0: c_uint, r: MaybeUninit<c_int> }
//!     unsafe extern "C-unwind" fn _cgo_Cfunc_usleep(cgo_frame: *mut _CgoFrame) {
//!         unsafe extern "C" { unsafe fn usleep(us: c_uint) -> c_int; }
//!         unsafe { (*cgo_frame).r = MaybeUninit::new(usleep((&raw const (*cgo_frame).p0).read())); }
//!     }
//!     let mut frame = ManuallyDrop::new(_CgoFrame { p0: us, r: MaybeUninit::uninit() });
//!     static _CGO_FOREIGN_FN: ForeignFn = ForeignFn::new("usleep", file!(), line!());
//!     unsafe { cgocall(&_CGO_FOREIGN_FN, _cgo_Cfunc_usleep, &raw mut *frame) };
//!     unsafe { frame.r.assume_init_read() }
//! }
//! ```
//!
//! The C function is declared inside the shim and not beside it, because an item hides arguments
//! of the same name: `time(time)` would pass the function. For the same reason the shim's argument
//! has a name that no C function has.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Safety;

use super::model::{Block, Function, Outcome, Pace};
use crate::frame::Frame;
use crate::lifetimes;
use crate::signature::{Ret, Signature, Verdict};

/// Writes everything that a block declares.
pub fn block(block: &Block) -> TokenStream {
    let (abi, others, every) = (&block.abi, &block.others, &block.attributes.every);
    let functions = block.functions.iter().map(|function| self::function(function, block));
    let remaining = (!others.is_empty() || block.attributes.keep_block).then(|| {
        let attributes = &block.attributes.block;
        quote!(#every #attributes unsafe extern #abi { #(#others)* })
    });
    quote!(#remaining #(#functions)*)
}

fn function(function: &Function, block: &Block) -> TokenStream {
    let body = match function.verdict {
        Verdict::Unusable => return TokenStream::new(),
        Verdict::Faulty => None,
        // An error in the lifetimes is in the signature as well, and `rustc` words it better.
        Verdict::Fine => lifetimes::name_all(&function.signature).map(|named| {
            let frame = Frame::new(&function.signature, named, |ret| result_field(function, ret));
            self::body(function, block, &frame)
        }),
    };
    let faulty = body.is_none().then(|| quote!(#[allow(unused_variables)]));
    let body = body.unwrap_or_else(|| quote!(::core::unreachable!()));
    let allow = allowed_lints(function);
    let inline = (!function.attributes.inline).then(|| quote!(#[inline]));
    let (every, attributes) = (&block.attributes.every, &function.attributes.outer);
    let Function { visibility, signature, .. } = function;
    let unsafety = match &signature.safety {
        Safety::Safe(_) => None,
        Safety::Unsafe(token) => Some(quote!(#token)),
        Safety::Default => Some(quote!(unsafe)),
    };
    let Signature { name, generics, .. } = signature;
    let clause = &generics.where_clause;
    let args = signature.named_args();
    let ret = returned(function);
    quote! {
        #every #allow #faulty #inline #attributes
        #visibility #unsafety fn #name #generics (#(#args),*) #ret #clause { #body }
    }
}

/// C names functions as it likes, has as many arguments as it likes, and documents safety
/// elsewhere: `rustc` and clippy say nothing of these in an `extern` block either.
fn allowed_lints(function: &Function) -> TokenStream {
    let must_use = (function.outcome == Outcome::Io).then(|| quote!(clippy::double_must_use,));
    quote!(#[allow(non_snake_case, clippy::missing_safety_doc, clippy::too_many_arguments, #must_use)])
}

/// The outer function's `-> T`.
fn returned(function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    let ret = &function.signature.ret;
    let value = ret.value().map_or_else(|| quote!(()), |ty| quote!(#ty));
    match function.outcome {
        Outcome::Plain => ret.arrow(),
        Outcome::Errno => quote_spanned!(here=> -> (#value, ::callgate::Errno)),
        Outcome::Io => quote_spanned!(here=> -> ::callgate::__private::io::Result<#value>),
    }
}

/// The type of the frame's result: what the outer function needs to make its own of.
fn result_field(function: &Function, ret: Option<syn::Type>) -> Option<TokenStream> {
    let here = Span::mixed_site();
    match function.outcome {
        Outcome::Plain => ret.map(|ty| quote!(#ty)),
        Outcome::Errno => {
            let value = ret.map_or_else(|| quote!(()), |ty| quote!(#ty));
            Some(quote_spanned!(here=> (#value, ::callgate::Errno)))
        }
        Outcome::Io => {
            ret.map(|ty| quote_spanned!(here=> ::core::result::Result<#ty, ::callgate::Errno>))
        }
    }
}

fn body(function: &Function, block: &Block, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    let signature = &function.signature;
    let declaration = frame.declaration();
    let name = format_ident!("_cgo_Cfunc_{}", signature.name, span = signature.name.span());
    let shim = shim(&name, function, block, frame);
    let (pack, pointer) = frame.pack();
    let (described, call) = call(function, &name, &pointer);
    let end = match &signature.ret {
        // SAFETY: the C function is declared to never return, and so the shim doesn't.
        Ret::Never(_) => quote_spanned!(here=> unsafe { ::core::hint::unreachable_unchecked() }),
        _ if !frame.has_result() => TokenStream::new(),
        _ => {
            let result = frame.take_result();
            // SAFETY: the shim has returned, so it has stored the result, and it is read once.
            let result = quote_spanned!(here=> unsafe { #result });
            match function.outcome {
                Outcome::Io => quote_spanned! {here=>
                    #result.map_err(::core::convert::From::from)
                },
                _ => result,
            }
        }
    };
    quote_spanned! {here=>
        #declaration
        #shim
        #described
        #pack
        #call
        #end
    }
}

/// What the runtime knows the function by, and the call of the shim on the `g0` stack.
fn call(function: &Function, shim: &Ident, frame: &TokenStream) -> (TokenStream, TokenStream) {
    let here = Span::mixed_site();
    let text = function.signature.plain_name();
    // `line!` tells where its own token stands, and the attribute's line if that is ours.
    let place = quote_spanned! {function.signature.name.span()=>
        ::core::file!(), ::core::line!()
    };
    let described = quote_spanned! {here=>
        static _CGO_FOREIGN_FN: ::callgate::__private::ForeignFn =
            ::callgate::__private::ForeignFn::new(#text, #place);
    };
    let cgocall = match function.pace {
        Pace::Normal => quote!(cgocall),
        Pace::Blocking => quote!(cgocall_blocking),
        Pace::Leaf => quote!(cgocall_leaf),
    };
    // SAFETY: the shim reads the frame that was just packed for it, which outlives the call. What
    // the C function itself asks for is promised by the caller, or by the block for a `safe fn`.
    let call = quote_spanned! {here=>
        unsafe { ::callgate::__private::#cgocall(&_CGO_FOREIGN_FN, #shim, #frame) };
    };
    (described, call)
}

/// The function that runs on the `g0` stack: unpacks the frame, calls C, stores the result.
fn shim(name: &Ident, function: &Function, block: &Block, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    let (abi, block_allows) = (&block.abi, &block.attributes.allows);
    let (allows, attributes) = (&function.attributes.allows, &function.attributes.inner);
    let signature = &function.signature;
    let Signature { name: c_name, generics, ret, .. } = signature;
    let clause = &generics.where_clause;
    let (args, arrow) = (signature.declared_args(), ret.arrow());
    let frame_ty = frame.ty();
    let pointer = Ident::new("cgo_frame", here);
    let param = if frame.is_empty() { quote!(_) } else { quote!(#pointer) };
    let unpacked = frame.unpack(&pointer);
    let called = quote_spanned!(here=> #c_name(#(#unpacked),*));
    let store = quote_spanned!(here=> (*#pointer).r = ::callgate::__private::MaybeUninit::new);
    // SAFETY: `cgocall` hands on the frame of the outer function, whose arguments are moved out
    // of it once; the C function is called as its declaration says.
    let work = match (function.outcome, ret) {
        (Outcome::Plain, Ret::Value(_)) => quote_spanned!(here=> #store(#called);),
        (Outcome::Plain, _) => quote_spanned!(here=> #called;),
        (Outcome::Errno, _) => quote_spanned! {here=>
            ::callgate::__private::clear_errno();
            let r = #called;
            #store((r, ::callgate::__private::errno()));
        },
        (Outcome::Io, _) => {
            // The user's own tokens name the type, so that a type which can't tell failure is
            // reported there.
            let ty = ret.value();
            quote_spanned! {here=>
                ::callgate::__private::clear_errno();
                let r = #called;
                #store(if <#ty as ::callgate::__private::IoReturn>::is_failure(&r) {
                    ::core::result::Result::Err(::callgate::__private::errno())
                } else {
                    ::core::result::Result::Ok(r)
                });
            }
        }
    };
    // Declared as the user does: `rustc` compares it with other declarations of the same symbol.
    let (safety, allow) = match signature.safety {
        Safety::Safe(_) => (quote!(safe), Some(quote!(#[allow(unused_unsafe)]))),
        _ => (quote!(unsafe), None),
    };
    quote_spanned! {here=>
        #allow
        unsafe extern "C-unwind" fn #name(#param: *mut #frame_ty) {
            #[deny(improper_ctypes)]
            #block_allows
            #allows
            unsafe extern #abi {
                #attributes
                #safety fn #c_name #generics (#(#args),*) #arrow #clause;
            }
            unsafe { #work }
        }
    }
}
