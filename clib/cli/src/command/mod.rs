//! The commands, one file each.

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod query;

use std::fmt::Display;
use std::io::{self, Write};

use crate::failure::{self, Failure, Result};

/// Writes a line to standard output; a reader that went away ends the program quietly.
pub(crate) fn say(line: impl Display) -> Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| output_failed(&error))
}

/// Why standard output took no more.
pub(crate) fn output_failed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::ReaderGone
    } else {
        Failure::about("standard output", failure::io(error))
    }
}
