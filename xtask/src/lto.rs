//! `cargo xtask lto`: what optimising across the languages is worth: C compiled by clang to LLVM's bitcode, and linked together with
//! Rust's, so that calls into SQLite can be inlined.
//!
//! Needs a clang and an lld of the LLVM that rustc has, whose bitcode others do not read. Each program is measured with it and
//! without, compiled by the same clang, in turn.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bench::statistics::Spread;
use crate::process::{self, run as run_program};
use crate::root::{cargo, root};

/// The programs, each of which prints nanoseconds, and what they measure.
const PROGRAMS: [(&str, &str, &str); 2] = [
    ("clib-sys", "empty_call", "an empty call"),
    ("clib", "row_loop", "a row, value by value"),
];
const RUNS: usize = 5;

pub(crate) fn run() -> Result<()> {
    let version = llvm().context("rustc does not say its LLVM's version")?;
    let clang = format!("clang-{version}");
    if process::output(Command::new(&clang).arg("--version")).is_none() {
        bail!(
            "no {clang}, and the bitcode of rustc's LLVM {version} is read by no other (Debian: {clang}, lld-{version})"
        );
    }
    for (name, rust, c) in [
        ("without", String::new(), "-O2"),
        (
            "with",
            format!("-C linker-plugin-lto -C linker={clang} -C link-arg=-fuse-ld=lld"),
            "-O2 -flto=thin",
        ),
    ] {
        for (package, example, _) in PROGRAMS {
            build(name, package, example, &clang, &rust, c)?;
        }
    }
    for (_, example, what) in PROGRAMS {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            without.push(nanoseconds("without", example)?);
            with.push(nanoseconds("with", example)?);
        }
        let ratio = Spread::of(
            without
                .iter()
                .zip(&with)
                .map(|(without, with)| with / without),
        );
        let (without, with) = (Spread::of(without), Spread::of(with));
        println!("{what}, in ns: {without} without, {with} with: {ratio} times");
    }
    Ok(())
}

/// The first part of the version of rustc's LLVM.
fn llvm() -> Option<String> {
    let said = process::output(Command::new("rustc").arg("-vV"))?;
    let version = said
        .lines()
        .find_map(|l| l.strip_prefix("LLVM version: "))?;
    Some(version.split('.').next()?.to_owned())
}

fn folder(name: &str) -> PathBuf {
    root().join("target/lto").join(name)
}

fn build(name: &str, package: &str, example: &str, clang: &str, rust: &str, c: &str) -> Result<()> {
    run_program(
        Command::new(cargo())
            .current_dir(root())
            .args([
                "build",
                "--release",
                "--package",
                package,
                "--example",
                example,
            ])
            .args(["--no-default-features", "--features", "vendored"])
            .arg("--target-dir")
            .arg(folder(name))
            .env("CC", clang)
            .env("CFLAGS", c)
            .env("RUSTFLAGS", rust),
    )
}

fn nanoseconds(name: &str, example: &str) -> Result<f64> {
    let program = folder(name).join("release/examples").join(example);
    let said = process::output(&mut Command::new(&program))
        .with_context(|| format!("{} fails", program.display()))?;
    said.trim()
        .parse()
        .with_context(|| format!("{} says `{said}`", program.display()))
}
