//! What a C function left in `errno`.

use crate::os;
use core::ffi::c_int;
use core::fmt;
use std::io;

/// The `errno` that a foreign call left, as `#[foreign_call(errno)]` returns it: 0 if the function
/// did not set it.
///
/// It is read on the thread that made the call, before anything else can run there.
///
/// ```
/// use callgate::Errno;
/// let e = Errno::new(2);
/// assert!(e.is_set());
/// assert_eq!(std::io::Error::from(e).kind(), std::io::ErrorKind::NotFound);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Errno(pub c_int);

impl Errno {
    /// The error with this number.
    #[must_use]
    pub const fn new(raw: c_int) -> Self {
        Errno(raw)
    }

    /// The number.
    #[must_use]
    pub const fn raw(self) -> c_int {
        self.0
    }

    /// Whether the function set it: not 0.
    #[must_use]
    pub const fn is_set(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn get() -> Self {
        Errno(os::errno())
    }
}

impl From<Errno> for io::Error {
    fn from(e: Errno) -> Self {
        os::error_of_errno(e.0)
    }
}

impl From<Errno> for c_int {
    fn from(e: Errno) -> Self {
        e.0
    }
}

impl PartialEq<c_int> for Errno {
    fn eq(&self, raw: &c_int) -> bool {
        self.0 == *raw
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        io::Error::from(*self).fmt(f)
    }
}
