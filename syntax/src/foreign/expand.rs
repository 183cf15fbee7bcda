//! The model of an `extern` block → the functions that users call.
//!
//! Each becomes one function of its own name:
//!
//! ```text
//! pub unsafe fn usleep(us: c_uint) -> c_int {
//!     unsafe extern "C-unwind" fn _cgo_Cfunc_usleep(cgo_p0: c_uint) -> c_int {
//!         unsafe extern "C" { unsafe fn usleep(us: c_uint) -> c_int; }
//!         unsafe { usleep(cgo_p0) }
//!     }
//!     static _CGO_FOREIGN_FN: ForeignFn = ForeignFn::new("usleep", file!(), line!());
//!     unsafe {
//!         cgocall::<_, false>(&_CGO_FOREIGN_FN, Call {
//!             shim: _cgo_Cfunc_usleep as unsafe extern "C-unwind" fn(_) -> _,
//!             address: {
//!                 unsafe extern "C" { unsafe fn usleep(us: c_uint) -> c_int; }
//!                 usleep as *const () as *const c_void
//!             },
//!             args: (us,),
//!             how: const { passed(&[IsScalar::<c_uint>::PASSED], IsScalar::<c_int>::PASSED) },
//!         })
//!     }.0
//! }
//! ```
//!
//! The C function is declared inside the shim and not beside it, because an item hides arguments
//! of the same name: `time(time)` would pass the function. The shim's arguments have names
//! that no item of the user's is likely to have: a `static` of an argument's name would be an error.
//!
//! What is called on the `g0` stack is the address after the shim: that of the C function itself, if it has
//! the shim's type but for its name. To go through a shim that only jumps there would cost a tenth of
//! the call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Safety, Type};

use super::model::{Block, Function, Outcome, Pace};
use crate::lifetimes;
use crate::signature::{Arg, Ret, Signature, Verdict, repeated, unlinted};
use crate::types::peel;

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
        Verdict::Faulty => function.is_async.then(|| pending(&function.signature)),
        // An error in the lifetimes is in the signature as well, and `rustc` words it better.
        Verdict::Fine => {
            lifetimes::name_all(&function.signature).map(|_| self::body(function, block))
        }
    };
    let (args, body) = function.signature.args_and_body(body);
    let allow = function.signature.allowed_lints();
    let inline = (!function.attributes.inline).then(|| quote!(#[inline]));
    // The G is made when the future is polled, and is said to be made by the call.
    let tracked = function.is_async.then(|| quote!(#[track_caller]));
    let (every, attributes) = (&block.attributes.every, &function.attributes.outer);
    let Function { visibility, signature, .. } = function;
    let unsafety = match &signature.safety {
        Safety::Safe(_) => None,
        Safety::Unsafe(token) => Some(quote!(#token)),
        Safety::Default => Some(quote!(unsafe)),
    };
    let (name, generics) = (unlinted(&signature.name), &signature.generics);
    let clause = &generics.where_clause;
    let ret = returned(function);
    quote! {
        #every #allow #inline #tracked #attributes
        #visibility #unsafety fn #name #generics #args #ret #clause #body
    }
}

/// The outer function's `-> T`.
fn returned(function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    let ret = &function.signature.ret;
    let value = ret.value().map_or_else(|| quote!(()), |ty| quote!(#ty));
    let value = match function.outcome {
        Outcome::Plain if !function.is_async => return ret.arrow(),
        Outcome::Plain => value,
        Outcome::Errno => quote_spanned!(here=> (#value, ::callgate::Errno)),
        Outcome::Io => quote_spanned!(here=> ::callgate::__private::io::Result<#value>),
    };
    if !function.is_async {
        return quote_spanned!(here=> -> #value);
    }
    quote_spanned! {here=>
        -> impl ::core::future::Future<Output = #value> + ::core::marker::Send + 'static
    }
}

/// The body of an `async` function that has been reported: a future, so that its callers get no errors.
fn pending(signature: &Signature) -> TokenStream {
    let here = Span::mixed_site();
    let used = signature
        .args
        .iter()
        .map(|Arg { conditions, name, .. }| quote_spanned!(here=> #(#conditions)* let _ = #name;));
    quote_spanned!(here=> #(#used)* ::core::future::pending())
}

fn body(function: &Function, block: &Block) -> TokenStream {
    let here = Span::mixed_site();
    let signature = &function.signature;
    let here_at_name = signature.name.span().resolved_at(here);
    let name = format_ident!("_cgo_Cfunc_{}", signature.name, span = here_at_name);
    let shim = shim(&name, function, block);
    let text = signature.plain_name();
    // `line!` tells where its own token stands, and the attribute's line if that is ours.
    let place = quote_spanned! {signature.name.span()=>
        ::core::file!(), ::core::line!()
    };
    let address = address(&name, function, block);
    let mut call = call(function, &name, &address);
    if function.is_async {
        call = call_on_g(signature, &call);
    }
    quote_spanned! {here=>
        #shim
        static _CGO_FOREIGN_FN: ::callgate::__private::ForeignFn =
            ::callgate::__private::ForeignFn::new(#text, #place);
        #call
    }
}

/// The call of the shim on the `g0` stack, and what becomes of its result.
fn call(function: &Function, shim: &Ident, address: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let Function { signature, outcome, pace, .. } = function;
    let named = quote_spanned!(here=> &_CGO_FOREIGN_FN,);
    let (cgocall, f) = match pace {
        Pace::Normal => ("cgocall", Some(named)),
        Pace::Leaf => ("cgocall_leaf", Some(named)),
        Pace::Blocking => ("cgocall_blocking", None),
    };
    let cgocall = Ident::new(cgocall, here);
    let errno = *outcome != Outcome::Plain;
    let (mut types, mut args, mut hows) = (Vec::new(), Vec::new(), Vec::new());
    for Arg { conditions, name, ty, .. } in &signature.args {
        types.push(quote_spanned!(here=> #(#conditions)* _));
        args.push(quote_spanned!(here=> #(#conditions)* #name,));
        hows.push(
            quote_spanned!(here=> #(#conditions)* ::callgate::__private::IsScalar::<#ty>::PASSED),
        );
    }
    let ret = signature.ret.value().map_or_else(
        || quote_spanned!(here=> ::callgate::__private::Passed::AsWords),
        |ty| quote_spanned!(here=> ::callgate::__private::IsScalar::<#ty>::PASSED),
    );
    // SAFETY: the shim calls the C function as it is declared. What that asks for is promised by the
    // caller, or by the block for a `safe fn`.
    let call = quote_spanned! {here=>
        unsafe {
            ::callgate::__private::#cgocall::<_, #errno>(#f ::callgate::__private::Call {
                shim: #shim as unsafe extern "C-unwind" fn(#(#types),*) -> _,
                address: #address,
                args: (#(#args)*),
                how: const {
                    use ::callgate::__private::NotScalar as _;
                    ::callgate::__private::passed(&[#(#hows),*], #ret)
                },
            })
        }
    };
    match (&signature.ret, outcome) {
        // SAFETY: the C function is declared to never return, and so the shim doesn't.
        (Ret::Never(_), _) => quote_spanned! {here=>
            #call;
            unsafe { ::core::hint::unreachable_unchecked() }
        },
        (_, Outcome::Plain) => quote_spanned!(here=> #call.0),
        (_, Outcome::Errno) => call,
        (ret, Outcome::Io) => {
            // The user's own tokens name the type, so that a type which can't tell failure is
            // reported there.
            let ty = ret.value();
            quote_spanned! {here=>
                let (cgo_result, cgo_errno) = #call;
                <#ty as ::callgate::__private::IoReturn>::or_error(cgo_result, cgo_errno)
            }
        }
    }
}

/// A future of `call`, which a G makes that has the arguments. Whoever calls the function promises what
/// nobody can check of a raw pointer; all else must be `Send`, and is told so at its type.
fn call_on_g(signature: &Signature, call: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let types = signature.args.iter().map(|arg| (&arg.conditions[..], &arg.ty));
    let types = types.chain(signature.ret.value().map(|ty| (&[][..], ty)));
    let checks =
        types.filter(|(_, ty)| !matches!(peel(ty), Type::Ptr(_))).map(|(conditions, ty)| {
            let ty = repeated(ty);
            quote_spanned!(here=> #(#conditions)* ::callgate::__private::may_be_sent::<#ty>();)
        });
    // SAFETY: the caller of the function, or the block for a `safe fn`, promises that C may be called
    // so on another thread.
    quote_spanned! {here=>
        #(#checks)*
        let cgo_call = move || { #call };
        unsafe { ::callgate::__private::cgocall_async(cgo_call) }
    }
}

/// The call of the C function itself. One that may be left by unwinding must not be: the shim's
/// callers are on another stack, and nothing that unwinds may go on there.
fn called(block: &Block, name: &Ident, args: &[TokenStream]) -> TokenStream {
    let here = Span::mixed_site();
    let call = quote_spanned!(here=> #name(#(#args),*));
    if !block.abi.value().ends_with("-unwind") {
        return call;
    }
    quote_spanned!(here=> ::callgate::__private::no_unwinding(&_CGO_FOREIGN_FN, || #call))
}

/// What runs on the `g0` stack if all arguments lie in registers: the C function, where it is
/// called as its shim is, or the shim.
fn address(shim: &Ident, function: &Function, block: &Block) -> TokenStream {
    let here = Span::mixed_site();
    if block.abi.value() != "C" || function.signature.dots.is_some() {
        return quote_spanned!(here=> #shim as *const () as *const ::core::ffi::c_void);
    }
    let name = &function.signature.name;
    let declaration = declaration(function, block);
    quote_spanned! {here=>
        {
            #declaration
            #name as *const () as *const ::core::ffi::c_void
        }
    }
}

/// The C function, as the user declares it: `rustc` compares it with other declarations of the same symbol.
fn declaration(function: &Function, block: &Block) -> TokenStream {
    let here = Span::mixed_site();
    let (abi, block_allows) = (&block.abi, &block.attributes.allows);
    let (allows, attributes) = (&function.attributes.allows, &function.attributes.inner);
    let signature = &function.signature;
    let Signature { name, generics, ret, .. } = signature;
    let clause = &generics.where_clause;
    let (declared, arrow) = (signature.declared_args(), ret.arrow());
    let safety = match signature.safety {
        Safety::Safe(_) => quote!(safe),
        _ => quote!(unsafe),
    };
    // It stands twice; what is said of it twice in the same words, `rustc` says once.
    quote_spanned! {here=>
        #[deny(improper_ctypes)]
        #block_allows
        #allows
        unsafe extern #abi {
            #attributes
            #safety fn #name #generics (#(#declared),*) #arrow #clause;
        }
    }
}

/// The function that runs on the `g0` stack: calls C.
fn shim(name: &Ident, function: &Function, block: &Block) -> TokenStream {
    let here = Span::mixed_site();
    let signature = &function.signature;
    let Signature { name: c_name, generics, ret, .. } = signature;
    let (generics_again, clause_again) = (repeated(generics), repeated(&generics.where_clause));
    let declaration = declaration(function, block);
    let (mut params, mut args) = (Vec::new(), Vec::new());
    for (index, Arg { conditions, ty, .. }) in signature.args.iter().enumerate() {
        let p = format_ident!("cgo_p{index}", span = here);
        let ty = repeated(ty);
        params.push(quote_spanned!(here=> #(#conditions)* #p: #ty));
        args.push(quote_spanned!(here=> #(#conditions)* #p));
    }
    let called = called(block, c_name, &args);
    // A type for what never returns can't be named in the cast of the shim.
    let (returned, end) = match ret {
        Ret::Never(_) => (TokenStream::new(), quote_spanned!(here=> ;)),
        _ => (repeated(&ret.arrow()), TokenStream::new()),
    };
    quote_spanned! {here=>
        // Compiled where the function is called, and not where it is only declared.
        #[inline]
        unsafe extern "C-unwind" fn #name #generics_again (#(#params),*) #returned #clause_again {
            #declaration
            unsafe { #called #end }
        }
    }
}
