//! `cargo xtask dependencies [--check]`: what ours depends on and why, as `DEPENDENCIES.md`. The reasons are the comments in the
//! manifests.
//!
//! Fails where a dependency has no reason, where a crate of the whole graph is under a licence that `.cargo/deny.toml` does not
//! allow, or comes from elsewhere than the one registry. `cargo deny check` sees more, where it is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table};

use crate::process::{self, run as run_program};
use crate::root::{cargo, root};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if DEPENDENCIES.md differs
    #[arg(long)]
    pub(crate) check: bool,
}

const TARGET: &str = "DEPENDENCIES.md";
const POLICY: &str = ".cargo/deny.toml";

/// The manifests outside the workspace.
const OUTSIDE: [&str; 9] = [
    "tests/consumer",
    "tests/dependent",
    "tests/extension",
    "tests/extension/host",
    "tests/external",
    "tests/fuzz",
    "tests/oldest",
    "tests/peers/rusqlite",
    "vendor/pin",
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let packages = packages()?;
    let policy = Policy::of(&read(POLICY)?)?;
    let sources: BTreeSet<_> = packages.iter().filter_map(|p| p.source.as_ref()).collect();
    ensure!(
        sources.len() <= 1,
        "dependencies come from more than one place: {sources:?}"
    );
    let refused: Vec<_> = packages
        .iter()
        .filter_map(|package| policy.refuses(package))
        .collect();
    ensure!(
        refused.is_empty(),
        "{POLICY} does not allow:\n  {}",
        refused.join("\n  ")
    );
    let made = document(&packages)?;
    if arguments.check {
        ensure!(
            read(TARGET).ok().as_deref() == Some(&made),
            "{TARGET} is out of date; run `cargo xtask dependencies`"
        );
    } else {
        fs::write(root().join(TARGET), &made).with_context(|| format!("cannot write {TARGET}"))?;
    }
    println!(
        "{} crates, their licences and sources allowed; {TARGET} names those that ours ask for",
        packages.len()
    );
    Ok(())
}

/// `cargo deny check`, where cargo-deny is installed; else why not. Advisories are left out where their database is not there and
/// cannot be fetched.
pub(crate) fn deny() -> Result<Option<&'static str>> {
    let deny = |words: &str| {
        let mut command = Command::new(cargo());
        command
            .current_dir(root())
            .arg("deny")
            .args(words.split_whitespace());
        command
    };
    if process::output(&mut deny("--version")).is_none() {
        return Ok(Some(
            "cargo-deny is not installed (cargo install cargo-deny --locked): licences and sources are checked all the same",
        ));
    }
    run_program(&mut deny("check licenses sources bans"))?;
    if process::output(&mut deny("fetch db")).is_none() {
        return Ok(Some(
            "cargo deny's database of advisories cannot be fetched",
        ));
    }
    run_program(&mut deny("check advisories"))?;
    Ok(None)
}

fn read(file: impl AsRef<Path>) -> Result<String> {
    let file = file.as_ref();
    fs::read_to_string(root().join(file)).with_context(|| format!("cannot read {}", file.display()))
}

/// A package of the graph, for any platform and with every feature.
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Where it comes from; `None` for ours.
    source: Option<String>,
    /// The names of what it asks for.
    asks_for: BTreeSet<String>,
}

fn packages() -> Result<Vec<Package>> {
    let mut command = Command::new(cargo());
    command.current_dir(root()).args([
        "metadata",
        "--locked",
        "--all-features",
        "--format-version=1",
    ]);
    let json = process::output(&mut command)
        .with_context(|| format!("failed: {}", process::shown(&command)))?;
    let metadata: Value = serde_json::from_str(&json)?;
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let all = metadata.get("packages").and_then(Value::as_array);
    let packages: Vec<_> = all
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let asks_for = package.get("dependencies")?.as_array()?;
            Some(Package {
                name: text(package, "name")?,
                version: text(package, "version")?,
                license: text(package, "license"),
                source: text(package, "source"),
                asks_for: asks_for.iter().filter_map(|d| text(d, "name")).collect(),
            })
        })
        .collect();
    ensure!(
        packages.len() > 100,
        "`cargo metadata` names too few packages"
    );
    Ok(packages)
}

/// What `.cargo/deny.toml` allows.
struct Policy {
    licenses: Vec<String>,
}

impl Policy {
    fn of(text: &str) -> Result<Self> {
        let policy: DocumentMut = text.parse().context(POLICY)?;
        let allowed = policy
            .get("licenses")
            .and_then(|table| table.get("allow"))
            .and_then(Item::as_array)
            .with_context(|| format!("{POLICY} has no list licenses.allow"))?;
        let texts = allowed.iter().filter_map(|value| value.as_str());
        Ok(Self {
            licenses: texts.map(str::to_owned).collect(),
        })
    }

    /// Why the package may not be used, if it may not.
    fn refuses(&self, package: &Package) -> Option<String> {
        let named = |what: &str| Some(format!("{} {}: {what}", package.name, package.version));
        if let Some(source) = &package.source
            && !source.starts_with("registry+")
        {
            return named(&format!("source {source}"));
        }
        let Some(license) = &package.license else {
            return named("no licence");
        };
        let allowed = spdx::Expression::parse_mode(license, spdx::ParseMode::LAX)
            .map(|expression| expression.evaluate(|one| self.allows(&one.to_string())));
        match allowed {
            Ok(true) => None,
            Ok(false) => named(&format!("licence {license}")),
            Err(error) => named(&format!("licence {license}: {error}")),
        }
    }

    fn allows(&self, license: &str) -> bool {
        self.licenses.iter().any(|known| known == license)
    }
}

fn document(packages: &[Package]) -> Result<String> {
    let ours: Vec<_> = packages.iter().filter(|p| p.source.is_none()).collect();
    let workspace: DocumentMut = read("Cargo.toml")?.parse()?;
    let reasons = reasons(
        "Cargo.toml",
        workspace
            .get("workspace")
            .and_then(|table| table.get("dependencies"))
            .and_then(Item::as_table)
            .context("Cargo.toml has no [workspace.dependencies]")?,
        |_| false,
    )?;
    let mut text = String::from(
        "<!-- Made by `cargo xtask dependencies` from the manifests' comments. Do not edit. -->\n\
         # What ours depends on\n\n\
         Every crate that a manifest of this repository names. `cargo xtask dependencies` checks that each has a reason, and that \
         all that they depend on is under a licence and from a source that [.cargo/deny.toml](.cargo/deny.toml) allows.\n\n\
         | crate | asked for by | licence | reason |\n|---|---|---|---|\n",
    );
    for (name, reason) in &reasons {
        let by: Vec<_> = ours
            .iter()
            .filter(|package| package.asks_for.contains(name))
            .map(|package| package.name.as_str())
            .collect();
        ensure!(!by.is_empty(), "Cargo.toml: nobody asks for `{name}`");
        let license = packages
            .iter()
            .find(|package| package.name == *name)
            .and_then(|package| package.license.as_deref())
            .unwrap_or("?");
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{name}` | {} | {license} | {reason} |",
            by.join(", ")
        );
    }
    text += "\nOutside the workspace, in programs that only the tests and benchmarks build:\n\n\
             | crate | in | reason |\n|---|---|---|\n";
    for folder in OUTSIDE {
        let file = format!("{folder}/Cargo.toml");
        let manifest: DocumentMut = read(&file)?.parse()?;
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(kind).and_then(Item::as_table) else {
                continue;
            };
            for (name, reason) in self::reasons(&file, table, |name| reasons.contains_key(name))? {
                let _ = writeln!(text, "| `{name}` | {folder} | {reason} |");
            }
        }
    }
    Ok(text)
}

/// The crates of a table of dependencies with the comment behind or above each, without our own, and without those that have
/// their reason elsewhere.
fn reasons(
    file: &str,
    table: &Table,
    elsewhere: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>> {
    let mut reasons = BTreeMap::new();
    for (name, item) in table {
        let ours = item.as_table_like().is_some_and(|t| t.contains_key("path"));
        if ours {
            continue;
        }
        let behind = item
            .as_value()
            .and_then(|value| value.decor().suffix()?.as_str())
            .map(comment);
        let above = table
            .key(name)
            .and_then(|key| key.leaf_decor().prefix()?.as_str())
            .map(|lines| comment(lines.rsplit("\n\n").next().unwrap_or_default()));
        match behind
            .into_iter()
            .chain(above)
            .find(|text| !text.is_empty())
        {
            Some(reason) => {
                reasons.insert(name.to_owned(), reason);
            }
            None if elsewhere(name) => {}
            None => bail!("{file}: `{name}` has no reason: write it in a comment behind it"),
        }
    }
    Ok(reasons)
}

/// A comment's words.
fn comment(text: &str) -> String {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix('#'));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::of("[licenses]\nallow = [\"MIT\", \"Zlib\"]\n").unwrap()
    }

    fn refused(license: Option<&str>, source: Option<&str>) -> Option<String> {
        policy().refuses(&Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
            asks_for: BTreeSet::new(),
        })
    }

    #[test]
    fn licences_and_sources_are_judged() {
        let good = Some("registry+https://x");
        for license in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "Apache-2.0/MIT",
            "MIT AND Zlib",
        ] {
            assert_eq!(refused(Some(license), good), None, "{license}");
        }
        for license in [
            "GPL-3.0-only",
            "MIT AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "nonsense",
        ] {
            let said = refused(Some(license), good).unwrap();
            assert!(
                said.starts_with(&format!("a 1.0.0: licence {license}")),
                "{said}"
            );
        }
        assert_eq!(refused(None, good).unwrap(), "a 1.0.0: no licence");
        assert_eq!(refused(Some("MIT"), None), None);
        assert_eq!(
            refused(Some("MIT"), Some("git+https://x")).unwrap(),
            "a 1.0.0: source git+https://x"
        );
    }

    #[test]
    fn reasons_stand_behind_or_above() {
        let manifest: DocumentMut = "[dependencies]\n# About all.\n\nours = { path = \"x\" }\n\n# Heading.\n\n# Above\n# it.\na = \"1\"\n\
             b = { version = \"1\" } # behind\nc = \"1\"\n"
            .parse()
            .unwrap();
        let table = manifest["dependencies"].as_table().unwrap();
        let found = reasons("f", table, |name| name == "c").unwrap();
        assert_eq!(found["a"], "Above it.");
        assert_eq!(found["b"], "behind");
        assert_eq!(found.len(), 2);
        let error = reasons("f", table, |_| false).unwrap_err();
        assert!(
            error.to_string().starts_with("f: `c` has no reason"),
            "{error}"
        );
    }
}
