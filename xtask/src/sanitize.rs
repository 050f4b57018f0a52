//! `cargo xtask sanitize [--asan] [--valgrind]`: the part of the test suite that reaches C, under checkers of memory.
//!
//! - AddressSanitizer, leaks included, with C and Rust both instrumented. Needs a nightly toolchain; where there is
//!   none, this says so and is skipped.
//! - valgrind's memcheck on the usual toolchain, on the very binaries that `cargo test --workspace` made.
//!
//! Left out are compile-fail tests (they run the compiler) and documentation tests (the same calls as in tests). valgrind
//! is some thirty times slower: under it `CLIB_TESTS_SLOW=1` tells a test to shrink itself, and property tests run
//! few cases.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process;
use crate::root::{cargo, root};

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

/// The packages whose tests reach C.
const PACKAGES: [&str; 3] = ["clib-sys", "clib", "clib-tests"];

/// The test targets of compile-fail cases.
const COMPILE_FAIL: &str = "compile_fail";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let both = arguments.asan == arguments.valgrind;
    let filter = arguments.filter.as_deref();
    if both || arguments.asan {
        asan(filter)?;
    }
    if both || arguments.valgrind {
        valgrind(filter)?;
    }
    Ok(())
}

fn asan(filter: Option<&str>) -> Result<()> {
    let nightly = ["run", "nightly"];
    let Some(host) = process::output(Command::new("rustup").args(nightly).args(["rustc", "-vV"]))
        .and_then(|version| {
            let host = version.lines().find_map(|l| l.strip_prefix("host: "))?;
            Some(host.to_owned())
        })
    else {
        println!(
            "SKIPPED: AddressSanitizer needs a nightly toolchain, and `rustup run nightly rustc` finds none; \
             `rustup toolchain install nightly` brings it"
        );
        return Ok(());
    };
    let mut build = Command::new("rustup");
    build
        .args(nightly)
        .args(["cargo", "test", "--no-run", "--target", &host])
        // Apart from the usual builds, which would be thrown away otherwise.
        .arg("--target-dir")
        .arg(root().join("target/asan"))
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .env("RUSTFLAGS", "-Zsanitizer=address")
        // `cc` takes these for this target only.
        .env(
            format!("CFLAGS_{}", host.replace('-', "_")),
            "-fsanitize=address -fno-omit-frame-pointer",
        );
    let binaries = tests(&mut build)?;
    each(&binaries, "AddressSanitizer", |binary| {
        let mut command = Command::new(&binary.path);
        command.args(filter).env(
            "ASAN_OPTIONS",
            "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
        );
        command
    })
}

fn valgrind(filter: Option<&str>) -> Result<()> {
    ensure!(
        process::output(Command::new("valgrind").arg("--version")).is_some(),
        "valgrind is not installed (Debian: valgrind)"
    );
    let mut build = Command::new(cargo());
    // The whole workspace, as in `cargo test --workspace`: nothing is compiled again for it.
    build.args(["test", "--no-run", "--workspace"]);
    let binaries = tests(&mut build)?;
    each(&binaries, "valgrind", |binary| {
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
    })
}

/// A test binary that Cargo made.
struct Binary {
    name: String,
    path: PathBuf,
    /// Where Cargo would run it.
    folder: PathBuf,
}

/// Builds tests and returns those that reach C.
fn tests(build: &mut Command) -> Result<Vec<Binary>> {
    let mut binaries = Vec::new();
    build
        .current_dir(root())
        .arg("--message-format=json-render-diagnostics");
    process::run_lines(build, |line| binaries.extend(binary(line)))?;
    ensure!(
        !binaries.is_empty(),
        "no test binary came of {}",
        process::shown(build)
    );
    Ok(binaries)
}

/// The binary that a line of Cargo's messages tells of, if it is one of ours.
fn binary(line: &str) -> Option<Binary> {
    let message: Value = serde_json::from_str(line).ok()?;
    if !message.get("profile")?.get("test")?.as_bool()? {
        return None;
    }
    let path = message.get("executable")?.as_str()?;
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    let target = message.get("target")?.get("name")?.as_str()?;
    let folder = manifest.parent()?;
    let package = PACKAGES
        .into_iter()
        .find(|package| root().join(folder_of(package)) == folder)?;
    (target != COMPILE_FAIL).then(|| Binary {
        name: format!("{package}: {target}"),
        path: path.into(),
        folder: folder.to_owned(),
    })
}

/// The folder of a package, from the root.
fn folder_of(package: &str) -> &str {
    match package {
        "clib-tests" => "tests",
        other => other,
    }
}

/// Runs each binary, and fails with the first one that fails.
fn each(binaries: &[Binary], checker: &str, command: impl Fn(&Binary) -> Command) -> Result<()> {
    for binary in binaries {
        println!("--- {checker}: {}", binary.name);
        let start = Instant::now();
        process::run(
            command(binary)
                .current_dir(&binary.folder)
                .env("CARGO_MANIFEST_DIR", &binary.folder),
        )
        .with_context(|| format!("{checker} is not content with {}", binary.name))?;
        println!("--- {:.1} s", start.elapsed().as_secs_f64());
    }
    println!("{checker}: {} test binaries, nothing found", binaries.len());
    Ok(())
}
