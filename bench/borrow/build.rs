//! Builds the C side.

fn main() {
    println!("cargo::rerun-if-changed=c/borrow.c");
    cc::Build::new().file("c/borrow.c").opt_level(2).warnings(true).compile("bench_borrow");
}
