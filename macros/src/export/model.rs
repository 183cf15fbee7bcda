//! What a function under `#[export_callback]` exports, as plain data.

use proc_macro2::Group;
use syn::{Attribute, Expr, LitStr, Visibility};

use crate::signature::{Signature, Verdict};

/// An exported function.
pub struct Callback {
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Who may use it in Rust.
    pub visibility: Visibility,
    /// Its name and types.
    pub signature: Signature,
    /// The ABI by which C calls it.
    pub abi: LitStr,
    /// Its symbol; `None` if it has none.
    pub symbol: Option<LitStr>,
    /// What becomes of a panic.
    pub panic: Panic,
    /// The user's body.
    pub body: Group,
    /// Whether it can be expanded.
    pub verdict: Verdict,
}

/// What becomes of a panic that would leave the callback.
#[derive(Clone, Default)]
pub enum Panic {
    /// The process ends.
    #[default]
    Abort,
    /// The C frames are dropped and the panic goes on.
    Unwind,
    /// C gets a value. There is none for a function that returns nothing.
    Return(Option<Expr>),
}
