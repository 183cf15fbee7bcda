//! Whatever tokens they get, the macros don't panic, and what they write parses.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

type Macro = fn(TokenStream, TokenStream) -> TokenStream;

const MACROS: [Macro; 3] =
    [crate::foreign::foreign_call, crate::export::export_callback, crate::main_attr::main];

/// Options and items that are right, or nearly so: what the soup is cooked of.
const SAMPLES: [(&str, &str); 12] = [
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
        "name = \"a\", panic = return(-1)",
        "pub unsafe extern \"C\" fn f((a, b): P, mut x: u8) -> u8 { x }",
    ),
    (
        "private, panic = unwind",
        "#[must_use] fn f<'a, 'b: 'a>(x: &'a u8, y: &'b u8) -> &'a u8 where 'b: 'a { x }",
    ),
    ("panic = return", "async fn f<T, const N: usize>(self: Box<Self>, x: impl T) where T: U { }"),
    ("private, name = 1", "const fn f(x: char, ...) -> ! { loop {} }"),
    ("procs = 2, stack_size = 64 * 1024", "fn main() -> R { body() }"),
    ("max_threads = 0, procs = -1", "pub async unsafe fn other<T>(x: T) { }"),
];

/// A small generator with a fixed start: a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick(&mut self, pantry: &[TokenTree]) -> TokenTree {
        pantry[self.below(pantry.len())].clone()
    }
}

/// Every token of every sample.
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
        collect(options.parse().unwrap(), &mut pantry);
        collect(item.parse().unwrap(), &mut pantry);
    }
    pantry
}

/// `tokens` with a few of them, at any depth, dropped, doubled, replaced or wrapped.
fn stir(
    tokens: TokenStream,
    pantry: &[TokenTree],
    random: &mut Random,
    rate: usize,
) -> TokenStream {
    let mut stirred = Vec::new();
    for token in tokens {
        let token = match token {
            TokenTree::Group(group) => {
                let content = stir(group.stream(), pantry, random, rate);
                TokenTree::Group(Group::new(group.delimiter(), content))
            }
            other => other,
        };
        if !random.one_in(rate) {
            stirred.push(token);
            continue;
        }
        match random.below(5) {
            0 => {}
            1 => stirred.extend([token.clone(), token]),
            2 => stirred.push(random.pick(pantry)),
            3 => stirred.extend([token, random.pick(pantry)]),
            _ => {
                let delimiter =
                    [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None]
                        [random.below(4)];
                stirred.push(TokenTree::Group(Group::new(delimiter, token.into())));
            }
        }
    }
    stirred.into_iter().collect()
}

fn soup(pantry: &[TokenTree], random: &mut Random) -> TokenStream {
    (0..random.below(20)).map(|_| random.pick(pantry)).collect()
}

/// Runs a macro and holds its output against what it promises.
fn run(run: Macro, options: TokenStream, item: TokenStream) -> bool {
    let shown = format!("({options}) {item}");
    // A function's body passes through unparsed: what was no Rust before is none after.
    let was_rust = syn::parse2::<syn::Item>(item.clone()).is_ok();
    let output = run(options, item).to_string();
    let failed = output.contains("compile_error");
    if was_rust && !failed {
        let parsed = output.parse::<TokenStream>().map(syn::parse2::<syn::File>);
        assert!(matches!(parsed, Ok(Ok(_))), "{shown}\nbecame\n{output}");
    }
    was_rust && !failed
}

#[test]
fn stirred_samples_never_panic() {
    let pantry = pantry();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for round in 0..4_000 {
        let (options, item) = SAMPLES[random.below(SAMPLES.len())];
        let rate = [4, 12, 40, 200][round % 4];
        let options = stir(options.parse().unwrap(), &pantry, &mut random, rate);
        let item = stir(item.parse().unwrap(), &pantry, &mut random, rate);
        for one in MACROS {
            accepted += usize::from(run(one, options.clone(), item.clone()));
        }
    }
    // Else the second half of the promise would go untested.
    assert!(accepted > 200, "only {accepted} accepted");
}

#[test]
fn soup_never_panics() {
    let pantry = pantry();
    let mut random = Random(0xd1b5_4a32_d192_ed03);
    for _ in 0..4_000 {
        let (options, item) = (soup(&pantry, &mut random), soup(&pantry, &mut random));
        for one in MACROS {
            run(one, options.clone(), item.clone());
        }
    }
}

#[test]
fn a_call_is_as_designed() {
    let item = "unsafe extern \"C\" { pub fn usleep(us: c_uint) -> c_int; }";
    let output =
        crate::foreign::foreign_call(TokenStream::new(), item.parse().unwrap()).to_string();
    for part in [
        "pub unsafe fn usleep (us : c_uint) -> c_int",
        "struct _CgoFrame { p0 : c_uint , r : :: callgate :: __private :: MaybeUninit < c_int > , }",
        "unsafe extern \"C-unwind\" fn _cgo_Cfunc_usleep (cgo_frame : * mut _CgoFrame)",
        ":: callgate :: __private :: cgocall (& _CGO_FOREIGN_FN , _cgo_Cfunc_usleep , & raw mut * frame)",
    ] {
        assert!(output.contains(part), "{part}\nis not in\n{output}");
    }
    assert!(!output.contains("errno"), "{output}");
}

#[test]
fn a_callback_is_as_designed() {
    let item = "pub fn add(x: c_int) -> c_int { x }";
    let output =
        crate::export::export_callback(TokenStream::new(), item.parse().unwrap()).to_string();
    for part in [
        "export_name = \"add\"",
        "pub extern \"C\" fn add (x : c_int) -> c_int",
        "unsafe fn _cgoexp_add (frame : * mut :: core :: ffi :: c_void)",
        "policy : :: callgate :: __private :: PanicPolicy :: Abort",
    ] {
        assert!(output.contains(part), "{part}\nis not in\n{output}");
    }
}

#[test]
fn every_mistake_is_reported() {
    let item = "extern \"C\" { fn a(x: String, y: &str); fn b(x: u8, ...); fn c() { } fn d(u8); fn e<T>(); }";
    let output = crate::foreign::foreign_call("erno".parse().unwrap(), item.parse().unwrap());
    assert_eq!(output.to_string().matches("compile_error").count(), 8, "{output}");
}
