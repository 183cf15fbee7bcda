//! What an `extern` block under `#[foreign_call]` declares, as plain data.

use proc_macro2::TokenStream;
use syn::{LitStr, Visibility};

use crate::attributes::{BlockAttributes, FnAttributes};
use crate::signature::{Signature, Verdict};

/// An `extern` block.
pub struct Block {
    /// Its attributes, sorted.
    pub attributes: BlockAttributes,
    /// The ABI of its functions.
    pub abi: LitStr,
    /// The functions, in the order of their declaration.
    pub functions: Vec<Function>,
    /// Statics, types and macros, which pass through.
    pub others: Vec<TokenStream>,
}

/// A C function.
pub struct Function {
    /// Its attributes, sorted. The symbol is in them where it differs from the name.
    pub attributes: FnAttributes,
    /// Who may call it.
    pub visibility: Visibility,
    /// Its name and types.
    pub signature: Signature,
    /// How its failure is told.
    pub outcome: Outcome,
    /// How long it may take.
    pub pace: Pace,
    /// Whether it can be expanded.
    pub verdict: Verdict,
}

/// What a call returns besides the C function's own result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    #[default]
    Plain,
    /// `errno`: `(T, Errno)`.
    Errno,
    /// `io`: `io::Result<T>`.
    Io,
}

/// What a call does with its P.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// It may be retaken while the call lasts.
    #[default]
    Normal,
    /// `leaf`: it is kept.
    Leaf,
    /// `blocking`: it is given up at once.
    Blocking,
}
