//! `cargo xtask vendor [--check | --update VERSION]`: the pinned source of SQLite and its pin.

mod internals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::pin::Pin;
use crate::process;
use crate::root::{cargo, root};
use crate::source::{self, pin, verified};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if the pin's files disagree or the source is not the pinned one
    #[arg(long)]
    pub(crate) check: bool,
    /// Move the pin to this version of the crate that carries SQLite, make the bindings again, tell what changed, and test
    #[arg(long, value_name = "VERSION", conflicts_with = "check")]
    pub(crate) update: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let package = source::package();
    match &arguments.update {
        Some(version) => update(&package, version),
        None if arguments.check => check(&package),
        None => bring(&package),
    }
}

/// Brings the pinned files to `sqlite3/`, unless they are there.
pub(crate) fn bring(package: &Path) -> Result<()> {
    let target = verified::local(package);
    if target.is_dir() && verified::verify(&target).is_ok() {
        println!("{} holds SQLite {}", shown(&target), pin::SQLITE_VERSION);
        return Ok(());
    }
    let from = verified::from_cargo(&verified::Cargo::new(cargo()), package)
        .map_err(|error| anyhow!(error))?;
    verified::verify(&from).map_err(|error| anyhow!(error))?;
    let names = pin::FILES.iter().map(|(name, _)| *name);
    Replacement::prepare(&target, &from, names)?.put()?;
    println!(
        "brought SQLite {} ({} {}) to {}",
        pin::SQLITE_VERSION,
        pin::CARRIER.0,
        pin::CARRIER.1,
        shown(&target)
    );
    Ok(())
}

fn check(package: &Path) -> Result<()> {
    let (name, version) = pin::CARRIER;
    let read = |file: &str| {
        fs::read_to_string(package.join(file)).with_context(|| format!("cannot read vendor/{file}"))
    };
    // The pin's three files say one thing.
    let manifest = read("pin/Cargo.toml")?;
    ensure!(
        manifest.contains(&requirement(name, version)),
        "vendor/pin/Cargo.toml does not ask for {name} {version}, which vendor/build/pin.rs names; \
         run `cargo xtask vendor --update {version}`"
    );
    let lock = read("pin/Cargo.lock")?;
    ensure!(
        lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")),
        "vendor/pin/Cargo.lock does not hold {name} {version}, which vendor/build/pin.rs names; \
         run `cargo xtask vendor --update {version}`"
    );
    // And the source is what they say.
    let folder = source::folder()?;
    let found = Pin::of(&folder, name, version)?;
    ensure!(
        found.to_string() == read("build/pin.rs")?,
        "vendor/build/pin.rs is not what `cargo xtask vendor --update {version}` makes; run it"
    );
    println!(
        "SQLite {} ({name} {version}) is as pinned in {}",
        found.sqlite_version,
        shown(&folder)
    );
    Ok(())
}

/// Moves the pin. The tree is written only when everything is known, and put back if writing fails.
fn update(package: &Path, version: &str) -> Result<()> {
    let (name, old) = pin::CARRIER;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    for file in ["Cargo.toml", "Cargo.lock", "lib.rs"] {
        fs::copy(package.join("pin").join(file), scratch.path().join(file))
            .with_context(|| format!("cannot copy vendor/pin/{file}"))?;
    }
    let manifest = scratch.path().join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    let wanted = requirement(name, old);
    ensure!(
        text.contains(&wanted),
        "vendor/pin/Cargo.toml has no `{wanted}`"
    );
    fs::write(
        &manifest,
        text.replace(&wanted, &requirement(name, version)),
    )?;

    // Without `--locked`: Cargo moves the lock file with the manifest.
    let folder = verified::Cargo::new(cargo())
        .source_in(&manifest, name, version, &[])
        .map_err(|error| anyhow!("Cargo gives no {name} {version}: {error}"))?;
    let pin = Pin::of(&folder, name, version)?;
    let read = |folder: &Path| {
        let path = folder.join("sqlite3.c");
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let differences = internals::differences(&read(&source::folder()?)?, &read(&folder)?)?;
    let header = fs::read_to_string(root().join(KERNEL_HEADER))
        .with_context(|| format!("cannot read {KERNEL_HEADER}"))?;
    let header = with_kernel_version(&header, &pin.sqlite_version)?;

    let mut changes = Changes::default();
    let result = (|| -> Result<()> {
        for file in ["Cargo.toml", "Cargo.lock"] {
            changes.write(
                &package.join("pin").join(file),
                &fs::read(scratch.path().join(file))?,
            )?;
        }
        changes.write(&package.join("build/pin.rs"), pin.to_string().as_bytes())?;
        changes.write(&root().join(KERNEL_HEADER), header.as_bytes())?;
        let local = verified::local(package);
        if local.is_dir() {
            Replacement::prepare(&local, &folder, pin.names())?.put()?;
        }
        Ok(())
    })();
    if let Err(error) = result {
        changes.undo();
        return Err(error.context("the pin is as it was"));
    }
    println!(
        "the pin is SQLite {} ({name} {version}), was {} ({old})",
        pin.sqlite_version,
        pin::SQLITE_VERSION
    );
    println!(
        "\n{} definitions that {} names differ; read them before you commit:",
        differences.len(),
        KERNEL_HEADER.trim_end_matches("/kernel.h")
    );
    for (definition, difference) in &differences {
        println!("  {definition}: {difference:?}");
    }
    prove().with_context(|| {
        format!(
            "the pin is moved, and does not hold; mend what is said above and run `cargo xtask vendor --update {version}` again, \
             or `git checkout vendor clib-sys` takes it back"
        )
    })?;
    println!(
        "\nread the list above, and what SQLite's release notes say; `cargo xtask ci` and `cargo xtask soak` prove the rest"
    );
    Ok(())
}

/// What the kernel's use of SQLite's inside stands on: its own check, and reading, loading and damaged files by every path, compared.
/// In new processes, since the pin is compiled into this one.
fn prove() -> Result<()> {
    for words in [
        "run --quiet --package xtask -- bindgen",
        "run --quiet --package xtask -- symbols --check",
        "run --quiet --package xtask -- vendor --check",
        "test --quiet --package clib-sys",
        "test --quiet --package clib-tests --test differential_read --test differential_load --test differential_more \
         --test batch_load_paths --test lookup --test table_input --test batch_aggregate --test corrupt --test damage",
    ] {
        println!("\n=== cargo {words}");
        process::run(
            Command::new(cargo())
                .current_dir(root())
                .args(words.split_whitespace()),
        )?;
    }
    Ok(())
}

const KERNEL_HEADER: &str = "clib-sys/kernel/kernel.h";

/// The kernel's header, for another version of SQLite, given as `3.54.1`.
fn with_kernel_version(header: &str, version: &str) -> Result<String> {
    const NAME: &str = "#define CLIB_KERNEL_SQLITE_VERSION ";
    let number = version
        .split('.')
        .try_fold(0, |sum, part| {
            part.parse().ok().map(|part: u32| sum * 1000 + part)
        })
        .with_context(|| format!("`{version}` is no version of SQLite"))?;
    let (before, rest) = header
        .split_once(NAME)
        .with_context(|| format!("{KERNEL_HEADER} has no `{NAME}`"))?;
    let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    Ok(format!("{before}{NAME}{number}{behind}"))
}

/// The carrier as `pin/Cargo.toml` asks for it.
fn requirement(name: &str, version: &str) -> String {
    format!("{name} = {{ version = \"={version}\"")
}

/// A path as a reader of the output wants it.
fn shown(path: &Path) -> String {
    let root = root();
    path.strip_prefix(&root)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Files written so far, with what was there before.
#[derive(Default)]
struct Changes {
    before: Vec<(PathBuf, Vec<u8>)>,
}

impl Changes {
    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let before = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.before.push((path.to_owned(), before));
        fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }

    fn undo(self) {
        for (path, before) in self.before.into_iter().rev() {
            if let Err(error) = fs::write(&path, before) {
                eprintln!("cannot put {} back: {error}", path.display());
            }
        }
    }
}

/// A folder that takes another's place at once.
struct Replacement<'a> {
    target: &'a Path,
    ready: tempfile::TempDir,
}

impl<'a> Replacement<'a> {
    fn prepare<'n>(
        target: &'a Path,
        from: &Path,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Self> {
        let parent = target.parent().unwrap_or(target);
        // In the same file system, so that it can be renamed.
        let ready = tempfile::Builder::new()
            .prefix(".sqlite3-")
            .tempdir_in(parent)
            .with_context(|| format!("cannot write in {}", parent.display()))?;
        for name in names {
            // Written, not copied with their permissions: those in Cargo's cache may be read-only.
            let bytes = fs::read(from.join(name))
                .with_context(|| format!("cannot read {}", from.join(name).display()))?;
            fs::write(ready.path().join(name), bytes)
                .with_context(|| format!("cannot write {name}"))?;
        }
        Ok(Self { target, ready })
    }

    fn put(self) -> Result<()> {
        if self.target.exists() {
            fs::remove_dir_all(self.target)
                .with_context(|| format!("cannot remove {}", self.target.display()))?;
        }
        let ready = self.ready.keep();
        if let Err(error) = fs::rename(&ready, self.target) {
            // What is left behind is only the new files.
            let _ = fs::remove_dir_all(&ready);
            bail!("cannot write {}: {error}", self.target.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin.rs");
        fs::write(&path, "old").unwrap();
        let mut changes = Changes::default();
        changes.write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        changes
            .write(&folder.path().join("missing"), b"x")
            .unwrap_err();
        changes.undo();
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn the_kernel_is_for_the_pinned_version() {
        let header = fs::read_to_string(root().join(KERNEL_HEADER)).unwrap();
        assert_eq!(
            with_kernel_version(&header, pin::SQLITE_VERSION).unwrap(),
            header
        );
        let other = with_kernel_version(&header, "3.55.12").unwrap();
        assert!(other.contains("#define CLIB_KERNEL_SQLITE_VERSION 3055012\n"));
        assert!(with_kernel_version(&header, "3.x").is_err());
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, target) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(from.join("a"), "new").unwrap();
        fs::write(target.join("a"), "old").unwrap();
        fs::write(target.join("b"), "old").unwrap();

        // A file that is not there: nothing happens.
        assert!(Replacement::prepare(&target, &from, ["c"].into_iter()).is_err());
        assert_eq!(fs::read(target.join("a")).unwrap(), b"old");

        let replacement = Replacement::prepare(&target, &from, ["a"].into_iter()).unwrap();
        replacement.put().unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"new");
        assert!(!target.join("b").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
