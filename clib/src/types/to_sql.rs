//! [`ToSql`]: from Rust to SQLite.

use std::error::Error as StdError;

use super::value::{Value, ValueRef};

/// A type that can be bound to a parameter.
///
/// ```
/// use clib::{Connection, ToSql, ToSqlError, ToSqlOutput};
///
/// struct Celsius(f64);
///
/// impl ToSql for Celsius {
///     fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
///         self.0.to_sql()
///     }
/// }
///
/// let conn = Connection::open_in_memory()?;
/// let warm: bool = conn.query_row("SELECT ?1 > 20", [Celsius(21.5)], |row| row.get(0))?;
/// assert!(warm);
/// # Ok::<(), clib::Error>(())
/// ```
pub trait ToSql {
    /// The value to bind. What is borrowed is not copied where the statement ends within the call that binds it.
    ///
    /// # Errors
    ///
    /// Where SQLite cannot hold the value.
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError>;
}

/// What [`ToSql`] gives: a value borrowed from `self`, or one made for the purpose.
#[derive(Clone, Debug, PartialEq)]
pub enum ToSqlOutput<'a> {
    /// Borrowed.
    Borrowed(ValueRef<'a>),
    /// Made for the purpose.
    Owned(Value),
}

impl<'a> From<ValueRef<'a>> for ToSqlOutput<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a> From<&'a str> for ToSqlOutput<'a> {
    fn from(value: &'a str) -> Self {
        Self::Borrowed(value.into())
    }
}

impl<'a> From<&'a [u8]> for ToSqlOutput<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Borrowed(value.into())
    }
}

impl From<Value> for ToSqlOutput<'_> {
    fn from(value: Value) -> Self {
        Self::Owned(value)
    }
}

impl From<String> for ToSqlOutput<'_> {
    fn from(value: String) -> Self {
        Self::Owned(value.into())
    }
}

impl From<i64> for ToSqlOutput<'_> {
    fn from(value: i64) -> Self {
        Self::Borrowed(ValueRef::Integer(value))
    }
}

impl From<f64> for ToSqlOutput<'_> {
    fn from(value: f64) -> Self {
        Self::Borrowed(ValueRef::Real(value))
    }
}

/// Why a value could not be bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToSqlError {
    /// An integer beyond `i64`, which is SQLite's only integer.
    #[error("{value} does not fit into SQLite's 64-bit signed INTEGER; store it as TEXT or BLOB")]
    OutOfRange {
        /// The integer, in decimal.
        value: String,
    },
    /// What the type's own conversion says.
    #[error(transparent)]
    Other(Box<dyn StdError + Send + Sync>),
}

impl ToSqlError {
    /// Wraps an error of a type's own conversion.
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
