//! What each macro writes, as `cargo expand` would show it. A case is a line in a table; its
//! snapshot is in `snapshots/`, by the macro's name and the case's.
//!
//! A changed expansion fails here and prints the difference. `CONTRIBUTING.md` says how to accept
//! one.

use proc_macro2::TokenStream;
use quote::quote;

/// `name: [options] { item }` for each case.
macro_rules! expansions {
    (
        $attribute:ident = $expand:path;
        $($name:ident: [$($options:tt)*] { $($item:tt)* })*
    ) => {
        mod $attribute {
            use super::*;

            $(#[test]
            fn $name() {
                let (options, item) = (quote!($($options)*), quote!($($item)*));
                let source = quote!(#[$attribute($($options)*)] $($item)*).to_string();
                let case = concat!(stringify!($attribute), "__", stringify!($name));
                same_as_snapshot(case, &source, $expand(options, item));
            })*
        }
    };
}

fn same_as_snapshot(case: &str, source: &str, output: TokenStream) {
    let file = syn::parse2(output).expect("an expansion is made of items");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(source);
    settings.bind(|| insta::assert_snapshot!(case, prettyplease::unparse(&file)));
}

expansions! {
    foreign_call = crate::foreign::foreign_call;

    // Shapes.
    plain: [] { unsafe extern "C" { pub fn usleep(us: c_uint) -> c_int; } }
    no_arguments: [] { unsafe extern "C" { fn getpid() -> c_int; } }
    nothing_in_or_out: [] { unsafe extern "C" { fn sync(); } }
    safe: [] { unsafe extern "C" { pub safe fn abs(x: c_int) -> c_int; } }
    never: [] { unsafe extern "C" { safe fn exit(status: c_int) -> !; } }
    several: [] { unsafe extern "C" { fn first(); fn second(); } }
    many_arguments: [] { unsafe extern "C" { fn f(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8); } }
    argument_without_name: [] { unsafe extern "C" { fn puts(_: *const c_char) -> c_int; } }
    argument_called_as_the_function: [] { unsafe extern "C" { fn time(time: *mut c_long) -> c_long; } }
    names_of_c: [] { unsafe extern "C" { fn CreateFileA(lpFileName: *const c_char) -> *mut c_void; } }
    raw_name: [] { unsafe extern "C" { fn r#match(r#type: c_int) -> c_int; } }
    lifetimes_named: [] { unsafe extern "C" { fn f<'a, 'b: 'a>(x: &'a u8, y: Text<'b>) -> &'a u8 where 'b: 'a; } }
    lifetimes_elided: [] { unsafe extern "C" { fn f(x: &u8, y: Text<'_>); fn g(x: &u8) -> Option<&u8>; } }
    lifetimes_of_a_pointer: [] { unsafe extern "C" { fn f(x: Option<for<'a> extern "C" fn(&'a u8, &u8) -> &'a u8>); } }

    // Options.
    errno: [] { unsafe extern "C" { #[foreign_call(errno)] fn close(fd: c_int) -> c_int; } }
    errno_of_nothing: [] { unsafe extern "C" { #[foreign_call(errno)] fn rewind(file: *mut FILE); } }
    io: [] { unsafe extern "C" { #[foreign_call(io)] fn close(fd: c_int) -> c_int; } }
    io_must_use: [] { unsafe extern "C" { #[foreign_call(io)] #[must_use] fn dup(fd: c_int) -> c_int; } }
    leaf: [] { unsafe extern "C" { #[foreign_call(leaf)] fn cos(x: f64) -> f64; } }
    blocking: [] { unsafe extern "C" { #[foreign_call(blocking)] fn pause() -> c_int; } }
    block_defaults: [io, leaf] {
        unsafe extern "C" {
            fn both() -> c_int;
            #[foreign_call(errno)] fn other_outcome() -> c_int;
            #[foreign_call(blocking)] fn other_pace() -> c_int;
            #[foreign_call] fn neither() -> c_int;
        }
    }
    variadic: [] { unsafe extern "C" { #[foreign_call(variadic(c_int, *const c_char))] fn printf(format: *const c_char, ...) -> c_int; } }

    // What passes through.
    conditional: [] {
        #[cfg(unix)] unsafe extern "C" {
            #[cfg(feature = "a")] #[cfg_attr(unix, link_name = "g", must_use)]
            fn f(#[cfg(unix)] x: c_int, #[cfg(not(unix))] y: c_long) -> c_int;
        }
    }
    link: [] { #[link(name = "z")] unsafe extern "C" { #[link_name = "crc32_z"] fn crc32(n: usize) -> c_ulong; } }
    statics_and_types: [errno] { unsafe extern "C" { static environ: *const *const c_char; type FILE; fn f(); } }
    attributes: [] {
        /// Of the block.
        #[allow(improper_ctypes)] unsafe extern "C" {
            #![expect(dead_code)]
            /// Of the function.
            #[deprecated] #[inline(never)] #[allow(improper_ctypes)] pub(crate) fn f(x: *const String);
        }
    }
    c_unwind: [] { unsafe extern "C-unwind" { fn f(x: c_int) -> c_int; } }
    no_abi: [] { unsafe extern { fn f(); } }
    empty_block: [] { unsafe extern "C" {} }

    // Mistakes.
    faulty_argument: [] { unsafe extern "C" { pub fn f(text: String, n: c_int) -> c_int; fn fine(); } }
    faulty_beyond_declaring: [] { unsafe extern "C" { fn f<T>(x: T); fn fine(); } }
    faulty_lifetime: [] { unsafe extern "C" { fn f() -> &u8; } }
    faulty_options: [erno] { unsafe extern "C" { #[foreign_call(leaf, blocking)] fn f(); #[foreign_call(io)] fn g(); } }
    faulty_block: [] { extern "Rust" { fn f() {} fn fine(); } }
    on_a_struct: [] { struct S; }
}

expansions! {
    export_callback = crate::export::export_callback;

    // Shapes.
    plain: [] { pub fn add(x: c_int, y: c_int) -> c_int { x + y } }
    no_arguments: [] { fn answer() -> c_int { 42 } }
    nothing_in_or_out: [] { fn tick() {} }
    unsafe_function: [] { pub unsafe fn read(p: *const c_int) -> c_int { unsafe { *p } } }
    unsafe_without_arguments: [] { unsafe fn tick() {} }
    system: [] { extern "system" fn f(x: c_int) -> c_int { x } }
    never: [] { fn dies(x: c_int) -> ! { abort() } }
    patterns: [] { fn f(Pair(a, b): Pair, mut x: c_int, _: c_int, ref y: c_int) -> c_int { a } }
    many_arguments: [] { fn f(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) {} }
    lifetimes_named: [] { fn f<'a, 'b: 'a>(x: &'a u8, y: &'b u8) -> &'a u8 where 'b: 'a { x } }
    lifetimes_elided: [] { fn f(x: &u8) -> Option<&u8> { Some(x) } }
    raw_name: [] { fn r#match(r#type: c_int) {} }

    // Options.
    name: [name = "on_row"] { fn row(n: c_int) -> c_int { n } }
    private: [private] { fn compare(a: *const c_void, b: *const c_void) -> c_int { 0 } }
    panic_abort: [panic = abort] { fn f() -> c_int { 0 } }
    panic_unwind: [panic = unwind] { fn f() -> c_int { 0 } }
    panic_return: [panic = return(-1)] { fn f(x: c_int) -> c_int { x } }
    panic_return_nothing: [panic = return] { fn f(x: c_int) {} }
    panic_return_unit: [panic = return(())] { fn f() {} }
    error: [error = -1] { fn f(x: c_int) -> Result<c_int, Error> { Ok(x) } }
    error_by_default: [error] { fn f(x: c_int) -> Result<(), Error> { open(x) } }
    async_function: [] { async fn f(x: c_int) -> c_int { wait(x).await } }
    methods: [] {
        impl Table {
            fn get(&self, row: c_int) -> c_int { row }
            fn clear(&mut self) {}
            fn free(self: Box<Self>) {}
        }
    }
    panic_return_reference: [panic = return(&0)] { fn f(x: &c_int) -> &c_int { x } }

    // What passes through.
    conditional: [] { #[cfg(unix)] fn f(#[cfg(unix)] x: c_int, #[cfg(not(unix))] #[allow(unused)] y: c_long) {} }
    attributes: [] {
        /// Adds.
        #[must_use] #[allow(improper_ctypes_definitions)] pub(crate) fn f(x: Option<u8>) -> u8 { 0 }
    }

    // Mistakes.
    faulty_argument: [] { pub fn f(text: &str, n: c_int) -> c_int { n } }
    faulty_beyond_declaring: [] { fn f<T>(x: impl Copy) {} }
    faulty_options: [nam = "f", panic = stop] { #[no_mangle] fn f() {} }
    without_body: [] { fn f(); }
    on_a_struct: [] { struct S; }
}

expansions! {
    main = crate::main_attr::main;

    plain: [] { fn main() { body(); } }
    options: [procs = 2, stack_size = 64 * 1024, max_threads = N] {
        /// Starts.
        #[allow(dead_code)] pub fn main() -> Result<(), Error> { body() }
    }
    faulty: [procs = 0] { async fn main(x: u8) -> u8 { body() } }
    on_another_function: [] { fn start() { body() } }
    on_a_struct: [] { struct S; }
}
