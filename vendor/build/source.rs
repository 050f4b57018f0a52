//! Where the pinned source is, and whether it is what the pin says. Used by the build script and by `cargo xtask vendor`.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::pin;

/// Compares every pinned file in `dir` with its SHA-256. The error names the first file that differs.
pub(crate) fn verify(dir: &Path) -> Result<(), String> {
    for (name, expected) in pin::FILES {
        let path = dir.join(name);
        let found = sha256(&path)?;
        if found != expected {
            return Err(format!(
                "{} is not the pinned file of SQLite {}: its SHA-256 is {found}, expected {expected}; \
                 remove it, or run `cargo xtask vendor` to fetch it again",
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

/// Asks Cargo for the pinned crate (downloading it where it is not cached yet, checked against the pin's lock file) and
/// returns the folder in which it carries SQLite's source. Not verified yet.
pub(crate) fn from_cargo(cargo: &Path, pin_manifest: &Path) -> Result<PathBuf, String> {
    // What is cached needs no network, and `--offline` keeps Cargo from looking.
    let json = metadata(cargo, pin_manifest, &["--offline"])
        .or_else(|_| metadata(cargo, pin_manifest, &[]))?;
    let (name, version) = pin::CARRIER;
    let crate_folder = manifest_paths(&json)
        .find_map(|manifest| {
            let folder = manifest.parent()?;
            (folder.file_name()? == format!("{name}-{version}").as_str()).then(|| folder.to_owned())
        })
        .ok_or_else(|| {
            format!(
                "`cargo metadata` on {} names no {name} {version}",
                pin_manifest.display()
            )
        })?;
    Ok(crate_folder.join("sqlite3"))
}

fn metadata(cargo: &Path, manifest: &Path, more: &[&str]) -> Result<String, String> {
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--manifest-path",
        ])
        .arg(manifest)
        .args(more)
        .output()
        .map_err(|e| format!("cannot run {}: {e}", cargo.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
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
