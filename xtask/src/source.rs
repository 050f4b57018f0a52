//! The pinned source. The pin and its check are `clib-src`'s own files, so that its build script and these commands agree.

#[path = "../../vendor/build/pin.rs"]
pub(crate) mod pin;
#[path = "../../vendor/build/source.rs"]
pub(crate) mod verified;

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use crate::root::{cargo, root};

/// A folder that holds the pinned source, verified: `vendor/sqlite3` where it is there, else Cargo's cache.
pub(crate) fn folder() -> Result<PathBuf> {
    let local = root().join("vendor/sqlite3");
    let folder = if local.is_dir() {
        local
    } else {
        verified::from_cargo(&cargo(), &root().join("vendor/pin/Cargo.toml"))
            .map_err(|error| anyhow!(error))?
    };
    verified::verify(&folder).map_err(|error| anyhow!(error))?;
    Ok(folder)
}
