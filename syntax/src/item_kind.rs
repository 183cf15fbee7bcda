//! Names the kind of item that an attribute was put on, without parsing it.

use proc_macro2::TokenStream;

use crate::attributes::item_words;

/// What an attribute may find itself on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A function with a body, or a declaration of one.
    Function,
    /// An `extern` block.
    ExternBlock,
    /// An `impl` block.
    Impl,
    /// Anything else, by the name that messages give it.
    Other(&'static str),
}

/// The kind of `item`, and the tokens by which it was recognised: where an error about it points.
pub fn item_kind(item: &TokenStream) -> (ItemKind, TokenStream) {
    let (words, head) = item_words(item);
    let mut kind = ItemKind::Other("this item");
    for word in &words {
        kind = match word.as_str() {
            "fn" => ItemKind::Function,
            "impl" => ItemKind::Impl,
            "struct" => ItemKind::Other("a struct"),
            "enum" => ItemKind::Other("an enum"),
            "union" => ItemKind::Other("a union"),
            "trait" => ItemKind::Other("a trait"),
            "mod" => ItemKind::Other("a module"),
            "static" => ItemKind::Other("a static"),
            "type" => ItemKind::Other("a type alias"),
            "use" => ItemKind::Other("an import"),
            "macro_rules" | "macro" => ItemKind::Other("a macro"),
            "crate" => ItemKind::Other("an `extern crate`"),
            "{" if words.iter().any(|word| word == "extern") => ItemKind::ExternBlock,
            // These may open a function as well as an item of their own.
            "const" | "async" | "unsafe" | "safe" | "extern" | "default" => continue,
            _ => break,
        };
        break;
    }
    if kind == ItemKind::Other("this item") && words.first().is_some_and(|word| word == "const") {
        kind = ItemKind::Other("a constant");
    }
    let at = if head.is_empty() { item.clone() } else { head };
    (kind, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(item: &str) -> ItemKind {
        item_kind(&item.parse().unwrap()).0
    }

    #[test]
    fn kinds_are_told_from_the_first_words() {
        assert_eq!(
            kind("#[a] #[b(c)] pub(crate) unsafe extern \"C\" { fn f(); }"),
            ItemKind::ExternBlock
        );
        assert_eq!(kind("extern { }"), ItemKind::ExternBlock);
        assert_eq!(kind("unsafe extern \"C\" fn f() { }"), ItemKind::Function);
        assert_eq!(kind("const fn f() { }"), ItemKind::Function);
        assert_eq!(kind("const F: u32 = 0;"), ItemKind::Other("a constant"));
        assert_eq!(kind("pub struct S;"), ItemKind::Other("a struct"));
        assert_eq!(kind("unsafe impl T for S { }"), ItemKind::Impl);
        assert_eq!(kind("extern crate std;"), ItemKind::Other("an `extern crate`"));
        assert_eq!(kind(""), ItemKind::Other("this item"));
    }
}
