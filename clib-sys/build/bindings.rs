//! The feature `bindgen`: bindings of the header that was found.
//!
//! That header may be older than the committed bindings, and `clib` uses names of those. What the header lacks comes from the
//! committed ones: constants and types as they are, functions as the ones that a library may lack.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::absent::absent;
use crate::configuration;

/// The file with the committed bindings.
const COMMITTED: &str = "src/bindings.rs";

/// Writes `bindings.rs` and `absent.rs` into Cargo's folder, from the header in that one.
pub(crate) fn make(include: &Path) -> Result<(), String> {
    let header = include.join("sqlite3.h");
    println!("cargo::rerun-if-changed={}", header.display());
    println!("cargo::rerun-if-changed={COMMITTED}");
    let made = configuration::sqlite(&header)?
        .generate()
        .map_err(|error| {
            format!(
                "bindgen failed on {}: {error}; it needs libclang (Debian: libclang-dev)",
                header.display()
            )
        })?
        .to_string();
    let committed = fs::read_to_string(COMMITTED)
        .map_err(|error| format!("cannot read {COMMITTED}: {error}"))?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    for (name, text) in [
        ("absent.rs", absent(&committed, &made)),
        ("bindings.rs", made),
    ] {
        let file = out.join(name);
        fs::write(&file, text)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(())
}
