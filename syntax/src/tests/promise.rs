//! What the macros promise for any tokens, as a check. `syntax/fuzz` runs it as well.

use proc_macro2::TokenStream;

type Macro = fn(TokenStream, TokenStream) -> TokenStream;

const MACROS: [Macro; 3] =
    [crate::foreign::foreign_call, crate::export::export_callback, crate::main_attr::main];

/// Gives `options` and `item` to each macro. None may panic, and what it writes without an error
/// must be Rust. Returns how many macros had nothing to object to.
pub fn hold(options: &TokenStream, item: &TokenStream) -> usize {
    // A function's body passes through unparsed: what was no Rust before is none after.
    let was_rust = syn::parse2::<syn::Item>(item.clone()).is_ok();
    let accepts = |one: &Macro| {
        let output = one(options.clone(), item.clone());
        if !was_rust || output.to_string().contains("compile_error") {
            return false;
        }
        if let Err(error) = syn::parse2::<syn::File>(output.clone()) {
            panic!("({options}) {item}\nbecame\n{output}\nwhich is no Rust: {error}");
        }
        true
    };
    MACROS.iter().filter(|one| accepts(one)).count()
}
