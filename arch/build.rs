//! Tells `call_words` where its unwind directives would be errors.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(callgate_no_unwind_tables)");
    // Flags by `[profile]` can't take the tables away: only the compiler's own option can.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut tables = flags
        .split(['\x1f', ' '])
        .filter_map(|flag| flag.trim_start_matches("-C").strip_prefix("force-unwind-tables"));
    if tables.next_back().is_some_and(|value| matches!(value, "=no" | "=n" | "=off" | "=false")) {
        println!("cargo::rustc-cfg=callgate_no_unwind_tables");
    }
}
