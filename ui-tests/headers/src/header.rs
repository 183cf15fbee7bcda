//! C prototypes → Rust types: as much of C's grammar as the headers of SQLite and zlib use.

use std::iter::Peekable;
use std::vec::IntoIter;

/// A public function of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prototype {
    /// Its name.
    pub name: String,
    /// The names and Rust types of its arguments; an argument without a name is `_`.
    pub args: Vec<(String, String)>,
    /// Whether `...` follows the arguments.
    pub variadic: bool,
    /// The Rust type of its result, if any.
    pub ret: Option<String>,
}

/// The functions of the header `text`, each of which begins with the word `mark`. One that the
/// header declares twice, for different configurations, is listed as it is declared first.
///
/// # Panics
/// If a prototype is beyond what is understood here.
#[must_use]
pub fn functions(text: &str, mark: &str) -> Vec<Prototype> {
    let mut found: Vec<Prototype> = Vec::new();
    for declaration in without_comments(text).split(mark).skip(1) {
        let declaration = declaration.split(';').next().unwrap_or_default();
        // A variable, or a function without a prototype, for compilers older than C89.
        if !declaration.contains('(') || declaration.contains("()") {
            continue;
        }
        let function = prototype(declaration);
        if found.iter().all(|other| other.name != function.name) {
            found.push(function);
        }
    }
    found
}

/// The Rust type of a C declaration without a name, such as `void (*)(void *)`.
///
/// # Panics
/// As [`functions`].
#[must_use]
pub fn rust_type(declaration: &str) -> String {
    let mut parser = Parser::new(declaration);
    parser.declaration().0.expect("a type that is not void")
}

/// The text without comments and lines of the preprocessor.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        code.push_str(&rest[..start]);
        code.push(' ');
        rest = rest[start..].split_once("*/").map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    let mut continued = false;
    let mut kept = String::new();
    for line in code.lines() {
        if !continued && !line.trim_start().starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        continued = line.ends_with('\\');
    }
    kept
}

fn prototype(declaration: &str) -> Prototype {
    let mut parser = Parser::new(declaration);
    let (ret, name) = parser.declaration();
    let name = name.unwrap_or_else(|| panic!("no name in `{declaration}`"));
    parser.expect("(");
    let (args, variadic) = parser.arguments();
    Prototype { name, args, variadic, ret }
}

/// Words that say nothing of the type.
const NOISE: &[&str] = &["SQLITE_DEPRECATED", "ZEXPORT", "ZEXPORTVA", "FAR", "struct", "z_const"];

struct Parser {
    tokens: Peekable<IntoIter<String>>,
}

impl Parser {
    fn new(text: &str) -> Self {
        let mut tokens: Vec<String> = Vec::new();
        let mut in_word = false;
        for c in text.chars() {
            let word = c.is_ascii_alphanumeric() || c == '_';
            match tokens.last_mut() {
                Some(last) if word && in_word => last.push(c),
                _ if c.is_whitespace() => {}
                _ => tokens.push(c.into()),
            }
            in_word = word;
        }
        tokens.retain(|token| !NOISE.contains(&token.as_str()));
        Parser { tokens: tokens.into_iter().peekable() }
    }

    fn next_is(&mut self, token: &str) -> bool {
        self.tokens.next_if(|next| next == token).is_some()
    }

    fn expect(&mut self, token: &str) {
        let found = self.tokens.next();
        assert_eq!(
            found.as_deref(),
            Some(token),
            "before {:?}",
            self.tokens.clone().collect::<Vec<_>>()
        );
    }

    fn word(&mut self) -> Option<String> {
        self.tokens.next_if(|next| next.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    }

    /// A type with the name that it declares, if any. `void` is `None`.
    fn declaration(&mut self) -> (Option<String>, Option<String>) {
        let (mut ty, mut constant) = self.specifiers();
        while self.next_is("*") {
            let pointee = ty.as_deref().unwrap_or("c_void");
            ty = Some(format!("*{} {pointee}", if constant { "const" } else { "mut" }));
            constant = self.next_is("const");
        }
        if !self.next_is("(") {
            return (ty, self.word());
        }
        // A pointer to a function: `ret (*name)(arguments)`.
        self.expect("*");
        let name = self.word();
        self.expect(")");
        self.expect("(");
        let (args, _) = self.arguments();
        let args: Vec<_> = args.into_iter().map(|(_, ty)| ty).collect();
        let ret = ty.map_or_else(String::new, |ty| format!(" -> {ty}"));
        (Some(format!("Option<unsafe extern \"C\" fn({}){ret}>", args.join(", "))), name)
    }

    /// The type before any `*`, and whether it is `const`.
    fn specifiers(&mut self) -> (Option<String>, bool) {
        const BASE: &[&str] = &["unsigned", "char", "int", "long", "double", "void"];
        let mut constant = false;
        let mut words: Vec<String> = Vec::new();
        while let Some(next) = self.tokens.peek() {
            let base = BASE.contains(&next.as_str());
            match next.as_str() {
                "const" => constant = true,
                _ if base && words.iter().all(|word| BASE.contains(&word.as_str())) => {
                    words.push(next.clone());
                }
                word if words.is_empty() && word.starts_with(|c: char| c.is_alphabetic()) => {
                    words.push(next.clone());
                }
                _ => break,
            }
            self.tokens.next();
        }
        let ty = match words.join(" ").as_str() {
            "void" => return (None, constant),
            "char" => "c_char",
            "unsigned char" => "c_uchar",
            "int" => "c_int",
            "unsigned" | "unsigned int" => "c_uint",
            "long" => "c_long",
            "unsigned long" => "c_ulong",
            "double" => "c_double",
            name => return (Some(name.to_owned()), constant),
        };
        (Some(ty.to_owned()), constant)
    }

    /// Arguments to the closing parenthesis, and whether they end in `...`.
    fn arguments(&mut self) -> (Vec<(String, String)>, bool) {
        let mut args = Vec::new();
        loop {
            if self.next_is(".") {
                [".", ".", ")"].into_iter().for_each(|token| self.expect(token));
                return (args, true);
            }
            let (ty, name) = self.declaration();
            let name = match name.as_deref() {
                None => "_".to_owned(),
                Some(name @ ("in" | "type")) => format!("r#{name}"),
                Some(name) => name.to_owned(),
            };
            args.extend(ty.map(|ty| (name, ty)));
            if !self.next_is(",") {
                self.expect(")");
                return (args, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{functions, rust_type};

    #[test]
    fn types_are_read_as_c_reads_them() {
        for (c, rust) in [
            ("char const **", "*mut *const c_char"),
            ("const unsigned char *", "*const c_uchar"),
            ("void *", "*mut c_void"),
            ("unsigned", "c_uint"),
            (
                "int (*)(void *, const char **)",
                "Option<unsafe extern \"C\" fn(*mut c_void, *mut *const c_char) -> c_int>",
            ),
            ("void (*)(void)", "Option<unsafe extern \"C\" fn()>"),
        ] {
            assert_eq!(rust_type(c), rust, "{c}");
        }
    }

    #[test]
    fn a_header_is_read_past_comments_and_conditions() {
        let text = "/* API int no(void); */\nAPI int f(int n, ...);\n#if A || \\\n API\n\
                    API const T *g(void (*x)(int a), char *type);\n#endif\nAPI int f(void);\n\
                    API extern int v[];\nint private(void);";
        let found = functions(text, "API");
        let names: Vec<_> = found.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["f", "g"]);
        assert!(found[0].variadic && found[0].ret.as_deref() == Some("c_int"));
        assert_eq!(found[1].ret.as_deref(), Some("*const T"));
        assert_eq!(found[1].args[0].1, "Option<unsafe extern \"C\" fn(c_int)>");
        assert_eq!(found[1].args[1].0, "r#type");
    }
}
