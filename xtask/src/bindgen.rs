//! `cargo xtask bindgen [--check]`: the raw bindings, from the pinned header and from the kernel's, and the table of their
//! functions.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use similar::{ChangeTag, TextDiff};

use crate::root::root;
use crate::source;
use crate::symbols;

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
    let table = symbols::table(&bindings);
    let kernel = generate_kernel()?;
    for (target, made) in [
        (TARGET, bindings),
        (symbols::TARGET, table),
        (KERNEL_TARGET, kernel),
    ] {
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

/// Declarations that stand behind an `#ifdef` in the header, and that the vendored build has.
const DEFINES: [&str; 6] = [
    "-DSQLITE_ENABLE_COLUMN_METADATA",
    "-DSQLITE_ENABLE_NORMALIZE",
    "-DSQLITE_ENABLE_PREUPDATE_HOOK",
    "-DSQLITE_ENABLE_SESSION",
    "-DSQLITE_ENABLE_SNAPSHOT",
    "-DSQLITE_ENABLE_STMT_SCANSTATUS",
];

fn generate() -> Result<String> {
    let header = source::folder()?.join("sqlite3.h");
    let bindings = configuration(&header)?
        .generate()
        .context("bindgen failed; it needs libclang (Debian: libclang-dev)")?
        .to_string();
    Ok(portable(&bindings))
}

/// The kernel's own header, over the bindings of SQLite's.
fn generate_kernel() -> Result<String> {
    let bindings = common(&root().join(KERNEL_HEADER))?
        .clang_arg(format!("-I{}", source::folder()?.display()))
        .allowlist_item("(clib|CLIB)_.*")
        .blocklist_type("sqlite.*")
        .raw_line("use crate::bindings::*;")
        .generate()
        .context("bindgen failed; it needs libclang (Debian: libclang-dev)")?
        .to_string();
    Ok(portable(&bindings))
}

/// The workspace's `rust-version`, 1.RUST_MINOR.
const RUST_MINOR: u64 = 89;

/// The configuration for SQLite's header.
fn configuration(header: &Path) -> Result<bindgen::Builder> {
    Ok(common(header)?
        .clang_args(DEFINES)
        .allowlist_item("(sqlite|SQLITE|[Ff][Tt][Ss]5|NOT_WITHIN|PARTLY_WITHIN|FULLY_WITHIN).*")
        // A va_list has another type on every target; these cannot be committed once for all.
        .blocklist_function("sqlite3_vmprintf|sqlite3_vsnprintf|sqlite3_str_vappendf")
        .blocklist_type("va_list|__builtin_va_list|__va_list_tag")
        // C makes these by a cast; they are in src/destructor.rs.
        .blocklist_item("SQLITE_(STATIC|TRANSIENT)"))
}

/// What holds for every header.
fn common(header: &Path) -> Result<bindgen::Builder> {
    Ok(bindgen::Builder::default()
        .header(header.display().to_string())
        .rust_target(
            bindgen::RustTarget::stable(RUST_MINOR, 0).map_err(|error| anyhow!("{error}"))?,
        )
        .rust_edition(bindgen::RustEdition::Edition2024)
        .use_core()
        .ctypes_prefix("libc")
        .allowlist_recursively(true)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .layout_tests(true)
        .generate_comments(false)
        .formatter(bindgen::Formatter::Prettyplease)
        .raw_line(BANNER))
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
