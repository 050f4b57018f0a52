//! `cargo xtask sanitize [--asan] [--valgrind]`: the part of the test suite that reaches C, under checkers of memory.
//!
//! - AddressSanitizer, leaks included, with C and Rust both instrumented. Needs a nightly toolchain; where there is
//!   none, this says so and is skipped.
//! - valgrind's memcheck on the usual toolchain, on the very binaries that `cargo test --workspace` made.
//!
//! Left out are compile-fail cases (they run the compiler) and documentation tests (the same calls as in tests). valgrind
//! is some thirty times slower: under it `CLIB_TESTS_SLOW=1` tells a test to shrink itself, and property tests run
//! few cases.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process;
use crate::root::{cargo, root};
use crate::test_binaries::{self, LIBRARY};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// AddressSanitizer only
    #[arg(long)]
    asan: bool,
    /// valgrind only
    #[arg(long)]
    valgrind: bool,
    /// Run only the tests whose name contains this
    filter: Option<String>,
}

/// What became of a check that did not fail.
pub(crate) enum Outcome {
    /// It ran and is content.
    Clean,
    /// It did not run, and why.
    Skipped(&'static str),
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let both = arguments.asan == arguments.valgrind;
    let filter = arguments.filter.as_deref();
    if (both || arguments.asan)
        && let Outcome::Skipped(reason) = asan(filter)?
    {
        println!("SKIPPED: {reason}");
    }
    if both || arguments.valgrind {
        valgrind(filter)?;
    }
    Ok(())
}

/// No check of one definition per name: gcc lays equal constant tables of SQLite's one unit at one address, which that
/// check takes for two definitions.
pub(crate) const ASAN_OPTIONS: &str = "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:\
                            detect_odr_violation=0";

pub(crate) fn asan(filter: Option<&str>) -> Result<Outcome> {
    let Some(host) = nightly_host() else {
        return Ok(Outcome::Skipped(
            "AddressSanitizer needs a nightly toolchain; `rustup toolchain install nightly` brings it",
        ));
    };
    let mut build = Command::new("rustup");
    build
        .args(["run", "nightly", "cargo", "test", "--no-run"])
        .args(["--target", &host])
        // Apart from the usual builds, which would be thrown away otherwise.
        .arg("--target-dir")
        .arg(root().join("target/asan"))
        .args(LIBRARY.iter().flat_map(|package| ["--package", package]))
        .env("RUSTFLAGS", "-Zsanitizer=address")
        // `cc` takes these for this target only.
        .env(
            format!("CFLAGS_{}", host.replace('-', "_")),
            "-fsanitize=address -fno-omit-frame-pointer",
        );
    let binaries = test_binaries::build(&mut build, &LIBRARY)?;
    let totals = test_binaries::run(&binaries, "AddressSanitizer", |binary| {
        let mut command = Command::new(&binary.path);
        command.args(filter).env("ASAN_OPTIONS", ASAN_OPTIONS);
        command
    })?;
    println!("AddressSanitizer: {totals}, nothing found");
    Ok(Outcome::Clean)
}

/// The host that the nightly toolchain builds for, where there is such a toolchain.
pub(crate) fn nightly_host() -> Option<String> {
    let version = process::output(Command::new("rustup").args(["run", "nightly", "rustc", "-vV"]))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))?;
    Some(host.to_owned())
}

pub(crate) fn valgrind(filter: Option<&str>) -> Result<Outcome> {
    ensure!(
        process::output(Command::new("valgrind").arg("--version")).is_some(),
        "valgrind is not installed (Debian: valgrind)"
    );
    let mut build = Command::new(cargo());
    // The whole workspace, as in `cargo test --workspace`: nothing is compiled again for it.
    build.args(["test", "--no-run", "--workspace"]);
    let binaries = test_binaries::build(&mut build, &LIBRARY)?;
    let totals = test_binaries::run(&binaries, "valgrind", |binary| {
        let mut command = Command::new("valgrind");
        command
            .args([
                "--quiet",
                "--error-exitcode=99",
                "--leak-check=full",
                // Rust's standard library keeps a few blocks, which are reachable or only possibly lost.
                "--show-leak-kinds=definite,indirect",
                "--errors-for-leak-kinds=definite,indirect",
                "--num-callers=40",
                "--fair-sched=yes",
            ])
            .arg(&binary.path)
            .args(filter)
            .env("CLIB_TESTS_SLOW", "1")
            .env("PROPTEST_CASES", "8");
        command
    })?;
    println!("valgrind: {totals}, nothing found");
    Ok(Outcome::Clean)
}
