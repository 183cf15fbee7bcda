//! Nothing of the headers is missing: every function is declared, with the header's types, and
//! every one that the bundled library has links.

use callgate_headers::{Library, SQLITE, ZLIB, generate, sqlite, zlib};
use std::collections::BTreeSet;
use std::ffi::CString;

/// What is left of Rust code without what `rustfmt` may change.
fn bare(code: &str) -> String {
    let dense: String = code.split_whitespace().collect();
    [(",)", ")"), (",>", ">"), (",]", "]")].iter().fold(dense, |code, (a, b)| code.replace(a, b))
}

#[test]
fn the_generated_files_are_the_headers() {
    for library in [&SQLITE, &ZLIB] {
        let now = generate::file(library).unwrap();
        assert!(
            bare(&now) == bare(library.generated),
            "{}: run `cargo run -p callgate-headers --bin declare`",
            library.name
        );
    }
}

/// The names before the first `(` of each declaration that begins with the library's mark, found
/// without the parser that made the block.
fn in_header(library: &Library, prefixes: &[&str]) -> BTreeSet<String> {
    let text = std::fs::read_to_string(library.header).unwrap();
    let mut names = BTreeSet::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(library.mark) {
        rest = after;
        let line_start = text.len() - after.len() - library.mark.len();
        let before = text[..line_start].rsplit('\n').next().unwrap_or_default();
        // Not a definition of the mark, and not a sentence about it.
        if !before.trim().is_empty() {
            continue;
        }
        let declaration = after.split(';').next().unwrap_or_default();
        let words = declaration.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = words
            .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
            .find(|word| {
                let at = declaration.find(word).unwrap_or_default() + word.len();
                declaration[at..].trim_start().starts_with('(')
            });
        names.extend(name.map(str::to_owned));
    }
    names
}

/// What zlib's header declares in comments, where it documents its macros.
const MACROS: &[&str] =
    &["deflateInit", "deflateInit2", "inflateBackInit", "inflateInit", "inflateInit2"];

/// A function of a block.
#[derive(Default)]
struct Declared {
    name: String,
    symbol: String,
    here: bool,
}

/// The functions that the block declares.
fn in_block(library: &Library) -> Vec<Declared> {
    let mut functions = Vec::new();
    let (mut symbol, mut here) = (None, true);
    for line in library.generated.lines().map(str::trim) {
        here &= line != "#[cfg(windows)]" || cfg!(windows);
        if let Some(text) = line.strip_prefix("#[link_name = \"") {
            symbol = text.strip_suffix("\"]").map(str::to_owned);
        }
        let function = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub safe fn "));
        if let Some((name, _)) = function.and_then(|text| text.split_once('(')) {
            let symbol = symbol.take().unwrap_or_else(|| name.to_owned());
            functions.push(Declared { name: name.to_owned(), symbol, here });
            here = true;
        }
    }
    functions
}

#[test]
fn every_function_of_the_headers_is_declared() {
    let cases = [
        (&SQLITE, &["sqlite3"][..], 300),
        (
            &ZLIB,
            &["adler", "compress", "crc", "deflate", "get_", "gz", "inflate", "uncom", "z"],
            90,
        ),
    ];
    for (library, prefixes, at_least) in cases {
        let header = in_header(library, prefixes);
        assert!(header.len() >= at_least, "{}: {} found", library.name, header.len());
        let block: BTreeSet<_> = in_block(library).into_iter().map(|f| f.symbol).collect();
        let mut differences: Vec<_> = header.symmetric_difference(&block).collect();
        differences.retain(|name| !MACROS.contains(&name.as_str()));
        assert!(differences.is_empty(), "{}: {differences:?}", library.name);
    }
}

#[test]
fn every_function_links_but_those_that_are_left_out() {
    for (library, linked, left_out) in
        [(&SQLITE, sqlite::LINKED, sqlite::LEFT_OUT), (&ZLIB, zlib::LINKED, zlib::LEFT_OUT)]
    {
        // A use of the address that the optimizer can't see through: the function is needed.
        assert!(linked.iter().all(|(_, address)| !std::hint::black_box(*address).is_null()));
        let listed =
            linked.iter().map(|(name, _)| *name).chain(left_out.iter().map(|(name, _)| *name));
        let listed: BTreeSet<_> = listed.map(str::to_owned).collect();
        let declared = in_block(library).into_iter().filter(|f| f.here).map(|f| f.name);
        let declared: BTreeSet<_> = declared.collect();
        assert_eq!(listed.len(), linked.len() + left_out.len(), "{}: listed twice", library.name);
        let differences: Vec<_> = listed.symmetric_difference(&declared).collect();
        assert!(differences.is_empty(), "{}: {differences:?}", library.name);
    }
}

#[test]
fn what_is_left_out_needs_an_option_that_the_build_lacks() {
    for (name, option) in sqlite::LEFT_OUT {
        let option = CString::new(*option).unwrap();
        // SAFETY: a string with an end.
        let used = unsafe { sqlite::sqlite3_compileoption_used(option.as_ptr()) };
        assert_eq!(used, 0, "the library has `{name}`");
    }
    assert!(zlib::LEFT_OUT.is_empty());
}
