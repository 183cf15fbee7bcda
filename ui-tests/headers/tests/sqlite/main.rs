//! SQLite, called from Gs: results that its documentation promises, and callbacks of every kind.

mod callbacks;
mod calls;
mod db;
mod many;
