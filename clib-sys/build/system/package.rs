//! The library that pkg-config knows as `sqlite3`, with pkg-config's conventions: `PKG_CONFIG`, `PKG_CONFIG_PATH`,
//! `PKG_CONFIG_LIBDIR`, `PKG_CONFIG_SYSROOT_DIR`, each also for one target; `SQLITE3_STATIC`, `SQLITE3_DYNAMIC` and
//! `PKG_CONFIG_ALL_STATIC`; `SQLITE3_NO_PKG_CONFIG`; and no cross-compiling without `PKG_CONFIG_ALLOW_CROSS` or a sysroot. One of them is
//! that the system's own libraries, such as those under `/usr`, are linked shared whatever is asked for; then there is a warning.

use std::env;
use std::path::{Path, PathBuf};

use super::folder;
use crate::Linked;
use crate::environment::asks_static;
use crate::minimum::MINIMUM;
use crate::version::Version;

pub(super) fn link(ask: impl Fn(&str) -> Option<String>) -> Result<Linked, String> {
    // The crate asks for this and for `SQLITE3_STATIC` too, but not for the ones of a target.
    if ask("SQLITE3_NO_PKG_CONFIG").is_some() {
        return Err("is not asked, as SQLITE3_NO_PKG_CONFIG says".to_owned());
    }
    let asks_static = asks_static(ask);
    let library = pkg_config::Config::new()
        .statik(asks_static)
        .atleast_version(&MINIMUM.to_string())
        .probe("sqlite3")
        .map_err(|error| error.to_string())?;
    let version = Version::parse(&library.version)
        .ok_or_else(|| format!("it says version `{}`", library.version))?;
    // The crate does not tell which one it has named to Cargo.
    let own: Vec<_> = library
        .link_paths
        .iter()
        .filter(|folder| !is_systems(folder))
        .collect();
    if asks_static && !own.iter().any(|folder| folder::has_archive(folder)) {
        println!("cargo::warning={}", folder::not_static(&library.link_paths));
    }
    let file = library
        .link_paths
        .iter()
        .chain(&default_folders(&library))
        .find_map(|folder| folder::file_in(folder, asks_static && !is_systems(folder)));
    Ok(Linked {
        version: Some(version),
        // Where it is the compiler's own folder pkg-config names none.
        include: library.include_paths.first().cloned().or_else(|| {
            pkg_config::get_variable("sqlite3", "includedir")
                .ok()
                .map(PathBuf::from)
        }),
        library: file,
        ..Linked::default()
    })
}

/// Whether the folder is one of the system's own, whose archives the crate does not take.
fn is_systems(folder: &Path) -> bool {
    if cfg!(target_os = "macos") {
        return folder.starts_with("/Library") || folder.starts_with("/System");
    }
    let root = ["PKG_CONFIG_SYSROOT_DIR", "SYSROOT"]
        .into_iter()
        .find_map(env::var_os);
    match root {
        Some(root) => folder.starts_with(root),
        None => cfg!(unix) && folder.starts_with("/usr"),
    }
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
