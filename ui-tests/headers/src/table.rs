//! The tables `functions.txt`: how a library's functions are grouped and declared.
//!
//! Each line is one of
//!
//! ```text
//! # a comment
//! type Name = a C type that gets this name, for pointers to functions
//! = A group: what its functions have in common. [option, option]
//! function function …
//! function(shape) function(shape)=other_name     variadic functions
//! ```
//!
//! The options of a group: those of `#[foreign_call]`; `safe` for `safe fn`; `windows` for functions
//! that exist there alone; `without OPTION` for functions that the library has only if it was
//! compiled with that option, which the bundled one was not.

use crate::header::rust_type;

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    /// Names of types, each with its Rust type.
    pub types: Vec<(String, String)>,
    /// The groups, in the order of the generated block.
    pub groups: Vec<Group>,
}

/// A group of functions.
#[derive(Debug, Default)]
pub struct Group {
    /// What they have in common.
    pub doc: String,
    /// The options of `#[foreign_call]`.
    pub options: Vec<String>,
    /// Whether they are safe to call.
    pub safe: bool,
    /// Whether only Windows has them.
    pub windows: bool,
    /// The compile option that the bundled library lacks, and these functions need.
    pub without: Option<String>,
    /// The functions.
    pub functions: Vec<Entry>,
}

/// A function of a group.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The C function.
    pub symbol: String,
    /// The Rust function.
    pub name: String,
    /// The types in place of `...`, for a variadic function.
    pub shape: Option<String>,
}

/// Reads a table.
///
/// # Panics
/// If a line makes no sense.
#[must_use]
pub fn parse(text: &str) -> Table {
    let mut table = Table::default();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(ty) = line.strip_prefix("type ") {
            let (name, ty) = ty.split_once(" = ").expect("`type Name = type`");
            table.types.push((name.to_owned(), rust_type(ty)));
        } else if let Some(group) = line.strip_prefix("= ") {
            table.groups.push(self::group(group));
        } else {
            let group = table.groups.last_mut().expect("a group before its functions");
            group.functions.extend(words(line).iter().map(|word| entry(word)));
        }
    }
    table
}

fn group(text: &str) -> Group {
    let (doc, options) = text.split_once('[').unwrap_or((text, ""));
    let mut group = Group { doc: doc.trim().to_owned(), ..Group::default() };
    for option in options.trim_end_matches(']').split(',').map(str::trim) {
        match option.split_once(' ') {
            Some(("without", name)) => group.without = Some(name.to_owned()),
            _ if option == "safe" => group.safe = true,
            _ if option == "windows" => group.windows = true,
            _ if option.is_empty() => {}
            _ => group.options.push(option.to_owned()),
        }
    }
    group
}

/// Splits at spaces that are not in parentheses.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0;
    for c in line.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().expect("never empty").push(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn entry(word: &str) -> Entry {
    let Some((symbol, rest)) = word.split_once('(') else {
        return Entry { symbol: word.to_owned(), name: word.to_owned(), shape: None };
    };
    let (shape, name) = rest.rsplit_once(')').expect("a closing parenthesis");
    let name = name.strip_prefix('=').unwrap_or(symbol);
    Entry { symbol: symbol.to_owned(), name: name.to_owned(), shape: Some(shape.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{Entry, parse};

    #[test]
    fn a_table_is_read() {
        let table = parse(
            "# a comment\ntype F = void (*)(void)\n= The first. [leaf, safe]\na b\n\n\
             = The second. [without THIS]\np(c_int, *const c_char)=q p()",
        );
        assert_eq!(table.types, [("F".into(), "Option<unsafe extern \"C\" fn()>".into())]);
        let [first, second] = &table.groups[..] else { panic!("two groups") };
        assert!(first.safe && first.options == ["leaf"] && first.functions.len() == 2);
        assert_eq!((second.doc.as_str(), second.without.as_deref()), ("The second.", Some("THIS")));
        let shape = |name: &str, shape: &str| Entry {
            symbol: "p".into(),
            name: name.into(),
            shape: Some(shape.into()),
        };
        assert_eq!(second.functions, [shape("q", "c_int, *const c_char"), shape("p", "")]);
    }
}
