//! `cargo xtask bindgen [--check]`: the raw bindings, from the pinned header and from the kernel's, and the lists of their
//! functions.

use std::fs;

use anyhow::{Context, Result, bail};
use similar::{ChangeTag, TextDiff};

use crate::functions;
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
    let table = linked::table(&bindings);
    let kernel = generate_kernel()?;
    let lists: Vec<_> = functions::lists(&bindings).collect();
    let made = [
        (TARGET, bindings),
        (linked::TARGET, table),
        (KERNEL_TARGET, kernel),
    ];
    for (target, made) in made.into_iter().chain(lists) {
        if arguments.check {
            compare(target, &made)?;
        } else {
            fs::write(root().join(target), made)
                .with_context(|| format!("cannot write {target}"))?;
            println!("wrote {target}");
        }
    }
    Ok(())
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
