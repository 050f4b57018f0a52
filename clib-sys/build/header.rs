//! The version that a `sqlite3.h` is of.

use std::fs;
use std::path::{Path, PathBuf};

use crate::version::Version;

/// The header's version and its folder, from the first of these folders that has one.
pub(crate) fn find(folders: impl IntoIterator<Item = PathBuf>) -> Option<(Version, PathBuf)> {
    folders.into_iter().find_map(|folder| {
        let version = version(&text(&folder)?)?;
        Some((version, folder))
    })
}

fn text(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join("sqlite3.h")).ok()
}

/// What `#define SQLITE_VERSION "3.40.1"` says.
fn version(header: &str) -> Option<Version> {
    let definition = header
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("#define"))
        .find_map(|line| line.trim_start().strip_prefix("SQLITE_VERSION "))?;
    Version::parse(definition.split('"').nth(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read() {
        let header = "/* SQLITE_VERSION */\n#define SQLITE_VERSION_NUMBER 3040001\n#define SQLITE_VERSION        \"3.40.1\"\n";
        assert_eq!(version(header), Some(Version::new(3, 40, 1)));
        assert_eq!(version("#define SQLITE_VERSION_NUMBER 3040001"), None);
        assert_eq!(version("#define SQLITE_VERSION \"new\""), None);
    }
}
