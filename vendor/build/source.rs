//! Where the pinned source is, and whether it is what the pin says. Used by the build script, by `cargo xtask vendor`
//! and by the tests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::pin;

/// The folder of the verified source: `sqlite3/` in `package` (the folder of `clib-src`) where it is there, else the
/// pinned crate in Cargo's own cache.
pub(crate) fn find(cargo: &Cargo, package: &Path) -> Result<PathBuf, String> {
    let local = local(package);
    let folder = if local.is_dir() {
        local
    } else {
        from_cargo(cargo, package)?
    };
    verify(&folder)?;
    Ok(folder)
}

/// Where `cargo xtask vendor` puts the files.
pub(crate) fn local(package: &Path) -> PathBuf {
    package.join("sqlite3")
}

/// Asks Cargo for the pinned crate. The error names the ways out. Not verified yet.
pub(crate) fn from_cargo(cargo: &Cargo, package: &Path) -> Result<PathBuf, String> {
    let (name, version) = pin::CARRIER;
    let manifest = package.join("pin").join("Cargo.toml");
    if !manifest.exists() {
        return Err(unpinned(package));
    }
    cargo
        .source_in(&manifest, name, version, &["--locked"])
        .map_err(|error| {
            format!(
                "the source of SQLite {} is not here, and Cargo could not fetch it ({name} {version}):\n{error}\n\
                 Ways out: (1) with a network, once: `cargo xtask vendor`, which puts the files into {}, \
                 or `cargo fetch --locked --manifest-path {}`, which puts them into Cargo's cache; \
                 (2) link the system's SQLite: `--no-default-features --features system`.",
                pin::SQLITE_VERSION,
                local(package).display(),
                manifest.display(),
            )
        })
}

/// The error where there is neither the source nor the pin: `cargo vendor` copies no package that is inside of another one, and from
/// a git repository no files that are ignored there.
fn unpinned(package: &Path) -> String {
    let (name, version) = pin::CARRIER;
    let files = pin::FILES.map(|(file, _)| file).join(", ");
    format!(
        "the source of SQLite {} is not here, nor the pin that says where Cargo gets it: `cargo vendor` leaves both out of a copy of a git \
         repository.\n\
         Ways out: (1) after each `cargo vendor`, copy {files} from the folder sqlite3 of the crate {name} {version} into {}; \
         (2) depend on the published packages, which hold them; \
         (3) link the system's SQLite: `--no-default-features --features system`.",
        pin::SQLITE_VERSION,
        local(package).display(),
    )
}

/// Compares every pinned file in `dir` with its SHA-256. The error names the first file that differs.
pub(crate) fn verify(dir: &Path) -> Result<(), String> {
    for (name, expected) in pin::FILES {
        let path = dir.join(name);
        let found = sha256(&path)?;
        if found != expected {
            return Err(format!(
                "{} is not the pinned file of SQLite {}: its SHA-256 is {found}, expected {expected}; \
                 remove its folder, or run `cargo xtask vendor` to fetch it again",
                path.display(),
                pin::SQLITE_VERSION,
            ));
        }
    }
    Ok(())
}

/// The SHA-256 of a file, in lower-case hexadecimal.
pub(crate) fn sha256(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The Cargo to ask.
pub(crate) struct Cargo {
    program: PathBuf,
    /// What its environment has beyond ours.
    environment: Vec<(&'static str, OsString)>,
}

impl Cargo {
    pub(crate) fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            environment: Vec::new(),
        }
    }

    /// Sets a variable for the Cargo that is run.
    #[allow(dead_code, reason = "for the tests, which empty CARGO_HOME")]
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// The folder with SQLite's source in the crate `name` `version`, which `manifest` depends on. Cargo downloads the
    /// crate where it is not cached yet, and checks it against the lock file.
    pub(crate) fn source_in(
        &self,
        manifest: &Path,
        name: &str,
        version: &str,
        flags: &[&str],
    ) -> Result<PathBuf, String> {
        // What is cached needs no network, and `--offline` keeps Cargo from looking.
        let offline: Vec<_> = flags.iter().copied().chain(["--offline"]).collect();
        let json = self
            .metadata(manifest, &offline)
            .or_else(|_| self.metadata(manifest, flags))?;
        folder_of(&json, name, version)
            .map(|folder| folder.join("sqlite3"))
            .ok_or_else(|| {
                format!(
                    "`cargo metadata` on {} names no {name} {version}",
                    manifest.display()
                )
            })
    }

    fn metadata(&self, manifest: &Path, flags: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(["metadata", "--format-version=1", "--manifest-path"])
            .arg(manifest)
            .args(flags)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .map_err(|e| format!("cannot run {}: {e}", self.program.display()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }
}

/// The folder of a crate that Cargo's JSON names. `cargo vendor` leaves the version out of its name.
fn folder_of(json: &str, name: &str, version: &str) -> Option<PathBuf> {
    let names = [format!("{name}-{version}"), name.to_owned()];
    manifest_paths(json)
        .filter_map(|path| path.parent().map(Path::to_owned))
        .find(|folder| {
            let folder = folder.file_name().unwrap_or_default();
            names.iter().any(|name| folder == name.as_str())
        })
}

/// Every `"manifest_path"` in Cargo's JSON. Cargo prints it without spaces; a path's only escapes are `\\` and `\"`.
fn manifest_paths(json: &str) -> impl Iterator<Item = PathBuf> + '_ {
    json.split("\"manifest_path\":\"").skip(1).map(|rest| {
        let mut path = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => path.extend(chars.next()),
                c => path.push(c),
            }
        }
        PathBuf::from(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_in_a_cache_and_among_vendored_crates() {
        for folder in ["/cache/c-1.2.3", "/third/c"] {
            let json = format!(
                r#"{{"manifest_path":"/pin/Cargo.toml"}},{{"manifest_path":"{folder}/Cargo.toml"}}"#
            );
            assert_eq!(folder_of(&json, "c", "1.2.3"), Some(PathBuf::from(folder)));
            assert_eq!(folder_of(&json, "other", "1.2.3"), None);
        }
    }

    #[test]
    fn manifest_paths_are_unescaped() {
        let json =
            r#"{"manifest_path":"/a/b\"c/Cargo.toml","x":[{"manifest_path":"C:\\d\\Cargo.toml"}]}"#;
        let found: Vec<_> = manifest_paths(json).collect();
        assert_eq!(
            found,
            [
                PathBuf::from("/a/b\"c/Cargo.toml"),
                PathBuf::from("C:\\d\\Cargo.toml")
            ]
        );
    }
}
