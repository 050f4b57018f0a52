//! `cargo xtask soak [--seconds N | --rows N] [--seed S] [--jobs N]`: the differential tests at scale, in release mode.
//!
//! Random databases are read and loaded by every path, and what comes of it is compared. It ends after so many rows were
//! compared, ten million where nothing is asked, or with the first difference, shrunk to a script.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::root::{cargo, root};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// End after so much time
    #[arg(long, conflicts_with = "rows")]
    seconds: Option<u64>,
    /// End after so many rows were compared
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// The first case; a failure prints its own
    #[arg(long)]
    seed: Option<u64>,
    /// How many threads do this at once
    #[arg(long, default_value_t = 1)]
    jobs: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = Command::new(cargo());
    command
        .current_dir(root())
        .args(["run", "--release", "--quiet", "-p", "clib-tests"])
        .args(["--example", "soak", "--"])
        .args(["--jobs", &arguments.jobs.to_string()]);
    match arguments.seconds {
        Some(seconds) => command.args(["--seconds", &seconds.to_string()]),
        None => command.args(["--rows", &arguments.rows.to_string()]),
    };
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    process::run(&mut command)
}
