//! Which `cfg`s hold: an item that is configured out has no symbol, so it is in no header.

use std::env;
use std::process::Command;
use std::str::FromStr;

use cargo_platform::{Cfg, CfgExpr};
use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::Error;

/// The configuration for which a crate is looked at.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    cfgs: Vec<Cfg>,
}

impl Configuration {
    /// Adds cfgs, each as `rustc --print cfg` writes it: `unix`, `feature="std"`.
    ///
    /// # Errors
    /// If one is not written so.
    ///
    /// ```
    /// let cfg = callgate_build::Configuration::default().with(["unix", "feature=\"x\""]);
    /// assert!(cfg.is_ok());
    /// assert!(callgate_build::Configuration::default().with(["a b"]).is_err());
    /// ```
    pub fn with<'c>(mut self, cfgs: impl IntoIterator<Item = &'c str>) -> Result<Self, Error> {
        for cfg in cfgs {
            let parsed = Cfg::from_str(cfg).map_err(|error| error.to_string());
            self.cfgs.push(parsed.map_err(Error::tool("cfg"))?);
        }
        Ok(self)
    }

    /// What the build script's package is built for, of the variables that Cargo sets.
    ///
    /// # Errors
    /// Where Cargo has set none.
    pub fn of_build_script() -> Result<Self, Error> {
        let mut cfgs = Vec::new();
        for (name, value) in env::vars() {
            let Some(name) = name.strip_prefix("CARGO_CFG_") else { continue };
            let name = name.to_lowercase();
            cfgs.extend(value.split(',').map(|value| format!("{name}={value:?}")));
            // A flag has an empty value; so does `target_env` now and then.
            if value.is_empty() {
                cfgs.push(name);
            }
        }
        if cfgs.is_empty() {
            return Err(Error::NotABuildScript("CARGO_CFG_*"));
        }
        // Cargo leaves this one out: a profile may set it otherwise.
        if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
            cfgs.push("debug_assertions".to_owned());
        }
        Self::default().with(cfgs.iter().map(String::as_str))
    }

    /// What `rustc` builds for by itself, or for `target`.
    ///
    /// # Errors
    /// If there is no `rustc`, or it doesn't know the target.
    pub fn of_rustc(target: Option<&str>) -> Result<Self, Error> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--print", "cfg"]);
        command.args(target.iter().flat_map(|target| ["--target", target]));
        let output = command.output().map_err(|error| error.to_string());
        let output = output.map_err(Error::tool("rustc"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::tool("rustc")(text));
        }
        Self::default().with(String::from_utf8_lossy(&output.stdout).lines())
    }

    fn holds(&self, condition: &TokenStream) -> syn::Result<bool> {
        let expression = CfgExpr::from_str(&condition.to_string())
            .map_err(|error| syn::Error::new_spanned(condition, error))?;
        Ok(expression.matches(&self.cfgs))
    }

    /// Whether `extern "system"` is another ABI than C's.
    pub(crate) fn system_is_not_c(&self) -> bool {
        let is = |name: &str, value: Option<&str>| {
            self.cfgs.iter().any(|cfg| match cfg {
                Cfg::Name(key) => value.is_none() && key.as_str() == name,
                Cfg::KeyPair(key, of_key) => key.as_str() == name && value == Some(of_key),
            })
        };
        is("windows", None) && is("target_arch", Some("x86"))
    }

    /// Replaces each `cfg_attr` by what it stands for, removes each `cfg` that holds, and says whether
    /// all do.
    pub(crate) fn apply(&self, attributes: &mut Vec<Attribute>) -> syn::Result<bool> {
        let mut all = true;
        let mut left = Vec::new();
        let mut queue: Vec<_> = std::mem::take(attributes);
        queue.reverse();
        while let Some(attribute) = queue.pop() {
            let Meta::List(list) = &attribute.meta else {
                left.push(attribute);
                continue;
            };
            if list.path.is_ident("cfg") {
                all &= self.holds(&list.tokens)?;
            } else if list.path.is_ident("cfg_attr") {
                let parts =
                    list.parse_args_with(Punctuated::<Part, Token![,]>::parse_terminated)?;
                let mut parts = parts.into_iter();
                let condition = parts.next().map(|part| part.0).unwrap_or_default();
                if self.holds(&condition)? {
                    for part in parts.rev() {
                        let mut one = attribute.clone();
                        one.meta = syn::parse2(part.0)?;
                        queue.push(one);
                    }
                }
            } else {
                left.push(attribute);
            }
        }
        *attributes = left;
        Ok(all)
    }
}

/// Tokens up to a comma.
struct Part(TokenStream);

impl syn::parse::Parse for Part {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            tokens.extend([input.parse::<proc_macro2::TokenTree>()?]);
        }
        Ok(Part(tokens))
    }
}
