//! What becomes of a panic in a callback where the program is compiled with `panic = "abort"`: nothing catches it, and the program
//! ends there.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::env;
use std::path::Path;
use std::process::Command;

/// Compiles the example `panics` and runs it: its standard output, and whether it ended well.
fn run(strategy: &str) -> (String, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&root)
        .args(["run", "--quiet", "--package", "clib", "--example", "panics"])
        .args(["--no-default-features", "--features", clib::LINK_MODE])
        .arg("--config")
        .arg(format!("profile.dev.panic = {strategy:?}"))
        // Apart from the usual builds, which would be thrown away otherwise.
        .args(["--target-dir", "target/abort"])
        .env("CFLAGS", env::var("CFLAGS").unwrap_or_default() + " -O0")
        .output()
        .expect("cargo is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{text}{}", String::from_utf8_lossy(&output.stderr));
    (text, output.status.success())
}

#[test]
fn a_panic_aborts_where_it_is_told_to() {
    let (text, succeeded) = run("abort");
    assert_eq!(text, "before\n");
    assert!(!succeeded);
    let (text, succeeded) = run("unwind");
    assert_eq!(text, "before\ncaught: no seven\nafter: 8\n");
    assert!(succeeded);
}
