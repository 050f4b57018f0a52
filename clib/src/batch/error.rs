//! What can go wrong between SQLite's values and Arrow's columns.

use arrow_schema::{ArrowError, DataType};
use thiserror::Error as ThisError;

use crate::error::Error;
use crate::types::ValueKind;

/// A value that its column's Arrow type cannot hold.
#[derive(Debug, ThisError)]
#[error(
    "{}column `{column}`, row {row}{}: expected {expected}, found {found}{}; {hint}",
    table_part(.table.as_deref()),
    rowid_part(*.rowid),
    preview_part(.preview.as_deref())
)]
#[non_exhaustive]
pub struct MismatchError {
    /// The table that is read, where a whole table is.
    pub table: Option<String>,
    /// The column's name.
    pub column: String,
    /// The column's position, from 0.
    pub index: usize,
    /// The row's number in the result, from 1.
    pub row: u64,
    /// The row's rowid, where a whole table is read that has rowids.
    pub rowid: Option<i64>,
    /// The column's Arrow type.
    pub expected: DataType,
    /// What SQLite holds there.
    pub found: ValueKind,
    /// The value, shortened; `None` for NULL.
    pub preview: Option<String>,
    /// Why it does not fit, and what to do about it.
    pub hint: String,
}

/// A load that failed. Nothing of it remains in the database, unless the caller ended the transaction around it: what was
/// written until then shares its fate.
#[derive(Debug, ThisError)]
#[error("loading table `{table}`{}{}: {reason}", row_part(*.row), column_part(.column.as_deref()))]
#[non_exhaustive]
pub struct LoadError {
    /// The table that was to be loaded, as the caller wrote it.
    pub table: String,
    /// The row at fault, from 1 over all batches of the load.
    pub row: Option<u64>,
    /// The column at fault.
    pub column: Option<String>,
    /// What went wrong, and what to do about it.
    pub reason: String,
    /// The error behind it, where there is one.
    pub source: Option<Box<Error>>,
}

/// Keys that cannot be looked up.
#[derive(Debug, ThisError)]
#[error("looking up keys in table `{table}`, column `{column}`{}: {reason}", key_part(*.key))]
#[non_exhaustive]
pub struct LookupError {
    /// The table, as the caller wrote it.
    pub table: String,
    /// The column that the keys are of, as the caller wrote it.
    pub column: String,
    /// The number of the key at fault, from 1.
    pub key: Option<u64>,
    /// What went wrong, and what to do about it.
    pub reason: String,
}

/// An Arrow type that has no form in SQLite.
#[derive(Debug, ThisError)]
#[error("column `{column}` of type {data_type} {reason}")]
#[non_exhaustive]
pub struct UnsupportedError {
    /// The column's name.
    pub column: String,
    /// The column's Arrow type.
    pub data_type: DataType,
    /// Why it has none, and what to do about it.
    pub reason: String,
}

impl From<MismatchError> for Error {
    fn from(error: MismatchError) -> Self {
        Self::Mismatch(Box::new(error))
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Load(Box::new(error))
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Self::Lookup(Box::new(error))
    }
}

impl From<UnsupportedError> for Error {
    fn from(error: UnsupportedError) -> Self {
        Self::Unsupported(Box::new(error))
    }
}

impl From<ArrowError> for Error {
    /// An error of this crate that went through Arrow, as those of a [`BatchReader`](crate::BatchReader) do, comes out as
    /// it went in.
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::ExternalError(inner) => match inner.downcast::<Self>() {
                Ok(error) => *error,
                Err(other) => Self::Arrow(Box::new(ArrowError::ExternalError(other))),
            },
            error => Self::Arrow(Box::new(error)),
        }
    }
}

impl From<Error> for ArrowError {
    /// For interfaces of Arrow, such as its `RecordBatchReader`.
    fn from(error: Error) -> Self {
        match error {
            Error::Arrow(error) => *error,
            error => Self::ExternalError(Box::new(error)),
        }
    }
}

fn table_part(table: Option<&str>) -> String {
    table
        .map(|table| format!("table `{table}`, "))
        .unwrap_or_default()
}

fn rowid_part(rowid: Option<i64>) -> String {
    rowid
        .map(|rowid| format!(" (rowid {rowid})"))
        .unwrap_or_default()
}

fn preview_part(preview: Option<&str>) -> String {
    preview
        .map(|preview| format!(" {preview}"))
        .unwrap_or_default()
}

fn row_part(row: Option<u64>) -> String {
    row.map(|row| format!(", row {row}")).unwrap_or_default()
}

fn key_part(key: Option<u64>) -> String {
    key.map(|key| format!(", key {key}")).unwrap_or_default()
}

fn column_part(column: Option<&str>) -> String {
    column
        .map(|column| format!(", column `{column}`"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_go_through_arrow_and_back() {
        let through = Error::from(ArrowError::from(Error::NoRows));
        assert!(matches!(through, Error::NoRows));
        let through = Error::from(ArrowError::from(Error::from(ArrowError::DivideByZero)));
        assert!(
            matches!(through, Error::Arrow(error) if matches!(*error, ArrowError::DivideByZero))
        );
    }
}
