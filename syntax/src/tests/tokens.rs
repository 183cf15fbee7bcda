//! Makes token streams out of a choice of bytes: items that are right or nearly so with a few
//! tokens changed, and heaps of any tokens. `syntax/fuzz` makes its own of the same.
//!
//! Zeros, and so bytes that have run out, stand for "leave it as it is": the smallest input is a
//! right item.

use arbitrary::{Result, Unstructured};
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use super::items;

/// Options and items that are right, or nearly so.
pub const SAMPLES: [(&str, &str); 14] = [
    ("", "unsafe extern \"C\" { fn a(x: c_int, _: &u8) -> c_int; safe fn b() -> !; }"),
    (
        "errno, leaf",
        "unsafe extern \"C\" { #[foreign_call(io, blocking)] pub fn a<'a>(x: &'a T) -> &'a U; }",
    ),
    (
        "io",
        "#[link(name = \"z\")] #[cfg(x)] unsafe extern { #![allow(x)] static s: u8; type t; fn f(&self, ...); }",
    ),
    (
        "io = 1, leaf(2)",
        "extern \"C\" { #![allow(x)] #[cfg_attr(a, link_name = \"b\", doc)] fn r#match(); m!(); }",
    ),
    (
        "",
        "unsafe extern \"C\" { fn f(a: String, b: &str, c: Option<u32>, d: (u8, u8), e: [u8; 2]) -> Vec<u8>; }",
    ),
    (
        "",
        "unsafe extern \"C\" { fn f(a: for<'a> fn(&'a u8) -> &'a u8, b: Box<dyn T>, c: &[impl T]) -> _; }",
    ),
    (
        "variadic(c_int, *const c_char)",
        "unsafe extern \"C\" { #[foreign_call(variadic(f64))] fn f(x: *const c_char, ...) -> c_int; }",
    ),
    (
        "name = \"a\", panic = return(-1)",
        "pub unsafe extern \"C\" fn f((a, b): P, mut x: u8) -> u8 { x }",
    ),
    (
        "private, panic = unwind",
        "#[must_use] fn f<'a, 'b: 'a>(x: &'a u8, y: &'b u8) -> &'a u8 where 'b: 'a { x }",
    ),
    ("panic = return", "async fn f<T, const N: usize>(self: Box<Self>, x: impl T) where T: U { }"),
    ("private, name = 1, error = -1", "const fn f(x: char, ...) -> Result<u8, E> { loop {} }"),
    (
        "private",
        "impl S<'_> { #[export_callback(name = \"a\")] pub fn f(&mut self, x: u8) -> &u8 { x } fn g() {} }",
    ),
    ("procs = 2, stack_size = 64 * 1024", "fn main() -> R { body() }"),
    ("max_threads = 0, procs = -1", "pub async unsafe fn other<T>(x: T) { }"),
];

/// Names that each stand for a kind: keywords, raw, of other scripts, of odd case, unnameable.
const WORDS: [&str; 30] = [
    "x",
    "_",
    "self",
    "Self",
    "crate",
    "super",
    "fn",
    "impl",
    "async",
    "safe",
    "unsafe",
    "extern",
    "const",
    "static",
    "dyn",
    "where",
    "for",
    "return",
    "macro_rules",
    "union",
    "r#type",
    "r#async",
    "größe",
    "变量",
    "ª",
    "__",
    "_CgoFrame",
    "cgo_frame",
    "foreign_call",
    "variadic",
];

/// Every character that may be a `Punct`.
const PUNCTUATION: &str = "!#$%&'*+,-./:;<=>?@^|~";

/// How deep the generator nests at one place.
const DEPTH: usize = 40;

thread_local! {
    /// Every token of every sample.
    static PANTRY: Vec<TokenTree> = pantry();
}

/// Options and an item made of what `bytes` choose.
pub fn options_and_item(bytes: &[u8]) -> Result<(TokenStream, TokenStream)> {
    let choices = Unstructured::new(bytes);
    PANTRY.with(|pantry| Cook { choices, pantry }.options_and_item())
}

fn parse(text: &str) -> TokenStream {
    text.parse().expect("a sample is made of tokens")
}

fn pantry() -> Vec<TokenTree> {
    fn collect(tokens: TokenStream, pantry: &mut Vec<TokenTree>) {
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                collect(group.stream(), pantry);
            }
            pantry.push(token);
        }
    }
    let mut pantry = Vec::new();
    for (options, item) in SAMPLES {
        collect(parse(options), &mut pantry);
        collect(parse(item), &mut pantry);
    }
    pantry
}

struct Cook<'b, 'p> {
    choices: Unstructured<'b>,
    pantry: &'p [TokenTree],
}

impl Cook<'_, '_> {
    fn options_and_item(&mut self) -> Result<(TokenStream, TokenStream)> {
        let (options, item) = match self.choices.int_in_range(0..=7)? {
            0..=2 => {
                let (options, item) = *self.choices.choose(&SAMPLES)?;
                (parse(options), parse(item))
            }
            3..=6 => {
                let (options, item) = items::options_and_item(&mut self.choices)?;
                (parse(&options), parse(&item))
            }
            _ => return Ok((self.soup(12)?, self.soup(30)?)),
        };
        let rate = *self.choices.choose(&[u8::MAX, u8::MAX, 40, 8])?;
        Ok((self.stir(options, rate)?, self.stir(item, rate)?))
    }

    /// `tokens` with about one in `rate` of them, at any depth, dropped, doubled, replaced or
    /// wrapped.
    fn stir(&mut self, tokens: TokenStream, rate: u8) -> Result<TokenStream> {
        let mut stirred = TokenStream::new();
        for token in tokens {
            let token = match token {
                TokenTree::Group(group) => {
                    let content = self.stir(group.stream(), rate)?;
                    TokenTree::Group(Group::new(group.delimiter(), content))
                }
                other => other,
            };
            if self.choices.int_in_range(1..=rate)? < rate {
                stirred.extend([token]);
                continue;
            }
            match self.choices.int_in_range(0..=9)? {
                0 => {}
                1 => stirred.extend([token.clone(), token]),
                2 => stirred.extend(self.token()?),
                3 => {
                    stirred.extend([token]);
                    stirred.extend(self.token()?);
                }
                4 => stirred.extend(self.nested(token.into())?),
                5 => stirred.extend(self.prefixed(token)?),
                6..=8 => stirred.extend([self.of_the_kind(&token)?]),
                _ => stirred.extend([self.wrapped(token.into())?]),
            }
        }
        Ok(stirred)
    }

    /// Another token where one of the kind of `token` may stand.
    fn of_the_kind(&mut self, token: &TokenTree) -> Result<TokenTree> {
        Ok(match token {
            TokenTree::Ident(_) => self.word()?.into(),
            TokenTree::Punct(_) => self.punct()?.into(),
            TokenTree::Literal(_) => self.literal()?.into(),
            TokenTree::Group(old) => {
                let alike = |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == old.delimiter());
                let alike: Vec<_> = self.pantry.iter().filter(alike).collect();
                match alike[..] {
                    [] => token.clone(),
                    _ => (*self.choices.choose(&alike)?).clone(),
                }
            }
        })
    }

    /// Up to `most` tokens of any kind.
    fn soup(&mut self, most: usize) -> Result<TokenStream> {
        (0..self.choices.int_in_range(0..=most)?).map(|_| self.token()).collect()
    }

    /// One token, or a few that belong together.
    fn token(&mut self) -> Result<TokenStream> {
        Ok(match self.choices.int_in_range(0..=9)? {
            0..=4 => self.choices.choose(self.pantry)?.clone().into(),
            5 => TokenTree::Ident(self.word()?).into(),
            6 => TokenTree::Punct(self.punct()?).into(),
            7 => TokenTree::Literal(self.literal()?).into(),
            8 => {
                let quote = Punct::new('\'', Spacing::Joint);
                [TokenTree::Punct(quote), TokenTree::Ident(self.word()?)].into_iter().collect()
            }
            _ => {
                let content = self.soup(4)?;
                self.nested(content)?
            }
        })
    }

    fn word(&mut self) -> Result<Ident> {
        let word = *self.choices.choose(&WORDS)?;
        Ok(match word.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, Span::call_site()),
            None => Ident::new(word, Span::call_site()),
        })
    }

    fn punct(&mut self) -> Result<Punct> {
        let characters: Vec<char> = PUNCTUATION.chars().collect();
        let spacing = *self.choices.choose(&[Spacing::Alone, Spacing::Joint])?;
        Ok(Punct::new(*self.choices.choose(&characters)?, spacing))
    }

    fn literal(&mut self) -> Result<Literal> {
        let choices = &mut self.choices;
        Ok(match choices.int_in_range(0..=13)? {
            0 => Literal::i32_unsuffixed(choices.arbitrary()?),
            1 => Literal::u8_suffixed(choices.arbitrary()?),
            2 => Literal::u128_unsuffixed(choices.arbitrary()?),
            3 => Literal::i128_suffixed(choices.arbitrary()?),
            4 => Literal::usize_suffixed(choices.arbitrary()?),
            5 => Literal::f64_unsuffixed(f64::from(choices.arbitrary::<i32>()?) / 8.0),
            6 => Literal::f32_suffixed(choices.arbitrary::<i16>()?.into()),
            7 => Literal::string(choices.arbitrary()?),
            8 => Literal::character(choices.arbitrary()?),
            9 => Literal::byte_character(choices.arbitrary()?),
            10 => Literal::byte_string(choices.arbitrary()?),
            11 => {
                let text: &str = choices.arbitrary()?;
                let text = text.replace('\0', "");
                Literal::c_string(&std::ffi::CString::new(text).unwrap_or_default())
            }
            12 => Literal::string("a\0b"),
            _ => {
                let written =
                    ["0x_f", "1_000_u64", "1e3", "0b2e", "1suffix", "r#\"\"\"#", "b'\\xff'"];
                let written: &str = choices.choose(&written)?;
                written.parse().unwrap_or_else(|_| Literal::string(written))
            }
        })
    }

    fn wrapped(&mut self, content: TokenStream) -> Result<TokenTree> {
        let delimiters =
            [Delimiter::None, Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket];
        Ok(TokenTree::Group(Group::new(*self.choices.choose(&delimiters)?, content)))
    }

    /// `content` in groups in groups.
    fn nested(&mut self, content: TokenStream) -> Result<TokenStream> {
        let depth = self.choices.int_in_range(1..=DEPTH)?;
        let mut wrapped = content;
        for _ in 0..depth {
            wrapped = self.wrapped(wrapped)?.into();
        }
        Ok(wrapped)
    }

    /// `token` after what makes a deep type or expression of it without a group.
    fn prefixed(&mut self, token: TokenTree) -> Result<TokenStream> {
        let prefix = ["&", "*const", "-", "!", "&'a mut", "Option<", "fn() ->", "a::", "extern"];
        let prefix = parse(self.choices.choose(&prefix)?);
        let depth = self.choices.int_in_range(1..=DEPTH)?;
        let mut prefixed: TokenStream = std::iter::repeat_n(prefix, depth).collect();
        prefixed.extend([token]);
        Ok(prefixed)
    }
}
