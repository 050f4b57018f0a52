//! `cargo xtask binaries`: ways of linking the finished program, each built, looked at and run.
//!
//! - *static*: with glibc inside, for a container that holds nothing else. It runs in an empty folder.
//! - *musl*: the same with musl's libc, where a standard library for it is installed.
//! - *hardened*: what a distribution ships: position-independent, its tables read-only once it runs, stacks that cannot be
//!   executed and are guarded, and no symbols. `readelf` tells.
//!
//! The program is `clib`'s example `link_mode`, vendored and without Arrow.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::chroot::Chroot;
use crate::process::{self, run as run_program};
use crate::root::{cargo, root};
use crate::source::pin;

const GNU: &str = "x86_64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

pub(crate) fn run() -> Result<()> {
    static_program(GNU)?;
    if has_std(MUSL) {
        static_program(MUSL)?;
    } else {
        println!(
            "{MUSL}: SKIPPED: no standard library for it (rustup target add {MUSL}); \
             `cargo xtask cross musl` shows the C side"
        );
    }
    hardened()
}

/// Whether Rust's standard library is there for a target.
fn has_std(target: &str) -> bool {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", target]);
    process::output(&mut command).is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

fn static_program(target: &str) -> Result<()> {
    let program = build("static", target, "-C target-feature=+crt-static", "")?;
    let headers = readelf(&program, &["--program-headers", "--dynamic"])?;
    for absent in ["INTERP", "(NEEDED)"] {
        ensure!(
            !headers.contains(absent),
            "{} has {absent}: it is not static",
            program.display()
        );
    }
    match Chroot::new()? {
        None => println!("{target}: no `chroot` here: run where it was built"),
        Some(chroot) => {
            chroot.put(&program, "/program")?;
            says_what_it_should(&chroot.output("/program", &[])?)?;
        }
    }
    println!(
        "{target}: static, {}, runs in an empty folder",
        size(&program)?
    );
    Ok(())
}

fn hardened() -> Result<()> {
    let program = build(
        "hardened",
        GNU,
        "-C relocation-model=pie -C relro-level=full -C strip=symbols",
        "-fstack-protector-strong -D_FORTIFY_SOURCE=2",
    )?;
    let says = readelf(
        &program,
        &[
            "--file-header",
            "--program-headers",
            "--dynamic",
            "--section-headers",
            "--dyn-syms",
        ],
    )?;
    let line = |part: &str| says.lines().find(|line| line.contains(part));
    for (fact, found) in [
        (
            "position-independent",
            says.contains("DYN (") && line("FLAGS_1").is_some_and(|l| l.contains("PIE")),
        ),
        ("RELRO", line("GNU_RELRO").is_some()),
        (
            "all symbols bound before it starts",
            says.contains("BIND_NOW") || line("FLAGS_1").is_some_and(|l| l.contains("NOW")),
        ),
        (
            "no executable stack",
            flags(&says, "GNU_STACK").is_some_and(|flags| !flags.contains('E')),
        ),
        ("guarded stacks in C", says.contains("__stack_chk_fail")),
        ("stripped", !says.contains(".symtab")),
        (
            "no folder to look for libraries in",
            !says.contains("RPATH") && !says.contains("RUNPATH"),
        ),
    ] {
        ensure!(found, "{}: not so: {fact}", program.display());
    }
    says_what_it_should(&process::output(&mut Command::new(&program)).context("it fails")?)?;
    println!(
        "{GNU}: hardened, {}: position-independent, full RELRO, guarded stacks, stripped",
        size(&program)?
    );
    Ok(())
}

/// The flags of a segment, which stand on the line behind its name.
fn flags<'a>(says: &'a str, segment: &str) -> Option<&'a str> {
    let (_, rest) = says.split_once(segment)?;
    let mut words = rest
        .split_whitespace()
        .skip_while(|word| word.starts_with("0x"));
    words.next()
}

/// The example, built for a target in a folder of its own.
fn build(folder: &str, target: &str, rust_flags: &str, c_flags: &str) -> Result<PathBuf> {
    let folder = root().join("target/binaries").join(folder);
    let mut command = Command::new(cargo());
    command
        .current_dir(root())
        .args([
            "build",
            "--release",
            "--package",
            "clib",
            "--example",
            "link_mode",
        ])
        .args([
            "--no-default-features",
            "--features",
            "vendored",
            "--target",
            target,
        ])
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTFLAGS", rust_flags)
        .env(format!("CFLAGS_{}", target.replace('-', "_")), c_flags);
    run_program(&mut command)?;
    Ok(folder.join(target).join("release/examples/link_mode"))
}

fn readelf(program: &Path, options: &[&str]) -> Result<String> {
    let mut command = Command::new("readelf");
    command.arg("--wide").args(options).arg(program);
    process::output(&mut command)
        .with_context(|| format!("failed: {} (Debian: binutils)", process::shown(&command)))
}

fn says_what_it_should(said: &str) -> Result<()> {
    if said != format!("vendored {} 6\n", pin::SQLITE_VERSION) {
        bail!("the program says `{said}`");
    }
    Ok(())
}

fn size(program: &Path) -> Result<String> {
    let bytes = program.metadata()?.len();
    Ok(format!("{} KiB", bytes / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segments_flags_are_found() {
        let says = "  GNU_EH_FRAME 0x1 0x2\n  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10\n";
        assert_eq!(flags(says, "GNU_STACK"), Some("RW"));
        assert_eq!(flags(says, "GNU_RELRO"), None);
    }
}
