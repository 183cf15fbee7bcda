//! Who is measured.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    Callgate,
    /// C and the operating system, without a runtime.
    Plain,
    Go,
    Corosensei,
    May,
    Tokio,
    /// Tokio, by `block_in_place`.
    InPlace,
}

impl Who {
    pub const ALL: [Who; 7] =
        [Who::Callgate, Who::Plain, Who::Go, Who::Corosensei, Who::May, Who::Tokio, Who::InPlace];

    pub fn name(self) -> &'static str {
        match self {
            Who::Callgate => "callgate",
            Who::Plain => "plain",
            Who::Go => "go",
            Who::Corosensei => "corosensei",
            Who::May => "may",
            Who::Tokio => "tokio",
            Who::InPlace => "in-place",
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Who {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Who::ALL
            .into_iter()
            .find(|who| who.name() == name)
            .ok_or_else(|| format!("`{name}` is none of {}", Who::ALL.map(Who::name).join(", ")))
    }
}
