//! Writes options and items that are nearly right by their grammar, out of a choice of bytes: what
//! `tokens` then changes further. Each table begins with what is right everywhere.

use arbitrary::{Result, Unstructured};

const FOREIGN_OPTIONS: &[&str] =
    &["", "errno", "io", "leaf", "blocking", "variadic(c_int)", "variadic", "erno"];
const EXPORT_OPTIONS: &[&str] = &[
    "",
    "name = \"on_row\"",
    "private",
    "panic = abort",
    "panic = unwind",
    "panic = return(-1)",
    "panic = return",
    "panic = return(())",
    "panic = { x }",
    "error = -1",
    "error = value",
    "name = \"ö\"",
    "name = \"1 b\"",
    "name = \"\"",
    "error",
    "handle",
];
const MAIN_OPTIONS: &[&str] = &["", "procs = 2", "stack_size = N * 2", "max_threads = 0"];
const ATTRIBUTES: &[&str] = &[
    "",
    "/** Says. */",
    "#[cfg(unix)]",
    "#[cfg_attr(unix, link_name = \"g\", must_use)]",
    "#[cfg_attr(unix, foreign_call(io))]",
    "#[cfg_attr(unix)]",
    "#[cfg_attr]",
    "#[link_name = \"g\"]",
    "#[allow(improper_ctypes)]",
    "#[expect(dead_code)]",
    "#[inline(never)]",
    "#[unsafe(no_mangle)]",
    "#[foreign_call]",
    "#[foreign_call(errno)]",
    "#[callgate::foreign_call(io, leaf)]",
    "#[foreign_call = 1]",
    "#[export_callback(private)]",
    "#[export_callback(name = \"a\", error = -1)]",
    "#[export_callback(skip)]",
];
const VISIBILITIES: &[&str] = &["", "pub", "pub(crate)", "pub(in a::b)"];
const QUALIFIERS: &[&str] = &["", "unsafe", "safe", "const", "async", "async unsafe"];
const ABIS: &[&str] =
    &["", "extern \"C\"", "extern \"system\"", "extern", "extern \"Rust\"", "extern \"C-unwind\""];
const NAMES: &[&str] = &["f", "main", "r#match", "CreateFileA", "größe", "frame", "r", "_CgoFrame"];
const GENERICS: &[&str] =
    &["", "<'a>", "<'a, 'b: 'a>", "<'a: 'static>", "<T>", "<const N: usize>", "<'a, T: 'a + U>"];
const CLAUSES: &[&str] = &["", "where 'a: 'b", "where", "where T: for<'c> U<'c>, 'static: 'a"];
const PATTERNS: &[&str] = &[
    "x",
    "y",
    "_",
    "mut x",
    "r#type",
    "frame",
    "(a, b)",
    "S { a, .. }",
    "&z",
    "ref w",
    "v @ 1..=2",
    "self",
    "[a, ..]",
    "A | B",
];
const RECEIVERS: &[&str] = &[
    "&self, ",
    "&mut self, ",
    "self: Box<Self>, ",
    "self: Arc<Self>, ",
    "self, ",
    "&'a self, ",
    "",
];
const TYPES: &[&str] = &[
    "c_int",
    "*const c_void",
    "&u8",
    "&'a mut T",
    "Text<'_>",
    "Text<'a, &'static u8>",
    "Option<&u8>",
    "Option<extern \"C\" fn(&u8, Text<'_>) -> &u8>",
    "for<'c> unsafe extern \"C\" fn(x: &'c u8, ...) -> !",
    "fn(&str) -> String",
    "[u8; 2]",
    "[&u8; { N }]",
    "&[u8]",
    "()",
    "!",
    "(u8, &u8)",
    "String",
    "::std::option::Option<u32>",
    "Box<dyn T + '_>",
    "impl Fn(&u8) -> &u8",
    "_",
    "<&u8 as T>::U<'a>",
    "m!()",
    "Self",
    "typeof",
];
const BODIES: &[&str] = &["{ x }", "{}", ";", "{ loop {} }", "{ #![allow(x)] let 1 }"];
const OTHERS: &[&str] = &[
    "static s: u8;",
    "#[foreign_call(io)] static mut s: &u8;",
    "type t;",
    "m! { x }",
    "fn f(u8);",
    "const C: u8 = 0;",
    "fn f() {}",
    "struct S;",
    "",
];

/// Options and an item as text.
pub fn options_and_item(choices: &mut Unstructured) -> Result<(String, String)> {
    let mut write = Writer { choices };
    Ok(match write.choices.int_in_range(0..=7)? {
        0..=2 => (write.some(FOREIGN_OPTIONS)?, write.block()?),
        3..=5 => {
            let body = write.body()?;
            (write.some(EXPORT_OPTIONS)?, write.function(&[""], body)?)
        }
        6 => (write.some(EXPORT_OPTIONS)?, write.methods()?),
        _ => {
            let body = write.body()?;
            (write.some(MAIN_OPTIONS)?, write.function(&[""], body)?)
        }
    })
}

struct Writer<'c, 'b> {
    choices: &'c mut Unstructured<'b>,
}

impl Writer<'_, '_> {
    /// One of `table`, its first entry in three of four cases.
    fn one(&mut self, table: &[&'static str]) -> Result<&'static str> {
        if self.choices.int_in_range(0..=3)? < 3 {
            return Ok(table[0]);
        }
        Ok(self.choices.choose(table)?)
    }

    /// Up to three of `table`, separated by commas.
    fn some(&mut self, table: &[&'static str]) -> Result<String> {
        let mut some = vec![self.one(table)?, self.one(table)?, self.one(table)?];
        some.retain(|option| !option.is_empty());
        Ok(some.join(", "))
    }

    fn body(&mut self) -> Result<&'static str> {
        self.one(BODIES)
    }

    fn function(&mut self, receivers: &[&'static str], body: &str) -> Result<String> {
        let attributes = [self.one(ATTRIBUTES)?, self.one(ATTRIBUTES)?].join(" ");
        let (visibility, qualifiers) = (self.one(VISIBILITIES)?, self.one(QUALIFIERS)?);
        let (abi, name) = (self.one(ABIS)?, self.choices.choose(NAMES)?);
        let (generics, clause) = (self.one(GENERICS)?, self.one(CLAUSES)?);
        let mut args = self.one(receivers)?.to_owned();
        for _ in 0..self.choices.int_in_range(0..=3)? {
            let (attribute, pattern) = (self.one(ATTRIBUTES)?, self.one(PATTERNS)?);
            args += &format!("{attribute} {pattern}: {}, ", self.one(TYPES)?);
        }
        args += self.one(&["", "...", ", ..."])?;
        let arrow = *self.choices.choose(&["", "->"])?;
        let ret = if arrow.is_empty() { "" } else { self.one(TYPES)? };
        Ok(format!(
            "{attributes} {visibility} {qualifiers} {abi} fn {name}{generics}({args}) {arrow} {ret} {clause} {body}"
        ))
    }

    fn block(&mut self) -> Result<String> {
        let (attribute, abi) = (self.one(ATTRIBUTES)?, self.one(&ABIS[1..])?);
        let mut items = String::new();
        for _ in 0..self.choices.int_in_range(0..=3)? {
            items += &self.function(&[""], ";")?;
        }
        items += self.choices.choose(OTHERS)?;
        Ok(format!("{attribute} unsafe {abi} {{ {items} }}"))
    }

    fn methods(&mut self) -> Result<String> {
        let (attribute, ty) =
            (self.one(ATTRIBUTES)?, self.one(&["Table", "Text<'_>", "u8", "a::B"])?);
        let mut items = String::new();
        for _ in 0..self.choices.int_in_range(1..=3)? {
            let body = self.body()?;
            items += &self.function(RECEIVERS, body)?;
        }
        Ok(format!("{attribute} impl {ty} {{ {items} }}"))
    }
}
