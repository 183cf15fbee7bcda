//! The options of the attributes: what there is, how each is written, and what is wrong with one
//! that is not in the table.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token, Type, token};

use crate::diagnostics::Diagnostics;

/// The options of one attribute.
pub struct Table {
    /// How messages name the attribute, with the backticks.
    pub attribute: &'static str,
    /// What it knows.
    pub options: &'static [Spec],
}

/// One option.
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// How it is written, as messages show it.
    pub usage: &'static str,
    /// The shape of its value.
    pub form: Form,
}

/// The shape of an option's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `name`
    Flag,
    /// `name = "literal"`
    Literal,
    /// `name = expression`
    Expression,
    /// `name` or `name = expression`
    FlagOrExpression,
    /// `name(Type, …)`
    Types,
}

/// An option as the user gave it.
pub struct Given {
    /// Its entry in the table.
    pub spec: &'static Spec,
    /// The name's token.
    pub name: Ident,
    /// Its value.
    pub value: Value,
}

/// An option's value, already of the [`Form`] that the table asks for.
// There are few, and none lives long.
#[allow(clippy::large_enum_variant)]
pub enum Value {
    /// A flag has none.
    None,
    /// Of a [`Form::Literal`].
    Literal(LitStr),
    /// Of a [`Form::Expression`].
    Expression(Expr),
    /// Of a [`Form::Types`].
    Types(Vec<Type>),
}

/// Parses `tokens` as options of `table`. What is wrong is reported and left out; the rest is
/// returned.
pub fn parse(table: &'static Table, tokens: TokenStream, diags: &mut Diagnostics) -> Vec<Given> {
    let parser = |input: ParseStream| {
        let mut given = Vec::new();
        while !input.is_empty() {
            if let Err(error) = parse_one(table, input, diags).map(|one| given.extend(one)) {
                diags.syntax(error);
            }
            skip_to_comma(input)?;
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(given)
    };
    parser.parse2(tokens).unwrap_or_else(|error| {
        diags.syntax(error);
        Vec::new()
    })
}

fn skip_to_comma(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// The value as written, before it is held against the option's form.
enum Written {
    Nothing,
    Equals(Expr),
    Parentheses(TokenStream),
}

fn parse_one(
    table: &'static Table,
    input: ParseStream,
    diags: &mut Diagnostics,
) -> syn::Result<Option<Given>> {
    if !input.peek(Ident::peek_any) {
        let token: TokenTree = input.parse()?;
        diags.error(
            &token,
            format_args!("expected an option of {}", table.attribute),
            table.list(),
        );
        return Ok(None);
    }
    let name = input.call(Ident::parse_any)?;
    let spec = table.find(&name, diags);
    let written = if input.peek(Token![=]) {
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            if let Some(spec) = spec {
                diags.error(
                    equals,
                    format_args!("`{}` has no value after the `=`", spec.name),
                    format_args!("write `{}`", spec.usage),
                );
            }
            return Ok(None);
        }
        Written::Equals(visible(input.parse()?))
    } else if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Written::Parentheses(content.parse()?)
    } else {
        Written::Nothing
    };
    if let Some(rest) = rest_of_option(input)? {
        diags.error(
            rest,
            format_args!("expected a comma after the option `{name}`"),
            "separate options by commas",
        );
        return Ok(None);
    }
    Ok(spec.and_then(|spec| check_form(spec, name, written, diags)))
}

/// `value` without the invisible groups that `macro_rules!` makes of fragments.
fn visible(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => visible(*group.expr),
        value => value,
    }
}

/// What stands between the end of an option and the next comma, where nothing should.
fn rest_of_option(input: ParseStream) -> syn::Result<Option<TokenTree>> {
    if input.is_empty() || input.peek(Token![,]) { Ok(None) } else { input.parse().map(Some) }
}

fn check_form(
    spec: &'static Spec,
    name: Ident,
    written: Written,
    diags: &mut Diagnostics,
) -> Option<Given> {
    let write = format!("write `{}`", spec.usage);
    let value = match (spec.form, written) {
        (Form::Flag | Form::FlagOrExpression, Written::Nothing) => Value::None,
        (Form::Flag, Written::Equals(value)) => {
            diags.error(value, format_args!("`{}` takes no value", spec.name), write);
            return None;
        }
        (Form::Flag, Written::Parentheses(content)) => {
            let at = if content.is_empty() { quote::quote!(#name) } else { content };
            diags.error(at, format_args!("`{}` takes no arguments", spec.name), write);
            return None;
        }
        (Form::Types, Written::Parentheses(content)) => {
            match Punctuated::<Type, Token![,]>::parse_terminated.parse2(content) {
                Ok(types) => Value::Types(types.into_iter().collect()),
                Err(error) => {
                    diags.error_at(error, write);
                    return None;
                }
            }
        }
        (Form::Types, Written::Nothing) => {
            diags.error(
                name,
                format_args!("`{}` needs the types in parentheses", spec.name),
                write,
            );
            return None;
        }
        (Form::Types, Written::Equals(value)) => {
            diags.error(
                value,
                format_args!("`{}` takes its types in parentheses", spec.name),
                write,
            );
            return None;
        }
        (_, Written::Nothing) => {
            diags.error(name, format_args!("`{}` needs a value", spec.name), write);
            return None;
        }
        (_, Written::Parentheses(_)) => {
            diags.error(name, format_args!("the value of `{}` follows a `=`", spec.name), write);
            return None;
        }
        (
            Form::Literal,
            Written::Equals(Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(literal), .. })),
        ) => Value::Literal(literal),
        (Form::Literal, Written::Equals(value)) => {
            diags.error(value, format_args!("`{}` takes a string literal", spec.name), write);
            return None;
        }
        (Form::Expression | Form::FlagOrExpression, Written::Equals(value)) => {
            Value::Expression(value)
        }
    };
    Some(Given { spec, name, value })
}

impl Table {
    fn find(&self, name: &Ident, diags: &mut Diagnostics) -> Option<&'static Spec> {
        let text = name.to_string();
        if let Some(spec) = self.options.iter().find(|spec| spec.name == text) {
            return Some(spec);
        }
        let attribute = self.attribute;
        let list = self.list();
        let help = match self.nearest(&text) {
            Some(near) => format!("did you mean `{near}`? {list}"),
            None => list,
        };
        diags.error(name, format_args!("unknown option `{text}` of {attribute}"), help);
        None
    }

    /// Lists every option as it is written.
    fn list(&self) -> String {
        let usages: Vec<_> = self.options.iter().map(|spec| format!("`{}`", spec.usage)).collect();
        format!("the options are {}", usages.join(", "))
    }

    fn nearest(&self, text: &str) -> Option<&'static str> {
        let names = self.options.iter().map(|spec| (edit_distance(spec.name, text), spec.name));
        let (distance, name) = names.min()?;
        (distance <= 2 && distance < name.len().min(text.len())).then_some(name)
    }
}

/// Reports each option that is given twice, at both places, and drops the later one.
pub fn refuse_duplicates(given: &mut Vec<Given>, diags: &mut Diagnostics) {
    let mut kept: Vec<Given> = Vec::new();
    for one in given.drain(..) {
        if let Some(first) = kept.iter().find(|first| first.name == one.name) {
            diags.error(
                &one.name,
                format_args!("the option `{}` is given twice", one.name),
                "remove one of the two",
            );
            diags.related(&first.name, format_args!("`{}` is first given here", first.name));
        } else {
            kept.push(one);
        }
    }
    *given = kept;
}

/// Reports the options `left` and `right` given together, at both places. `why` completes the
/// sentence "`left` contradicts `right`: …".
pub fn refuse_both(
    given: &[Given],
    (left, right): (&str, &str),
    why: &str,
    diags: &mut Diagnostics,
) {
    let find = |name: &str| given.iter().position(|given| given.spec.name == name);
    if let (Some(left), Some(right)) = (find(left), find(right)) {
        let (first, second) = (&given[left.min(right)].name, &given[left.max(right)].name);
        diags.error(
            second,
            format_args!("`{second}` contradicts `{first}`: {why}"),
            "keep one of the two",
        );
        diags.related(first, format_args!("`{first}` is given here"));
    }
}

/// The number of letters to add, remove or change that make one text of the other.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let change = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::edit_distance;

    #[test]
    fn distance_counts_single_letters() {
        assert_eq!(edit_distance("leaf", "leaf"), 0);
        assert_eq!(edit_distance("leaf", "laef"), 2);
        assert_eq!(edit_distance("errno", "erno"), 1);
        assert_eq!(edit_distance("", "io"), 2);
    }
}
