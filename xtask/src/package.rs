//! `cargo xtask package`: the packages as they would be published, and what a user can do with nothing else.
//!
//! 1. Each holds what it needs, and nothing that is only for this repository.
//! 2. `tests/consumer`, which stands for a user's program, is built from the unpacked files and opens a database.
//! 3. Their documentation builds as docs.rs builds it, with the features that their manifests name for it, and the command-line tool compiles
//!    (not in CI, where it is resolved only).
//!
//! Cargo is told to be offline; where the system allows it (Linux's namespaces), there is no network at all, and the unpacked files
//! are mounted read-only. What they depend on in turn comes from Cargo's cache.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{self, run as run_program};
use crate::root::{cargo, root};
use crate::source::{self, pin, verified};
use crate::vendor;

/// What every package must hold.
const ALL_HOLD: &str = "README.md LICENSE-MIT LICENSE-APACHE";

/// What the manifest of every package must say.
const ALL_SAY: [&str; 6] = [
    "description",
    "license",
    "readme",
    "keywords",
    "categories",
    "rust-version",
];

/// The packages, and what else each must hold.
const PACKAGES: [(&str, &str); 4] = [
    (
        "clib-src",
        "build/main.rs build/pin.rs build/source.rs src/lib.rs sqlite3/sqlite3.c sqlite3/sqlite3.h sqlite3/sqlite3ext.h",
    ),
    (
        "clib-sys",
        "build/main.rs build/options.rs kernel/unit.c src/bindings.rs",
    ),
    ("clib", "src/lib.rs"),
    ("clib-cli", "src/main.rs"),
];

/// What must hold. `whole` compiles the command-line tool too, which takes its time. Says what could not be shut off.
pub(crate) fn run(whole: bool) -> Result<Option<&'static str>> {
    let folder = root().join("target/packaged");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    make(&folder)?;
    let names: Vec<String> = PACKAGES
        .iter()
        .map(|(package, needed)| unpack(package, needed, &folder))
        .collect::<Result<_>>()?;
    lay_out(&folder, &names)?;

    let sandbox = Sandbox::find(&folder);
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let said = sandbox.output(
        &folder,
        "run --package clib-consumer -- ",
        &scratch.path().join("a.db"),
    )?;
    let expected = format!("vendored {} 6\n", pin::SQLITE_VERSION);
    ensure!(
        said == expected,
        "the consumer says `{said}`, expected `{expected}`"
    );
    println!("tests/consumer, from the packages: {}", said.trim());

    for package in ["clib-src", "clib-sys", "clib"] {
        let mut command = sandbox.cargo(&folder, &format!("doc --no-deps --package {package}"));
        let features = docs_features(&folder.join(versioned(package, &names)?))?;
        if !features.is_empty() {
            command.args(["--features", &features]);
        }
        if package == "clib-sys" {
            // The default feature by its name, as the consumer has it: C is not compiled once more.
            command.args(["--no-default-features", "--features", "vendored"]);
        }
        run_program(
            command
                .env("DOCS_RS", "1")
                .env("RUSTDOCFLAGS", "-D warnings"),
        )?;
    }
    if whole {
        run_program(&mut sandbox.cargo(&folder, "check --package clib-cli"))?;
    }
    Ok(sandbox.lacks())
}

/// Makes the `.crate` files.
fn make(folder: &Path) -> Result<()> {
    // The source belongs into the package; where it was not in the tree before, it is not to stay there.
    let local = verified::local(&source::package());
    let was_there = local.is_dir();
    vendor::bring(&source::package())?;
    let mut command = Command::new(cargo());
    command
        .current_dir(root())
        .args([
            "package",
            "--no-verify",
            "--allow-dirty",
            "--quiet",
            "--target-dir",
        ])
        .arg(folder)
        .args(
            PACKAGES
                .iter()
                .flat_map(|(package, _)| ["--package", package]),
        );
    let made = run_program(&mut command);
    if !was_there {
        fs::remove_dir_all(&local).with_context(|| format!("cannot remove {}", local.display()))?;
    }
    made
}

/// Unpacks a package beside the others, looks at what it holds, and returns its folder's name.
fn unpack(package: &str, needed: &str, folder: &Path) -> Result<String> {
    let made = folder.join("package");
    let start = format!("{package}-");
    let file = fs::read_dir(&made)
        .with_context(|| format!("cannot read {}", made.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            path.extension() == Some(OsStr::new("crate"))
                && stem
                    .strip_prefix(&start)
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .with_context(|| format!("`cargo package` made no {start}*.crate"))?;
    run_program(
        Command::new("tar")
            .arg("xzf")
            .arg(&file)
            .arg("-C")
            .arg(folder),
    )?;
    let name = file.file_stem().and_then(OsStr::to_str);
    let name = name.context("not a name")?.to_owned();
    let unpacked = folder.join(&name);
    for needed in needed.split_whitespace().chain(ALL_HOLD.split_whitespace()) {
        ensure!(
            unpacked.join(needed).exists(),
            "{package}'s package lacks {needed}"
        );
    }
    let manifest = manifest(&unpacked)?;
    for key in ALL_SAY {
        ensure!(
            manifest
                .get("package")
                .is_some_and(|package| package.get(key).is_some()),
            "{package}'s manifest has no {key}"
        );
    }
    if package == "clib-src" {
        verified::verify(&verified::local(&unpacked)).map_err(anyhow::Error::msg)?;
    }
    if package.starts_with("clib-s") {
        for outside in ["tests", "pin"] {
            ensure!(
                !unpacked.join(outside).exists(),
                "{package}'s package holds {outside}/"
            );
        }
    }
    Ok(name)
}

fn versioned<'a>(package: &str, names: &'a [String]) -> Result<&'a str> {
    let found = PACKAGES.iter().zip(names).find(|((p, _), _)| *p == package);
    Ok(found.context("not one of the packages")?.1)
}

/// A workspace of the packages and the consumer, in which the packages stand for published ones.
fn lay_out(folder: &Path, names: &[String]) -> Result<()> {
    let mut text = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"clib-consumer\", \"{}\"]\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[patch.crates-io]\n",
        names.join("\", \"")
    );
    for ((package, _), name) in PACKAGES.iter().zip(names) {
        text += &format!("{package} = {{ path = \"{name}\" }}\n");
    }
    fs::write(folder.join("Cargo.toml"), text)?;
    let consumer = folder.join("clib-consumer");
    fs::create_dir_all(consumer.join("src"))?;
    for file in ["Cargo.toml", "src/main.rs"] {
        fs::copy(
            root().join("tests/consumer").join(file),
            consumer.join(file),
        )
        .with_context(|| format!("cannot copy tests/consumer/{file}"))?;
    }
    // The versions that are tested here; Cargo takes out what the packages do not need.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    // For every system, as its lock file has them.
    process::run(
        Command::new(cargo())
            .current_dir(root())
            .args(["fetch", "--locked", "--quiet"]),
    )?;
    process::run_quietly(Command::new(cargo()).current_dir(folder).args([
        "metadata",
        "--offline",
        "--format-version=1",
    ]))?;
    Ok(())
}

fn manifest(package: &Path) -> Result<toml_edit::DocumentMut> {
    Ok(fs::read_to_string(package.join("Cargo.toml"))?.parse()?)
}

/// The features that the manifest names for docs.rs, with commas.
fn docs_features(package: &Path) -> Result<String> {
    let manifest = manifest(package)?;
    let list = ["package", "metadata", "docs", "rs", "features"]
        .iter()
        .try_fold(manifest.as_item(), |item, key| item.get(key))
        .and_then(toml_edit::Item::as_array);
    let features: Vec<_> = list
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str())
        .collect();
    Ok(features.join(","))
}

/// How far a build is shut off.
struct Sandbox {
    /// `unshare`'s options, where it works here.
    options: Option<&'static str>,
}

impl Sandbox {
    /// Mounts the folder `$1` read-only, sees whether it is, and runs the rest.
    const READ_ONLY: &str = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && ! touch \"$1/x\" 2>/dev/null \
                             && cd \"$1\" && shift && exec \"$@\"";

    fn find(folder: &Path) -> Self {
        let options = ["-rmn", "-mn"].into_iter().find(|options| {
            let mut command = Command::new("unshare");
            command
                .args([options, "sh", "-c", Self::READ_ONLY, "sh"])
                .arg(folder)
                .arg("true");
            process::output(&mut command).is_some()
        });
        Self { options }
    }

    fn lacks(&self) -> Option<&'static str> {
        self.options.is_none().then_some(
            "no namespaces here: Cargo was offline, but the network not off and the files not read-only",
        )
    }

    /// Cargo in the workspace of the packages.
    fn cargo(&self, folder: &Path, words: &str) -> Command {
        let mut command = match self.options {
            Some(options) => {
                let mut command = Command::new("unshare");
                command
                    .args([options, "sh", "-c", Self::READ_ONLY, "sh"])
                    .arg(folder)
                    .arg(cargo());
                command
            }
            None => Command::new(cargo()),
        };
        command
            .current_dir(folder)
            .args(words.split_whitespace())
            // With what is compiled already: third-party crates are the same.
            .env("CARGO_TARGET_DIR", shared_target())
            .env("CARGO_NET_OFFLINE", "true");
        command
    }

    fn output(&self, folder: &Path, words: &str, last: &Path) -> Result<String> {
        let mut command = self.cargo(folder, words);
        command.arg(last);
        process::output(&mut command)
            .with_context(|| format!("failed: {}", process::shown(&command)))
    }
}

fn shared_target() -> PathBuf {
    root().join("target")
}
