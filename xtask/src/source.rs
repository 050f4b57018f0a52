//! The pinned source. The pin and its check are `clib-src`'s own files, so that its build script and these commands agree.

/// How it is compiled.
#[path = "../../clib-sys/build/options.rs"]
pub(crate) mod options;
#[path = "../../vendor/build/pin.rs"]
pub(crate) mod pin;
#[path = "../../vendor/build/source.rs"]
pub(crate) mod verified;

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use crate::root::{cargo, root};

/// The folder of `clib-src`.
pub(crate) fn package() -> PathBuf {
    root().join("vendor")
}

/// A folder that holds the pinned source, verified: `vendor/sqlite3` where it is there, else Cargo's cache.
pub(crate) fn folder() -> Result<PathBuf> {
    verified::find(&verified::Cargo::new(cargo()), &package()).map_err(|error| anyhow!(error))
}
