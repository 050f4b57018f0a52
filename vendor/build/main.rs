//! Finds the pinned source of SQLite, verifies it, and tells `clib-sys` where it is. Compiles nothing.

mod pin;
mod source;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=pin");
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

/// `sqlite3/` beside the manifest where it is there, else the pinned crate in Cargo's own cache.
fn find() -> Result<PathBuf, String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let local = here.join("sqlite3");
    println!("cargo::rerun-if-changed={}", local.display());
    let folder = if local.is_dir() {
        local
    } else {
        from_cargo(&here)?
    };
    for (name, _) in pin::FILES {
        println!("cargo::rerun-if-changed={}", folder.join(name).display());
    }
    source::verify(&folder)?;
    Ok(folder)
}

fn from_cargo(here: &Path) -> Result<PathBuf, String> {
    let cargo = PathBuf::from(variable("CARGO")?);
    let manifest = here.join("pin").join("Cargo.toml");
    source::from_cargo(&cargo, &manifest).map_err(|error| {
        let (name, version) = pin::CARRIER;
        format!(
            "the source of SQLite {} is not here, and Cargo could not fetch it ({name} {version}): {error}\n\
             Ways out: (1) with a network, once: `cargo xtask vendor`, which puts the files into {}, \
             or `cargo fetch --locked --manifest-path {}`, which puts them into Cargo's cache; \
             (2) link the system's SQLite: `--no-default-features --features system`.",
            pin::SQLITE_VERSION,
            here.join("sqlite3").display(),
            manifest.display(),
        )
    })
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: run by Cargo only"))
}
