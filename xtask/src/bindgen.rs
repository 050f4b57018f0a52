//! `cargo xtask bindgen [--check]`: the raw bindings, from the pinned header and from the kernel's, the lists of their
//! functions, and the table of those that a host hands to an extension.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use similar::{ChangeTag, TextDiff};

use crate::functions;
use crate::host;
use crate::linked;
use crate::root::root;
use crate::source;

/// The one configuration, which the feature `bindgen` of `clib-sys` uses too.
#[path = "../../clib-sys/build/configuration.rs"]
mod configuration;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if a committed file differs
    #[arg(long)]
    pub(crate) check: bool,
}

const TARGET: &str = "clib-sys/src/bindings.rs";
const KERNEL_TARGET: &str = "clib-sys/src/kernel/bindings.rs";
const KERNEL_HEADER: &str = "clib-sys/kernel/kernel.h";
const BANNER: &str = "// Made by `cargo xtask bindgen`. Do not edit.";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let bindings = generate()?;
    functions::check_new(&bindings)?;
    let symbols = linked::table(&bindings);
    let kernel = generate_kernel()?;
    let lists: Vec<_> = functions::lists(&bindings).collect();
    let extension = source::folder()?.join("sqlite3ext.h");
    let extension = fs::read_to_string(&extension)
        .with_context(|| format!("cannot read {}", extension.display()))?;
    let table = host::table(&extension)?;
    let made = [
        (TARGET, bindings),
        (linked::TARGET, symbols),
        (host::TARGET, table),
        (KERNEL_TARGET, kernel),
    ];
    for (target, made) in made.into_iter().chain(lists) {
        if arguments.check {
            compare(target, &made)?;
        } else {
            write(target, &made)?;
        }
    }
    Ok(())
}

/// Writes what was made, and tells which items appeared and disappeared by it.
fn write(target: &str, made: &str) -> Result<()> {
    let path = root().join(target);
    // A file that is not there yet had no items.
    let committed = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, made).with_context(|| format!("cannot write {target}"))?;
    println!("wrote {target}");
    let (before, now) = (items(&committed), items(made));
    for (what, names) in [
        ("appeared", now.difference(&before)),
        ("disappeared", before.difference(&now)),
    ] {
        let names: Vec<&str> = names.copied().collect();
        if !names.is_empty() {
            println!("  {what}: {}", names.join(", "));
        }
    }
    Ok(())
}

/// The names of the items that a file declares.
fn items(bindings: &str) -> BTreeSet<&str> {
    const DECLARED: [&str; 5] = [
        "pub fn ",
        "pub const ",
        "pub type ",
        "pub struct ",
        "pub union ",
    ];
    bindings
        .lines()
        .filter_map(|line| {
            DECLARED
                .iter()
                .find_map(|what| line.trim_start().strip_prefix(what))
        })
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
        })
        .collect()
}

fn compare(target: &str, made: &str) -> Result<()> {
    let committed =
        fs::read_to_string(root().join(target)).with_context(|| format!("cannot read {target}"))?;
    if committed != made {
        bail!(
            "{target} is out of date; run `cargo xtask bindgen`\n{}",
            summary(&committed, made)
        );
    }
    println!("{target} is what `cargo xtask bindgen` makes");
    Ok(())
}

fn generate() -> Result<String> {
    let header = source::folder()?.join("sqlite3.h");
    let bindings = configuration::sqlite(&header)
        .map_err(anyhow::Error::msg)?
        .raw_line(BANNER)
        .generate()
        .context("bindgen failed; it needs libclang (Debian: libclang-dev)")?
        .to_string();
    Ok(portable(&bindings))
}

/// The kernel's own header, over the bindings of SQLite's.
fn generate_kernel() -> Result<String> {
    let bindings = configuration::common(&root().join(KERNEL_HEADER))
        .map_err(anyhow::Error::msg)?
        .raw_line(BANNER)
        .clang_arg(format!("-I{}", source::folder()?.display()))
        .allowlist_item("(clib|CLIB)_.*")
        .blocklist_type("sqlite.*")
        .raw_line("use crate::bindings::*;")
        .generate()
        .context("bindgen failed; it needs libclang (Debian: libclang-dev)")?
        .to_string();
    Ok(portable(&bindings))
}

/// Sizes and offsets are those of a 64-bit target, where they were made; on others the check would be wrong.
fn portable(bindings: &str) -> String {
    bindings.replace(
        "#[allow(clippy::unnecessary_operation, clippy::identity_op)]\nconst _: () = {",
        "#[cfg(target_pointer_width = \"64\")]\n#[allow(clippy::unnecessary_operation, clippy::identity_op)]\nconst _: () = {",
    )
}

/// The lines that changed, at most 40 of them.
fn summary(committed: &str, made: &str) -> String {
    const MOST: usize = 40;
    let diff = TextDiff::from_lines(committed, made);
    let changes: Vec<String> = diff
        .iter_all_changes()
        .filter_map(|change| match change.tag() {
            ChangeTag::Delete => Some(format!("- {change}")),
            ChangeTag::Insert => Some(format!("+ {change}")),
            ChangeTag::Equal => None,
        })
        .collect();
    let mut text: String = changes.iter().take(MOST).map(String::as_str).collect();
    if changes.len() > MOST {
        text += &format!("... and {} more lines\n", changes.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_named() {
        let bindings = "pub const SQLITE_OK: i32 = 0;\nunsafe extern \"C\" {\n    pub fn sqlite3_open(\n        x: i32);\n}\n\
                        #[repr(C)]\npub struct sqlite3_vfs {\n    pub iVersion: i32,\n}\npub type sqlite3_int64 = i64;";
        assert_eq!(
            Vec::from_iter(items(bindings)),
            ["SQLITE_OK", "sqlite3_int64", "sqlite3_open", "sqlite3_vfs"]
        );
    }
}
