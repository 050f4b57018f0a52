//! Finds the pinned source of SQLite, verifies it, and tells `clib-sys` where it is. Compiles nothing.

mod pin;
mod source;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    match find() {
        Ok(folder) => {
            // In `clib-sys`: DEP_SQLITE3_SOURCE and DEP_SQLITE3_VERSION.
            println!("cargo::metadata=source={}", folder.display());
            println!("cargo::metadata=version={}", pin::SQLITE_VERSION);
            println!("cargo::rustc-env=CLIB_SRC_VERSION={}", pin::SQLITE_VERSION);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("clib-src: {message}");
            ExitCode::FAILURE
        }
    }
}

fn find() -> Result<PathBuf, String> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let cargo = source::Cargo::new(variable("CARGO")?);
    let folder = source::find(&cargo, &package)?;
    // Only what is there: Cargo takes a missing path as changed, and would compile SQLite again in every build. Files
    // that appear in `sqlite3/` later need no new run, as they are the same ones.
    for (name, _) in pin::FILES {
        println!("cargo::rerun-if-changed={}", folder.join(name).display());
    }
    Ok(folder)
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: run by Cargo only"))
}
