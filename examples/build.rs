//! Builds the tour's own C code.

fn main() {
    println!("cargo::rerun-if-changed=c/tour.c");
    cc::Build::new().file("c/tour.c").opt_level(2).extra_warnings(true).compile("tour");
}
