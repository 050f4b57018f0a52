//! The version that a `sqlite3.h` is of.

use std::fs;
use std::path::PathBuf;

use crate::version::Version;

/// The header's version and its folder, from the first of these folders that has one.
pub(crate) fn find(folders: &[PathBuf]) -> Option<(Version, PathBuf)> {
    folders.iter().find_map(|folder| {
        let text = fs::read_to_string(folder.join("sqlite3.h")).ok()?;
        Some((version(&text)?, folder.clone()))
    })
}

/// The error where bindings are to be made, and [`find`] found nothing in these folders.
#[cfg_attr(not(feature = "bindgen"), allow(dead_code, reason = "for bindings"))]
pub(crate) fn missing(folders: &[PathBuf]) -> String {
    let mut text = "the feature `bindgen` needs `sqlite3.h`, and ".to_owned();
    if folders.is_empty() {
        text += "nothing says where it is.\n";
    } else {
        text += "it was not found. Looked at:\n";
    }
    for folder in folders {
        let file = folder.join("sqlite3.h");
        let why = match fs::read_to_string(&file) {
            Ok(_) => "does not define SQLITE_VERSION".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        // Of a relative path, which is relative to this package.
        let file = std::path::absolute(&file).unwrap_or(file);
        text += &format!("  {} {why}\n", file.display());
    }
    text + "Ways out: (1) name the folder that holds it, by its whole path, in SQLITE3_INCLUDE_DIR (Debian's `libsqlite3-dev` \
            has it in /usr/include); (2) do without `bindgen`: the committed bindings need no header."
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

    #[test]
    fn what_was_looked_at_is_told() {
        let folder = std::env::temp_dir().join(format!("clib-sys-header-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("sqlite3.h");
        let folders = [folder.clone()];
        assert_eq!(find(&folders), None);
        let error = missing(&folders);
        assert!(
            error.contains(&format!("{} cannot be read: ", file.display())),
            "{error}"
        );
        assert!(
            error.contains("Ways out: (1) name the folder that holds it"),
            "{error}"
        );
        fs::write(&file, "int x;\n").unwrap();
        assert_eq!(find(&folders), None);
        let error = missing(&folders);
        assert!(
            error.contains(&format!("{} does not define", file.display())),
            "{error}"
        );
        fs::write(&file, "#define SQLITE_VERSION \"3.40.1\"\n").unwrap();
        assert_eq!(
            find(&folders),
            Some((Version::new(3, 40, 1), folder.clone()))
        );
        fs::remove_dir_all(&folder).unwrap();
        assert!(missing(&[]).contains("nothing says where it is"));
        let error = missing(&["include".into()]);
        assert!(
            error.contains(&std::env::current_dir().unwrap().display().to_string()),
            "{error}"
        );
    }
}
