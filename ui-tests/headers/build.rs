//! Tells the crate where the headers of the bundled libraries are.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (crate_metadata, header) in [("SQLITE3", "sqlite3.h"), ("Z", "zlib.h")] {
        let folder = env::var(format!("DEP_{crate_metadata}_INCLUDE"))
            .expect("the library's crate says where its headers are");
        let path = Path::new(&folder).join(header);
        println!("cargo::rustc-env=HEADER_{crate_metadata}={}", path.display());
    }
}
