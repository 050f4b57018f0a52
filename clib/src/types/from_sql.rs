//! [`FromSql`]: from SQLite to Rust.

use std::error::Error as StdError;
use std::str::Utf8Error;

use super::value::{ValueKind, ValueRef};

/// A type that a value can be read as.
///
/// `'r` is how long the row's value lives: `&'r str` and `&'r [u8]` borrow it, owned types implement the trait for every
/// `'r` (see [`FromSqlOwned`]).
///
/// ```
/// use clib::{Connection, FromSql, FromSqlError, ValueRef};
///
/// struct Celsius(f64);
///
/// impl FromSql<'_> for Celsius {
///     fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
///         f64::from_sql(value).map(Celsius)
///     }
/// }
///
/// let conn = Connection::open_in_memory()?;
/// let t: Celsius = conn.query_row("SELECT 21.5", (), |row| row.get(0))?;
/// assert_eq!(t.0, 21.5);
/// # Ok::<(), clib::Error>(())
/// ```
pub trait FromSql<'r>: Sized {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// Where the value is of another kind, or this type cannot hold it.
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError>;
}

/// A [`FromSql`] type that borrows nothing. Never implemented by hand.
pub trait FromSqlOwned: for<'r> FromSql<'r> {}

impl<T: for<'r> FromSql<'r>> FromSqlOwned for T {}

/// Why a value could not be read as a type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FromSqlError {
    /// The value is of a kind that the type is not read from.
    #[error("expected {expected}, found {found}")]
    InvalidType {
        /// What the type is read from.
        expected: &'static str,
        /// What the value is.
        found: ValueKind,
    },
    /// The type cannot hold the number.
    #[error("{value} does not fit into {target}")]
    OutOfRange {
        /// The number, in decimal.
        value: String,
        /// The Rust type.
        target: &'static str,
    },
    /// A text that is not UTF-8. [`ValueRef::as_bytes`] gives its bytes.
    #[error("the text is not UTF-8: {0}")]
    InvalidUtf8(#[from] Utf8Error),
    /// A blob of another length than the type's.
    #[error("expected a BLOB of {expected} bytes, found {found}")]
    InvalidSize {
        /// The length of the type.
        expected: usize,
        /// The length of the value.
        found: usize,
    },
    /// What the type's own conversion says.
    #[error(transparent)]
    Other(Box<dyn StdError + Send + Sync>),
}

impl FromSqlError {
    /// A value of another kind than the type is read from.
    #[cold]
    #[must_use]
    pub fn invalid_type(expected: &'static str, found: ValueRef<'_>) -> Self {
        Self::InvalidType {
            expected,
            found: found.kind(),
        }
    }

    /// Wraps an error of a type's own conversion.
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
