//! The library that pkg-config knows as `sqlite3`, with pkg-config's conventions: `PKG_CONFIG`, `PKG_CONFIG_PATH`,
//! `PKG_CONFIG_LIBDIR`, `PKG_CONFIG_SYSROOT_DIR`, each also for one target; `SQLITE3_STATIC`, `SQLITE3_DYNAMIC` and
//! `PKG_CONFIG_ALL_STATIC`; `SQLITE3_NO_PKG_CONFIG`; and no cross-compiling without `PKG_CONFIG_ALLOW_CROSS` or a sysroot.

use std::path::PathBuf;

use crate::Linked;
use crate::minimum::MINIMUM;
use crate::version::Version;

pub(super) fn link() -> Result<Linked, String> {
    let library = pkg_config::Config::new()
        .atleast_version(&MINIMUM.to_string())
        .probe("sqlite3")
        .map_err(|error| error.to_string())?;
    let version = Version::parse(&library.version)
        .ok_or_else(|| format!("it says version `{}`", library.version))?;
    let file = library
        .link_paths
        .iter()
        .chain(&default_folders(&library))
        .flat_map(|folder| {
            ["libsqlite3.so", "libsqlite3.dylib", "libsqlite3.a"].map(|name| folder.join(name))
        })
        .find(|file| file.exists());
    Ok(Linked {
        version: Some(version),
        // Where it is the compiler's own folder pkg-config names none.
        include: library.include_paths.first().cloned().or_else(|| {
            pkg_config::get_variable("sqlite3", "includedir")
                .ok()
                .map(PathBuf::from)
        }),
        library: file,
    })
}

/// pkg-config names no folder that the linker searches anyway.
fn default_folders(library: &pkg_config::Library) -> Vec<PathBuf> {
    if library.link_paths.is_empty() {
        pkg_config::get_variable("sqlite3", "libdir")
            .map(PathBuf::from)
            .into_iter()
            .collect()
    } else {
        Vec::new()
    }
}
