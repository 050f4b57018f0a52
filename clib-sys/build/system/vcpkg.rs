//! The library that vcpkg has installed, for the MSVC toolchain.

use std::env;

use crate::minimum::MINIMUM;
use crate::{Linked, header};

pub(super) fn link() -> Result<Linked, String> {
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env != "msvc") {
        return Err("is only asked for the MSVC toolchain".to_owned());
    }
    // It says to Cargo what is to be linked.
    let library = vcpkg::Config::new()
        .emit_includes(false)
        .find_package("sqlite3")
        .map_err(|error| error.to_string())?;
    let (version, include) = header::find(&library.include_paths).unzip();
    if let Some(version) = version.filter(|version| *version < MINIMUM) {
        return Err(format!(
            "it has {version}, and at least {MINIMUM} is needed"
        ));
    }
    Ok(Linked {
        version,
        include,
        header_folders: library.include_paths,
        library: library.found_libs.into_iter().next(),
    })
}
