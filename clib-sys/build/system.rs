//! `system`: the library that pkg-config finds.

use crate::Linked;
use crate::version::Version;

/// The oldest SQLite that `clib` works with.
const MINIMUM: &str = "3.34.1";

pub(crate) fn link() -> Result<Linked, String> {
    let library = pkg_config::Config::new()
        .atleast_version(MINIMUM)
        .probe("sqlite3")
        .map_err(|error| {
            format!(
                "pkg-config finds no SQLite {MINIMUM} or newer: {error}\n\
                 Ways out: (1) install it with its header (Debian: `libsqlite3-dev`); \
                 (2) name the folder of its `sqlite3.pc` in PKG_CONFIG_PATH; \
                 (3) compile it in: feature `vendored`."
            )
        })?;
    let version = Version::parse(&library.version)
        .ok_or_else(|| format!("pkg-config says version `{}`", library.version))?;
    let include = library
        .include_paths
        .first()
        .map(|path| path.display().to_string());
    Ok(Linked { version, include })
}
