//! Pictures of the tables that grow.

use crate::table::Line;
use std::io;

/// Writes those whose rows were measured.
pub fn write(_: &[Line]) -> io::Result<()> {
    Ok(())
}
