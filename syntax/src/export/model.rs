//! What `#[export_callback]` exports, as plain data.

use proc_macro2::{Group, TokenStream};
use syn::{Attribute, Expr, LitStr, Type, Visibility};

use crate::signature::{Signature, Verdict};

/// An exported function.
pub struct Callback {
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The `#[doc]`s of what the user wrote: of a method, not of the function that C calls.
    pub docs: Vec<Attribute>,
    /// Who may use it in Rust.
    pub visibility: Visibility,
    /// Its name and types, as C sees them.
    pub signature: Signature,
    /// What messages call it.
    pub text: String,
    /// The ABI by which C calls it.
    pub abi: LitStr,
    /// Its symbol; `None` if it has none.
    pub symbol: Option<LitStr>,
    /// What becomes of a panic.
    pub panic: Panic,
    /// What becomes of an `Err`; `None` if the function returns no `Result`.
    pub error: Option<OnError>,
    /// What runs.
    pub body: Body,
    /// Whether it can be expanded.
    pub verdict: Verdict,
}

/// What becomes of a panic that would leave the callback.
#[derive(Clone, Default)]
// There are few, and none lives long.
#[allow(clippy::large_enum_variant)]
pub enum Panic {
    /// The process ends.
    #[default]
    Abort,
    /// The C frames are dropped and the panic goes on.
    Unwind,
    /// C gets a value. There is none for a function that returns nothing.
    Return(Option<Expr>),
}

/// A function that returns a `Result` to Rust and its `Ok` to C.
pub struct OnError {
    /// The `Result`, as written.
    pub written: Type,
    /// What C gets for an `Err`. There is none for a function that returns nothing.
    pub value: Option<Expr>,
}

/// What runs when C calls.
pub enum Body {
    /// The function's own body.
    Function(Group),
    /// A method, which stays where it was written; the exported function takes its receiver as
    /// the first argument.
    Method {
        /// `<Engine>::add`
        path: TokenStream,
        /// How the receiver comes.
        receiver: Receiver,
    },
}

/// How C passes the value on which a method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Not at all: an associated function.
    None,
    /// A pointer, which must not be null.
    Pointer,
    /// A `callgate::Handle`.
    Handle,
}
