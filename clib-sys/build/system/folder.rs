//! The library in a folder that the environment names: `SQLITE3_LIB_DIR`, its header in `SQLITE3_INCLUDE_DIR`. It is linked
//! statically where `SQLITE3_STATIC` or `PKG_CONFIG_ALL_STATIC` asks for it, or where there is no other library in the folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::environment::asks_static;
use crate::minimum::MINIMUM;
use crate::version::Version;
use crate::{Linked, header};

pub(crate) fn link(ask: impl Fn(&str) -> Option<String>) -> Result<Linked, String> {
    let folder = ask("SQLITE3_LIB_DIR").ok_or("is not set")?;
    let folder = PathBuf::from(folder);
    if folder.is_relative() {
        return Err(format!(
            "{} is relative, and it is not known to which folder: name the whole path",
            folder.display()
        ));
    }
    let names =
        names(&folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let asks_static = asks_static(&ask);
    let Choice { kind, file } = choose(&names, asks_static)
        .ok_or_else(|| format!("{} has no {}", folder.display(), wanted(asks_static)))?;
    let header_folders = header_folders(ask("SQLITE3_INCLUDE_DIR"), &folder);
    let (version, include) = header::find(&header_folders).unzip();
    check(version)?;
    println!("cargo::rustc-link-search=native={}", folder.display());
    println!("cargo::rustc-link-lib={kind}=sqlite3");
    Ok(Linked {
        version,
        include,
        header_folders,
        library: Some(folder.join(file)),
    })
}

/// The library's file in a folder that the linker searches.
pub(crate) fn file_in(folder: &Path, asks_static: bool) -> Option<PathBuf> {
    let names = names(folder).ok()?;
    let choice = choose(&names, asks_static).or_else(|| choose(&names, false))?;
    Some(folder.join(choice.file))
}

/// Whether the folder has what can be linked statically.
pub(crate) fn has_archive(folder: &Path) -> bool {
    names(folder).is_ok_and(|names| choose(&names, true).is_some())
}

/// The warning where static was asked for, and pkg-config's library, in these folders, is linked shared.
pub(crate) fn not_static(folders: &[PathBuf]) -> String {
    match folders.iter().find(|folder| has_archive(folder)) {
        Some(folder) => format!(
            "SQLite was asked for statically and is linked shared: {folder} is the system's, whose archives pkg-config's rules do not take. \
             SQLITE3_NO_PKG_CONFIG=1 and SQLITE3_LIB_DIR={folder} take it",
            folder = folder.display()
        ),
        None => {
            let folders: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
            format!(
                "SQLite was asked for statically and is linked shared: pkg-config's folders have no archive ({})",
                folders.join(", ")
            )
        }
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    Ok(fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect())
}

/// Refuses a header of an old version; without a header it shows when the program runs.
fn check(version: Option<Version>) -> Result<(), String> {
    match version {
        Some(version) if version < MINIMUM => Err(format!(
            "the header is of version {version}, and at least {MINIMUM} is needed"
        )),
        _ => Ok(()),
    }
}

fn header_folders(named: Option<String>, library: &Path) -> Vec<PathBuf> {
    match named {
        Some(named) => vec![named.into()],
        None => library
            .parent()
            .map(|parent| parent.join("include"))
            .into_iter()
            .chain([library.to_owned()])
            .collect(),
    }
}

/// What of a folder is linked.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    kind: &'static str,
    file: String,
}

const SHARED: [&str; 4] = [
    "libsqlite3.so",
    "libsqlite3.dylib",
    "libsqlite3.dll.a",
    "sqlite3.lib",
];
const STATIC: [&str; 2] = ["libsqlite3.a", "sqlite3.lib"];

fn choose(files: &[String], asks_static: bool) -> Option<Choice> {
    let first = |names: &[&str], kind| {
        let file = names
            .iter()
            .find(|name| files.iter().any(|file| file == *name))?;
        Some(Choice {
            kind,
            file: (*file).to_owned(),
        })
    };
    let shared = first(&SHARED, "dylib").filter(|_| !asks_static);
    shared.or_else(|| first(&STATIC, "static"))
}

fn wanted(asks_static: bool) -> String {
    let names: Vec<_> = SHARED
        .iter()
        .filter(|_| !asks_static)
        .chain(&STATIC)
        .copied()
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(files: &[&str], asks_static: bool) -> Option<(&'static str, String)> {
        let files: Vec<_> = files.iter().map(|file| (*file).to_owned()).collect();
        choose(&files, asks_static).map(|choice| (choice.kind, choice.file))
    }

    #[test]
    fn a_shared_library_is_preferred_unless_asked() {
        let both = ["libsqlite3.a", "libsqlite3.so", "libsqlite3.so.0"];
        assert_eq!(
            choice(&both, false),
            Some(("dylib", "libsqlite3.so".to_owned()))
        );
        let archive = Some(("static", "libsqlite3.a".to_owned()));
        assert_eq!(choice(&both, true), archive);
        assert_eq!(choice(&["libsqlite3.a"], false), archive);
        assert_eq!(choice(&["libsqlite3.so"], true), None);
        assert_eq!(choice(&["libsqlite3.so.0"], false), None);
        assert_eq!(
            choice(&["sqlite3.lib"], false),
            Some(("dylib", "sqlite3.lib".to_owned()))
        );
        assert_eq!(
            choice(&["sqlite3.lib"], true),
            Some(("static", "sqlite3.lib".to_owned()))
        );
    }

    #[test]
    fn folders_are_told_apart() {
        let unset = link(|_| None).err();
        assert_eq!(unset.as_deref(), Some("is not set"));
        let empty = std::env::temp_dir().join(format!("clib-sys-folder-{}", std::process::id()));
        fs::create_dir_all(&empty).unwrap();
        let ask = |name: &str| (name == "SQLITE3_LIB_DIR").then(|| empty.display().to_string());
        let error = link(ask).err().unwrap();
        assert!(error.contains("has no libsqlite3.so"), "{error}");
        let relative = link(|name| (name == "SQLITE3_LIB_DIR").then(|| "lib".to_owned()));
        assert!(relative.err().unwrap().starts_with("lib is relative"));
        assert_eq!(file_in(&empty, true), None);
        fs::write(empty.join("libsqlite3.a"), "").unwrap();
        let archive = empty.join("libsqlite3.a");
        assert_eq!(file_in(&empty, false).as_ref(), Some(&archive));
        fs::write(empty.join("libsqlite3.so"), "").unwrap();
        assert_eq!(file_in(&empty, true), Some(archive));
        assert_eq!(file_in(&empty, false), Some(empty.join("libsqlite3.so")));
        fs::write(
            empty.join("sqlite3.h"),
            "#define SQLITE_VERSION \"3.34.0\"\n",
        )
        .unwrap();
        let error = link(ask).err().unwrap();
        assert_eq!(
            error,
            "the header is of version 3.34.0, and at least 3.34.1 is needed"
        );
        fs::remove_dir_all(&empty).unwrap();
        let error = link(ask).err().unwrap();
        assert!(error.contains("cannot be read"), "{error}");
    }

    #[test]
    fn a_shared_library_in_place_of_an_archive_is_told() {
        let folder = std::env::temp_dir().join(format!("clib-sys-static-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let folders = [folder.clone()];
        fs::write(folder.join("libsqlite3.so"), "").unwrap();
        assert!(!has_archive(&folder));
        let warning = not_static(&folders);
        let end = format!("no archive ({})", folder.display());
        assert!(warning.ends_with(&end), "{warning}");
        fs::write(folder.join("libsqlite3.a"), "").unwrap();
        assert!(has_archive(&folder));
        let warning = not_static(&folders);
        let end = format!("SQLITE3_LIB_DIR={} take it", folder.display());
        assert!(warning.ends_with(&end), "{warning}");
        // Cargo takes a line as one warning.
        assert!(!warning.contains('\n'), "{warning}");
        fs::remove_dir_all(&folder).unwrap();
        assert!(!has_archive(&folder));
    }

    #[test]
    fn the_header_is_looked_for_beside_the_library() {
        let folders = header_folders(None, Path::new("/opt/s/lib"));
        assert_eq!(
            folders,
            [Path::new("/opt/s/include"), Path::new("/opt/s/lib")]
        );
        let folders = header_folders(Some("/opt/h".to_owned()), Path::new("/opt/s/lib"));
        assert_eq!(folders, [Path::new("/opt/h")]);
    }
}
