//! Links libuv, where the system has it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(libuv)");
    // The first with functions for a handle's data.
    match pkg_config::Config::new().atleast_version("1.19").probe("libuv") {
        Ok(_) => println!("cargo::rustc-cfg=libuv"),
        Err(_) => println!("cargo::warning=main-loop is built without libuv, which isn't here"),
    }
}
