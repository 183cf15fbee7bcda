//! Collects every mistake of an item, so that one build reports them all.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far. Checks add to it and go on; the entry point turns it into
/// `compile_error!`s.
#[derive(Default)]
pub struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Reports `message`, underlining the tokens `at`, with the rewrite that `help` gives.
    pub fn error(&mut self, at: impl ToTokens, message: impl Display, help: impl Display) {
        self.errors.push(syn::Error::new_spanned(at, format!("{message}\n  = help: {help}")));
    }

    /// Reports a syntax error of `syn`'s with the rewrite that `help` gives.
    pub fn error_at(&mut self, error: syn::Error, help: impl Display) {
        self.errors.push(syn::Error::new(error.span(), format!("{error}\n  = help: {help}")));
    }

    /// Marks a place that belongs to the error just reported.
    pub fn related(&mut self, at: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(at, message));
    }

    /// Reports a syntax error as `syn` worded it.
    pub fn syntax(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// How many errors there are; a check compares before and after to know whether an item is
    /// faulty.
    pub fn count(&self) -> usize {
        self.errors.len()
    }

    /// The mistakes, for who has no compiler to tell.
    pub fn into_errors(self) -> Vec<syn::Error> {
        self.errors
    }

    /// The `compile_error!`s, one for each mistake, each at its own tokens.
    pub fn into_tokens(self) -> TokenStream {
        self.errors.into_iter().map(syn::Error::into_compile_error).collect()
    }
}
