//! Compiles the C of the book: each block for itself, as C that draws no warning. Its Rust calls it.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The chapters below a folder.
fn chapters(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the book is there").flatten() {
        match entry.path() {
            path if path.is_dir() => chapters(&path, into),
            path if path.extension().is_some_and(|e| e == "md") => into.push(path),
            _ => {}
        }
    }
}

fn main() {
    let book = Path::new("../book/src");
    println!("cargo::rerun-if-changed={}", book.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    let mut all = Vec::new();
    chapters(book, &mut all);
    all.sort();
    let mut build = cc::Build::new();
    build.warnings(true).extra_warnings(true).warnings_into_errors(true).std("c11");
    let mut n = 0;
    for chapter in all {
        let text = fs::read_to_string(&chapter).expect("a chapter can be read");
        for block in text.split("\n```c\n").skip(1) {
            let (code, _) = block.split_once("\n```").expect("a block ends");
            n += 1;
            let file = out.join(format!("block{n}.c"));
            let line = text[..text.find(code).expect("it is there")].lines().count() + 1;
            fs::write(&file, format!("#line {line} \"{}\"\n{code}\n", chapter.display()))
                .expect("the build folder can be written");
            build.file(file);
        }
    }
    build.compile("book");
}
