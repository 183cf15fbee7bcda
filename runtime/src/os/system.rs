//! Stands where the table in `mod.rs` has no row.

compile_error!("callgate has no operating-system layer for this target yet");
