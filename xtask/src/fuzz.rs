//! `cargo xtask fuzz [--count N] [--seed S] [--file FILE]`: damaged database files, read by every path under
//! AddressSanitizer and UBSan. Needs a nightly toolchain.
//!
//! A report of a sanitizer ends it; the file that was read then stays where the first line of output says, and `--file`
//! reads it again. `tests/fuzz` has a target for libFuzzer, which is led by coverage; its README says how it is run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::root::root;
use crate::sanitize::{ASAN_OPTIONS, nightly_host};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many damaged files are read
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// The first whole file; a failure prints its own
    #[arg(long)]
    seed: Option<u64>,
    /// Read this file instead
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Short stacks of allocations, and no watch over frames that are gone, which `cargo xtask sanitize` has.
const QUICK: &str = "malloc_context_size=3:detect_stack_use_after_return=0";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Some(host) = nightly_host() else {
        bail!(
            "AddressSanitizer needs a nightly toolchain; `rustup toolchain install nightly` brings it"
        );
    };
    let mut command = Command::new("rustup");
    command
        .current_dir(root())
        .args(["run", "nightly", "cargo", "run", "--release", "--quiet"])
        .args(["--target", &host, "--target-dir"])
        // Apart from the usual builds, and from those with AddressSanitizer alone.
        .arg(root().join("target/fuzz"))
        .args(["-p", "clib-tests", "--example", "fuzz", "--"])
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env(
            format!("CFLAGS_{}", host.replace('-', "_")),
            // UBSan without its library: what is undefined ends the program by an illegal instruction, which
            // AddressSanitizer reports with its stack.
            "-fsanitize=address,undefined -fsanitize-undefined-trap-on-error -fno-omit-frame-pointer",
        )
        .env("ASAN_OPTIONS", format!("{ASAN_OPTIONS}:handle_sigill=1"));
    match &arguments.file {
        Some(file) => command.arg("--file").arg(file),
        // Half as long without what can be had by reading the file again.
        None => command.args(["--count", &arguments.count.to_string()]).env(
            "ASAN_OPTIONS",
            format!("{ASAN_OPTIONS}:handle_sigill=1:{QUICK}"),
        ),
    };
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    process::run(&mut command)
}
