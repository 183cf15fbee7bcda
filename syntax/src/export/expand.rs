//! The model of an exported function → the function that C calls.
//!
//! ```text
//! #[unsafe(export_name = "add")]
//! pub extern "C" fn add(x: c_int) -> c_int {
//!     fn _cgo_body_add(x: c_int) -> c_int { … }        // as the user wrote it
//!     fn _cgo_on_panic() -> c_int { -1 }               // for `panic = return(-1)`
//!     {
//!         #[repr(C)] struct _CgoFrame { p0: c_int, r: MaybeUninit<c_int> }
//!         unsafe fn _cgoexp_add(cgo_frame: *mut c_void) { … }
//!         static _CGO_CALLBACK: Callback = Callback { name: "add", shim: _cgoexp_add, … };
//!         let mut cgo_frame = ManuallyDrop::new(_CgoFrame { p0: x, r: MaybeUninit::uninit() });
//!         unsafe { cgocallback(&_CGO_CALLBACK, &raw mut *cgo_frame) };
//!         unsafe { cgo_frame.r.assume_init_read() }
//!     }
//! }
//! ```
//!
//! The user's code stands outside the inner block, where it can't see our items. A method's stays in
//! its `impl` block.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Body, Callback, OnError, Panic, Receiver};
use crate::frame::Frame;
use crate::lifetimes;
use crate::signature::{Ret, Verdict};

/// Writes the exported function.
pub fn callback(callback: &Callback) -> TokenStream {
    let body = match callback.verdict {
        Verdict::Unusable => return TokenStream::new(),
        Verdict::Faulty => None,
        // An error in the lifetimes is in the signature as well, and `rustc` words it better.
        Verdict::Fine => lifetimes::name_all(&callback.signature).map(|named| {
            let frame = Frame::new(&callback.signature, named, |ret| ret.map(|ty| quote!(#ty)));
            self::body(callback, &frame)
        }),
    };
    let faulty = body.is_none();
    let (args, body) = callback.signature.args_and_body(body);
    // A faulty function is declared for its callers' sake alone: `rustc` has nothing to add.
    let lints = if faulty {
        quote!(#[allow(improper_ctypes_definitions)])
    } else {
        quote!(#[deny(improper_ctypes_definitions)])
    };
    let symbol = callback
        .symbol
        .iter()
        .filter(|_| !faulty)
        .map(|symbol| quote!(#[unsafe(export_name = #symbol)]));
    let Callback { attributes, visibility, signature, abi, .. } = callback;
    let unsafety = signature.is_unsafe().then(|| quote!(unsafe));
    let (name, generics, clause) =
        (&signature.name, &signature.generics, &signature.generics.where_clause);
    let arrow = signature.ret.arrow();
    quote! {
        #lints
        #(#attributes)*
        #(#symbol)*
        #visibility #unsafety extern #abi fn #name #generics #args #arrow #clause #body
    }
}

fn body(callback: &Callback, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    let signature = &callback.signature;
    let user_fn = user_fn(callback);
    let values = values(callback, frame);
    let declaration = frame.declaration();
    let here_at_name = signature.name.span().resolved_at(here);
    let name = format_ident!("_cgoexp_{}", signature.name, span = here_at_name);
    let shim = shim(&name, callback, frame);
    let policy = policy(callback, frame);
    let text = &callback.text;
    // `line!` tells where its own token stands, and the attribute's line if that is ours.
    let place = quote_spanned! {signature.name.span()=>
        file: ::core::file!(), line: ::core::line!()
    };
    let (pack, pointer) = frame.pack();
    let end = match &signature.ret {
        // The body never returns, and no policy returns in its place.
        Ret::Never(_) => quote_spanned!(here=> ::core::unreachable!()),
        Ret::Unit => TokenStream::new(),
        Ret::Value(_) => {
            let result = frame.take_result();
            // SAFETY: `cgocallback` has returned, so the shim or the panic policy has stored the
            // result, and it is read once.
            quote_spanned!(here=> unsafe { #result })
        }
    };
    // SAFETY: (of the call) the shim reads the frame that was just packed for it, which outlives
    // the call.
    quote_spanned! {here=>
        #user_fn
        #values
        {
            #declaration
            #shim
            static _CGO_CALLBACK: ::callgate::__private::Callback = ::callgate::__private::Callback {
                name: #text,
                #place,
                shim: #name,
                policy: #policy,
            };
            #pack
            unsafe { ::callgate::__private::cgocallback(&_CGO_CALLBACK, #pointer) };
            #end
        }
    }
}

fn user_fn_name(callback: &Callback) -> Ident {
    let name = &callback.signature.name;
    format_ident!("_cgo_body_{}", name, span = name.span().resolved_at(Span::mixed_site()))
}

/// The user's function as it was written, but for its name and ABI.
fn user_fn(callback: &Callback) -> Option<TokenStream> {
    let Body::Function(body) = &callback.body else { return None };
    let name = user_fn_name(callback);
    let Callback { signature, error, .. } = callback;
    let unsafety = signature.is_unsafe().then(|| quote!(unsafe));
    let asyncness = signature.is_async.then(|| quote!(async));
    let (generics, clause) = (&signature.generics, &signature.generics.where_clause);
    let args = signature.written_args();
    let arrow = match error {
        Some(OnError { written, .. }) => quote!(-> #written),
        None => signature.ret.arrow(),
    };
    let allow = signature.allowed_lints();
    Some(quote! {
        #allow
        #asyncness #unsafety fn #name #generics (#(#args),*) #arrow #clause #body
    })
}

/// The functions that evaluate what C gets after a panic or an error.
fn values(callback: &Callback, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    let (generics, ret) = frame.return_type();
    let arrow = ret.map(|ty| quote!(-> #ty));
    let mut values = TokenStream::new();
    if let Panic::Return(Some(value)) = &callback.panic {
        values.extend(quote_spanned!(here=> fn _cgo_on_panic #generics () #arrow { #value }));
    }
    if let Some(OnError { value: Some(value), .. }) = &callback.error {
        values.extend(quote_spanned!(here=> fn _cgo_on_error #generics () #arrow { #value }));
    }
    values
}

/// The policy, with the function that stores the value for C.
fn policy(callback: &Callback, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    match &callback.panic {
        Panic::Abort => quote_spanned!(here=> ::callgate::__private::PanicPolicy::Abort),
        Panic::Unwind => quote_spanned!(here=> ::callgate::__private::PanicPolicy::Unwind),
        Panic::Return(value) => {
            let frame_ty = frame.ty();
            let call = value.as_ref().map(|_| quote_spanned!(here=> _cgo_on_panic()));
            // SAFETY: the runtime passes the frame that the exported function packed.
            let store = if frame.has_result() {
                quote_spanned! {here=>
                    unsafe fn _cgo_store(cgo_frame: *mut ::core::ffi::c_void) {
                        let cgo_frame = cgo_frame.cast::<#frame_ty>();
                        unsafe { (*cgo_frame).r = ::callgate::__private::MaybeUninit::new(#call) };
                    }
                }
            } else {
                quote_spanned! {here=>
                    unsafe fn _cgo_store(_: *mut ::core::ffi::c_void) { #call }
                }
            };
            quote_spanned!(here=> {
                #store
                ::callgate::__private::PanicPolicy::Return(_cgo_store)
            })
        }
    }
}

/// The function that runs as Rust code of a G: unpacks the frame, calls the user's function,
/// stores the result.
fn shim(name: &Ident, callback: &Callback, frame: &Frame) -> TokenStream {
    let here = Span::mixed_site();
    let pointer = Ident::new("cgo_frame", here);
    let (take, unpacked) = frame.unpack(&pointer);
    let is_plain = unpacked.is_empty() && !callback.signature.is_unsafe();
    let called = called(callback, unpacked);
    let frame_ty = frame.ty();
    // SAFETY: (of all below) `cgocallback` hands on the frame of the exported function, whose
    // arguments are moved out of it once; what an `unsafe fn` asks for is promised by C.
    let work = if frame.has_result() {
        quote_spanned! {here=>
            unsafe { #take (*cgo_frame).r = ::callgate::__private::MaybeUninit::new(#called) };
        }
    } else if is_plain {
        quote_spanned!(here=> #called;)
    } else {
        quote_spanned!(here=> unsafe { #take #called };)
    };
    let (param, cast) = if frame.is_empty() {
        (quote_spanned!(here=> _), None)
    } else {
        (
            quote!(#pointer),
            Some(quote_spanned!(here=> let cgo_frame = cgo_frame.cast::<#frame_ty>();)),
        )
    };
    quote_spanned! {here=>
        unsafe extern "C-unwind" fn #name(#param: *mut ::core::ffi::c_void) {
            #cast
            #work
        }
    }
}

/// The call of the user's function with the arguments `unpacked`, as a value for C.
fn called(callback: &Callback, mut unpacked: Vec<TokenStream>) -> TokenStream {
    let here = Span::mixed_site();
    let mut handle = None;
    let user_fn = match &callback.body {
        Body::Function(_) => user_fn_name(callback).into_token_stream(),
        Body::Method { path, receiver } => {
            match (receiver, unpacked.first_mut()) {
                (Receiver::Pointer, Some(this)) => {
                    *this = quote_spanned!(here=>
                        ::callgate::__private::receiver(#this, &_CGO_CALLBACK)
                    );
                }
                (Receiver::Handle, Some(this)) => {
                    handle = Some(std::mem::replace(this, quote_spanned!(here=> &this)));
                }
                _ => {}
            }
            path.clone()
        }
    };
    let mut called = quote_spanned!(here=> #user_fn(#(#unpacked),*));
    if callback.signature.is_async {
        called = quote_spanned!(here=> ::callgate::block_on(#called));
    }
    let Some(OnError { value, written }) = &callback.error else {
        return match handle {
            None => called,
            Some(handle) => quote_spanned!(here=> {
                let this = ::callgate::__private::handle(#handle, &_CGO_CALLBACK);
                #called
            }),
        };
    };
    let value = match value {
        Some(_) => quote_spanned!(here=> _cgo_on_error),
        None => quote_spanned!(here=> || ()),
    };
    // At the user's type: there an error that can't be displayed is reported.
    let result = Ident::new("result", here.located_at(written.span()));
    let checked = quote_spanned!(here=> {
        let #result = #called;
        ::callgate::__private::or_last_error(#result, #value)
    });
    match handle {
        None => checked,
        Some(handle) => quote_spanned!(here=> match ::callgate::Handle::get(#handle) {
            ::core::result::Result::Ok(this) => #checked,
            ::core::result::Result::Err(error) => {
                ::callgate::__private::set_last_error(&error);
                (#value)()
            }
        }),
    }
}
