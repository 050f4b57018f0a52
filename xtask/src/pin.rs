//! The pin as a value: what `vendor/build/pin.rs` says, made from a folder of sources.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};

use crate::source::verified::sha256;

/// The files of SQLite that are used.
const NAMES: [&str; 3] = ["sqlite3.c", "sqlite3.h", "sqlite3ext.h"];

pub(crate) struct Pin {
    pub(crate) sqlite_version: String,
    carrier: (String, String),
    files: Vec<(&'static str, String)>,
}

impl Pin {
    /// Reads the sources in `folder`, which came with the crate `name` `version`.
    pub(crate) fn of(folder: &Path, name: &str, version: &str) -> Result<Self> {
        let in_header = sqlite_version(&folder.join("sqlite3.h"))?;
        let in_source = sqlite_version(&folder.join("sqlite3.c"))?;
        ensure!(
            in_header == in_source,
            "{}: sqlite3.h is of SQLite {in_header}, sqlite3.c of {in_source}",
            folder.display()
        );
        let files = NAMES
            .into_iter()
            .map(|file| {
                let sum = sha256(&folder.join(file)).map_err(|error| anyhow!(error))?;
                Ok((file, sum))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            sqlite_version: in_header,
            carrier: (name.to_owned(), version.to_owned()),
            files,
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|(name, _)| *name)
    }
}

/// The text of `vendor/build/pin.rs`, as rustfmt leaves it.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = &self.carrier;
        writeln!(
            f,
            "// Made by `cargo xtask vendor --update VERSION`. Do not edit.\n\n\
             /// The SQLite that the pinned crate carries.\n\
             pub(crate) const SQLITE_VERSION: &str = \"{}\";\n\n\
             /// The crate that carries it, and its exact version.\n\
             pub(crate) const CARRIER: (&str, &str) = (\"{name}\", \"{version}\");\n\n\
             /// Each file and its SHA-256, in lower-case hexadecimal.\n\
             pub(crate) const FILES: [(&str, &str); {}] = [",
            self.sqlite_version,
            self.files.len()
        )?;
        for (file, sum) in &self.files {
            writeln!(f, "    (\n        \"{file}\",\n        \"{sum}\",\n    ),")?;
        }
        writeln!(f, "];")
    }
}

/// What `#define SQLITE_VERSION` says in `file`.
fn sqlite_version(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    String::from_utf8_lossy(&bytes)
        .lines()
        .find_map(|line| {
            let value = line.strip_prefix("#define SQLITE_VERSION ")?;
            Some(value.trim().trim_matches('"').to_owned())
        })
        .with_context(|| format!("{} has no `#define SQLITE_VERSION`", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    /// The committed file is what the command makes.
    #[test]
    fn the_committed_pin_is_made_from_the_source() {
        let (name, version) = source::pin::CARRIER;
        let pin = Pin::of(&source::folder().unwrap(), name, version).unwrap();
        let committed = fs::read_to_string(source::package().join("build/pin.rs")).unwrap();
        assert_eq!(pin.to_string(), committed);
    }

    #[test]
    fn header_and_source_of_two_versions_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, version: &str| {
            let text = format!("/* x */\n#define SQLITE_VERSION        \"{version}\"\n");
            fs::write(folder.path().join(name), text).unwrap();
        };
        write("sqlite3.c", "3.50.0");
        write("sqlite3.h", "3.50.1");
        let error = Pin::of(folder.path(), "carrier", "1.0.0").err().unwrap();
        assert!(
            error
                .to_string()
                .ends_with("sqlite3.h is of SQLite 3.50.1, sqlite3.c of 3.50.0"),
            "{error}"
        );
    }
}
