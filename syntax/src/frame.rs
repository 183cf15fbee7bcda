//! The `repr(C)` struct by which one side of a stack switch hands the arguments to the other and
//! gets the result back.
//!
//! Its fields are called as cgo calls them, `p0`, `p1`, … and `r`, so no name of an argument can
//! meet one of ours. The variable that holds it is called `cgo_frame`, as no `static` of C is: a
//! pattern would mean the `static`, whatever its hygiene. It is kept in a `ManuallyDrop`: the values that it holds belong to whoever
//! reads them out.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use crate::lifetimes::Named;
use crate::signature::Signature;

/// A frame for a signature, ready to be written out.
pub struct Frame<'s> {
    signature: &'s Signature,
    named: Named,
    result: Option<TokenStream>,
}

impl<'s> Frame<'s> {
    /// The frame of `signature`, whose types `named` gives. `result` makes the type of the field
    /// for the result from the returned type.
    pub fn new(
        signature: &'s Signature,
        named: Named,
        result: impl FnOnce(Option<Type>) -> Option<TokenStream>,
    ) -> Self {
        let result = result(named.ret.clone());
        Frame { signature, named, result }
    }

    /// The returned type and the generics with which a function without arguments can return it.
    pub fn return_type(&self) -> (Option<TokenStream>, Option<&Type>) {
        let Named { lifetimes, ret, .. } = &self.named;
        let generics = (ret.is_some() && !lifetimes.is_empty()).then(|| quote!(<#(#lifetimes),*>));
        (generics, ret.as_ref())
    }

    /// Whether there is nothing to pass either way.
    pub fn is_empty(&self) -> bool {
        self.signature.args.is_empty() && self.result.is_none()
    }

    /// Whether it has a field for a result.
    pub fn has_result(&self) -> bool {
        self.result.is_some()
    }

    /// The struct's declaration.
    pub fn declaration(&self) -> TokenStream {
        if self.is_empty() {
            return TokenStream::new();
        }
        let here = Span::mixed_site();
        let Named { lifetimes, bounds, args, .. } = &self.named;
        let generics = (!lifetimes.is_empty()).then(|| quote!(<#(#lifetimes),*>));
        let bounds = (!bounds.is_empty()).then(|| quote!(where #(#bounds),*));
        let fields = self.signature.args.iter().zip(args).enumerate().map(|(index, (arg, ty))| {
            let (conditions, name) = (&arg.conditions, field(index));
            quote!(#(#conditions)* #name: #ty,)
        });
        let result = self
            .result
            .iter()
            .map(|result| quote_spanned!(here=> r: ::callgate::__private::MaybeUninit<#result>,));
        quote_spanned! {here=>
            #[repr(C)]
            struct _CgoFrame #generics #bounds {
                #(#fields)*
                #(#result)*
            }
        }
    }

    /// The frame's type where elided lifetimes are allowed.
    pub fn ty(&self) -> TokenStream {
        let here = Span::mixed_site();
        if self.is_empty() {
            return quote_spanned!(here=> ());
        }
        let elided = self.named.lifetimes.iter().map(|_| quote_spanned!(here=> '_));
        if self.named.lifetimes.is_empty() {
            quote_spanned!(here=> _CgoFrame)
        } else {
            quote_spanned!(here=> _CgoFrame<#(#elided),*>)
        }
    }

    /// The statement that packs the arguments, and the expression that points to the frame.
    pub fn pack(&self) -> (TokenStream, TokenStream) {
        let here = Span::mixed_site();
        if self.is_empty() {
            return (TokenStream::new(), quote_spanned!(here=> ::core::ptr::dangling_mut::<()>()));
        }
        let fields = self.signature.args.iter().enumerate().map(|(index, arg)| {
            let (conditions, field, name) = (&arg.conditions, field(index), &arg.name);
            quote_spanned!(here=> #(#conditions)* #field: #name,)
        });
        let result = self
            .result
            .iter()
            .map(|_| quote_spanned!(here=> r: ::callgate::__private::MaybeUninit::uninit(),));
        let statement = quote_spanned! {here=>
            let mut cgo_frame = ::core::mem::ManuallyDrop::new(_CgoFrame { #(#fields)* #(#result)* });
        };
        (statement, quote_spanned!(here=> &raw mut *cgo_frame))
    }

    /// A statement that moves everything out of the frame to which `pointer` points, for an `unsafe`
    /// context, and expressions that move the arguments on. A read for each argument would cost the
    /// compiler more.
    pub fn unpack(&self, pointer: &Ident) -> (Option<TokenStream>, Vec<TokenStream>) {
        let here = Span::mixed_site();
        let read = |index: usize| {
            let (conditions, field) = (&self.signature.args[index].conditions, field(index));
            quote_spanned!(here=> #(#conditions)* cgo_args.#field)
        };
        let args: Vec<_> = (0..self.signature.args.len()).map(read).collect();
        let take =
            (!args.is_empty()).then(|| quote_spanned!(here=> let cgo_args = #pointer.read();));
        (take, args)
    }

    /// An expression, for an `unsafe` context, that moves the result out of the local frame.
    pub fn take_result(&self) -> TokenStream {
        quote_spanned!(Span::mixed_site()=> cgo_frame.r.assume_init_read())
    }
}

fn field(index: usize) -> Ident {
    format_ident!("p{index}", span = Span::mixed_site())
}
