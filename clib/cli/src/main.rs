//! `clib`: moves data in and out of SQLite files.
//!
//! Four commands: `import` loads a file into a table, `export` writes a table or a query to a file,
//! `query` prints rows and `info` says what a database holds. Files are CSV, JSON lines, Arrow or
//! Parquet; see [`format`] for how a name chooses, [`source`] for reading, [`target`] for writing.
//!
//! Exit codes: 0 done (also when the reader of standard output went away), 1 an error, told in one
//! line on standard error, 2 wrong usage, 130 interrupted.

mod args;
mod command;
mod database;
mod failure;
mod format;
mod human;
mod interrupt;
mod progress;
mod source;
mod target;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// What a shell reports for a process ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let interrupt = match Interrupt::install() {
        Ok(interrupt) => interrupt,
        Err(failure) => return report(&failure),
    };
    let result = match &arguments.command {
        Command::Import(import) => command::import::run(import, &arguments.common, &interrupt),
        Command::Export(export) => command::export::run(export, &arguments.common, &interrupt),
        Command::Query(query) => command::query::run(query, &arguments.common, &interrupt),
        Command::Info(info) => command::info::run(info, &arguments.common, &interrupt),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whatever failed after Ctrl-C failed because of it.
        Err(failure) if interrupt.is_set() => report(&failure.into_interrupted()),
        Err(failure) => report(&failure),
    }
}

/// Says on standard error what went wrong, in one line, and gives the exit code.
fn report(failure: &Failure) -> ExitCode {
    match failure {
        Failure::ReaderGone => ExitCode::SUCCESS,
        Failure::Interrupted(_) => {
            eprintln!("clib: {failure}");
            ExitCode::from(INTERRUPTED)
        }
        Failure::Message(_) => {
            eprintln!("clib: {failure}");
            ExitCode::FAILURE
        }
    }
}
