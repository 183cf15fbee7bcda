//! The code of the crates: the blocks of `callgate-headers`, cut to size.

use std::fs;

/// How many functions a crate declares.
pub const FUNCTIONS: usize = 500;

/// The attribute that is measured.
const ATTRIBUTE: &str = "#[callgate::foreign_call]";

/// A crate that declares the functions by callgate or plainly, and calls each if `called`.
///
/// # Errors
/// If the headers' crate is not as it should be.
pub fn code(callgate: bool, called: bool) -> Result<String, String> {
    let [sqlite, zlib] = [library("sqlite")?, library("zlib")?];
    let rest = FUNCTIONS - sqlite.functions.len() - zlib.functions.len();
    // Many a crate declares the same library for another time, with other types.
    let again = Library { functions: sqlite.functions[..rest].to_vec(), ..sqlite.clone() };
    let modules = [("sqlite", sqlite), ("zlib", zlib), ("again", again)];
    let modules = modules.map(|(name, library)| library.module(name, callgate, called));
    Ok(format!("#![allow(warnings)]\n{}", modules.concat()))
}

/// What a library's block is made of.
#[derive(Clone)]
struct Library {
    types: String,
    functions: Vec<String>,
}

/// Reads a library of `callgate-headers`. Variadic functions are left out: plain Rust calls them
/// otherwise.
fn library(name: &str) -> Result<Library, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui-tests/headers/src");
    let read = |file: &str| {
        fs::read_to_string(format!("{folder}/{name}/{file}")).map_err(|error| error.to_string())
    };
    let (module, functions) = (read("mod.rs")?, read("functions.rs")?);
    let parts = functions.split_once(ATTRIBUTE).and_then(|(aliases, rest)| {
        let (_, block) = rest.split_once("{\n")?;
        Some((aliases.split_once("use super::*;")?.1, block.split_once("\n}\n")?.0))
    });
    let (aliases, block) = parts.ok_or("functions.rs is not as it is generated")?;
    let outside = |line: &&str| {
        !line.starts_with("//!")
            && !line.starts_with("mod ")
            && !line.ends_with(" as _;")
            && *line != "pub use functions::*;"
            && *line != "pub use macros::*;"
            && !line.starts_with("#[allow(missing_docs, non_camel_case_types, clippy")
    };
    let module: Vec<_> = module.lines().filter(outside).collect();
    let functions = block.split_inclusive(';').map(str::to_owned);
    let functions = functions.filter(|text| text.contains(" fn ") && !text.contains("..."));
    Ok(Library { types: module.join("\n") + aliases, functions: functions.collect() })
}

impl Library {
    fn module(&self, name: &str, callgate: bool, called: bool) -> String {
        let attribute = if callgate { ATTRIBUTE } else { "" };
        let block: Vec<_> = self
            .functions
            .iter()
            .flat_map(|function| function.lines())
            .filter(|line| callgate || !line.trim_start().starts_with("#[foreign_call"))
            .collect();
        let callers: String = if called {
            self.functions.iter().map(|function| caller(function)).collect()
        } else {
            String::new()
        };
        format!(
            "pub mod {name} {{\n{}\n{attribute}\nunsafe extern \"C\" {{\n{}\n}}\n\
             pub mod callers {{\nuse super::*;\n{callers}}}\n}}\n",
            self.types,
            block.join("\n")
        )
    }
}

/// A function that hands its arguments on to the declared one.
fn caller(declaration: &str) -> String {
    let lines = declaration.lines().map(str::trim);
    let conditions: String = lines.filter(|line| line.starts_with("#[cfg")).collect();
    let (_, text) = declaration.split_once(" fn ").expect("a function");
    let (name, rest) = text.split_once('(').expect("arguments");
    let (args, ret) = rest.rsplit_once(')').expect("the arguments' end");
    let types = args.split(',').filter_map(|arg| Some(arg.split_once(':')?.1.trim()));
    let (params, values): (Vec<_>, Vec<_>) = types
        .enumerate()
        .map(|(index, ty)| (format!("a{index}: {ty}"), format!("a{index}")))
        .unzip();
    let (params, values) = (params.join(", "), values.join(", "));
    let ret = ret.trim_end_matches(';');
    format!(
        "{conditions}#[inline(never)] pub unsafe fn {name}({params}){ret} \
         {{ unsafe {{ super::{name}({values}) }} }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{ATTRIBUTE, FUNCTIONS, caller, code};

    #[test]
    fn a_caller_hands_its_arguments_on() {
        let text = caller(
            "    // Text.\n    pub fn f(\n        _: c_int,\n        b: *mut T,\n    ) -> T;",
        );
        assert_eq!(
            text,
            "#[inline(never)] pub unsafe fn f(a0: c_int, a1: *mut T) -> T \
             { unsafe { super::f(a0, a1) } }\n"
        );
    }

    #[test]
    fn the_crates_have_so_many_functions() {
        let callers = |code: &str| code.matches("pub unsafe fn ").count();
        let (plain, callgate) = (code(false, true).unwrap(), code(true, true).unwrap());
        assert_eq!([callers(&plain), callers(&callgate)], [FUNCTIONS; 2]);
        assert_eq!([plain.matches(ATTRIBUTE).count(), callgate.matches(ATTRIBUTE).count()], [0, 3]);
    }
}
