//! Errors of a load.

use crate::batch::error::LoadError;
use crate::batch::table_name::TableName;
use crate::error::Error;

use super::target::{PASSING, Problem};

/// What went wrong with rows of a batch.
pub(super) struct Failure {
    /// The row in the batch, where it is known.
    pub(super) row: Option<i64>,
    /// The column, where it is known.
    pub(super) column: Option<usize>,
    pub(super) cause: Cause,
}

pub(super) enum Cause {
    /// A value that has no form in SQLite.
    Value(String),
    Error(Error),
}

/// A load that cannot be.
pub(super) fn of_problem(table: &TableName, problem: Problem) -> Error {
    LoadError {
        table: table.to_string(),
        row: None,
        column: problem.column,
        reason: problem.reason,
        source: None,
    }
    .into()
}

/// An error that is no row's.
pub(super) fn of_error(table: &TableName, error: Error) -> Error {
    LoadError {
        table: table.to_string(),
        row: None,
        column: None,
        reason: error.to_string(),
        source: Some(Box::new(error)),
    }
    .into()
}

/// A row's error; `rows_before` are those of the batches before.
#[cold]
pub(super) fn of_row(
    table: &TableName,
    rows_before: u64,
    column: Option<String>,
    failure: Failure,
) -> Error {
    let (column, reason, source) = match failure.cause {
        Cause::Value(reason) => (column, reason, None),
        Cause::Error(mut error) => {
            let mut column = column;
            if let Error::Sqlite(sqlite) = &mut error {
                // The statement is the loader's own, and says nothing to the caller.
                sqlite.sql = None;
                sqlite.message = without_passing_name(&sqlite.message);
                column = column.or_else(|| constrained_column(&sqlite.message, table));
            }
            (column, error.to_string(), Some(Box::new(error)))
        }
    };
    LoadError {
        table: table.to_string(),
        row: failure
            .row
            .and_then(|row| rows_before.checked_add_signed(row + 1)),
        column,
        reason,
        source,
    }
    .into()
}

/// The column in a message such as `NOT NULL constraint failed: table.column`, where it is one.
fn constrained_column(message: &str, table: &TableName) -> Option<String> {
    let (kind, names) = message.split_once(" constraint failed: ")?;
    let after_table = names.get(table.name().len()..)?;
    let column = after_table
        .strip_prefix('.')
        .filter(|_| matches!(kind, "NOT NULL" | "UNIQUE"))?;
    (!column.contains(", ")).then(|| column.to_owned())
}

/// A message without what [`PASSING`] adds to a table's name until it takes the old one's place.
fn without_passing_name(message: &str) -> String {
    let Some((before, rest)) = message.split_once(PASSING) else {
        return message.to_owned();
    };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match after.strip_prefix(')') {
        Some(after) => format!("{before}{after}"),
        None => message.to_owned(),
    }
}
