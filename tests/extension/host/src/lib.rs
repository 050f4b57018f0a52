//! Where the extension is.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;

/// The extension's file, which `cargo build` puts beside the programs.
///
/// # Panics
///
/// Where it is not there.
pub fn extension() -> PathBuf {
    let program = std::env::current_exe().expect("a program has a file");
    let file = program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(format!("{DLL_PREFIX}clib_extension{DLL_SUFFIX}")))
        .find(|file| file.exists());
    file.expect("the extension is not built: `cargo build --package clib-extension` first")
}
