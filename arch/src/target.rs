//! Stands where the table in `lib.rs` has no row.

compile_error!(
    "callgate has no assembly for this target yet; the table in callgate-arch's crate docs lists those it has"
);
