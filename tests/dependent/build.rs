//! Compiles `src/double.c` against the `sqlite3.h` of the SQLite that clib links.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=src/double.c");
    for name in ["MODE", "VERSION", "INCLUDE", "LIBRARY"] {
        let value = env::var(format!("DEP_CLIB_{name}")).expect("known in these link modes");
        println!("cargo::rustc-env=DEPENDENT_{name}={value}");
    }
    let include = env::var("DEP_CLIB_INCLUDE").unwrap();
    assert!(Path::new(&include).join("sqlite3.h").exists(), "{include}");
    let library = env::var("DEP_CLIB_LIBRARY").unwrap();
    assert!(Path::new(&library).exists(), "{library}");
    cc::Build::new()
        .file("src/double.c")
        .include(include)
        .compile("clib_dependent");
}
