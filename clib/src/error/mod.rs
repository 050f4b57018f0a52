//! [`Error`]: everything that can go wrong, said once.
//!
//! `Display` is one line that a person can act on: what, where, and often what to do. `source` leads to the cause, where
//! there is one. Codes, SQL text, byte offset, file and `errno` are there for programs.

mod code;
mod lock_holder;
mod sqlite;

pub use code::{Code, ExtendedCode};
pub(crate) use lock_holder::{Blocked, lock_holder};
pub use sqlite::{Damage, SqliteError, StoppedBy};

use std::error::Error as StdError;

pub use clib_sys::MissingFunction;

use crate::types::{FromSqlError, ToSqlError, ValueKind};

/// The result of most functions of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate.
///
/// ```
/// use clib::{Code, Connection};
///
/// let conn = Connection::open_in_memory()?;
/// let error = conn.prepare("SELECT * FROM flights WHERE").unwrap_err();
/// assert_eq!(error.code(), Some(Code::Error));
/// assert_eq!(
///     error.to_string(),
///     "incomplete input (SQLITE_ERROR) in `SELECT * FROM flights WHERE`"
/// );
/// # Ok::<(), clib::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SQLite reported it.
    #[error(transparent)]
    Sqlite(Box<SqliteError>),

    /// The library cannot be used, or none was found to be opened.
    #[error("{0}")]
    Library(String),

    /// The library lacks a function that this stands on.
    #[error(transparent)]
    MissingFunction(Box<MissingFunction>),

    /// A value could not be read as the type asked for.
    #[error(transparent)]
    ColumnType(Box<ColumnTypeError>),

    /// A value could not be bound to a parameter.
    #[error(transparent)]
    Parameter(Box<ParameterError>),

    /// The row has no column of that number.
    #[error("there is no column {index}: the row has {count}, counted from 0")]
    ColumnIndex {
        /// The column asked for, counted from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },

    /// The row has no column of that name.
    #[error("there is no column `{name}`: the row has {}", list(.columns))]
    ColumnName {
        /// The column asked for.
        name: String,
        /// Those that there are.
        columns: Vec<String>,
    },

    /// The statement has more or fewer parameters than were given.
    #[error(
        "the statement has {expected} parameter{}, and {given} {} given: `{}`",
        if *.expected == 1 { "" } else { "s" },
        if *.given == 1 { "was" } else { "were" },
        sqlite::excerpt(.sql, 0)
    )]
    ParameterCount {
        /// How many the statement has.
        expected: usize,
        /// How many were given.
        given: usize,
        /// The statement.
        sql: String,
    },

    /// The statement has no parameter of that name.
    #[error("the statement has no parameter `{name}` (names include `:`, `@` or `$`): it has {}", list(.parameters))]
    ParameterName {
        /// The parameter given, prefix included.
        name: String,
        /// Those that the statement has.
        parameters: Vec<String>,
    },

    /// Text for C has a NUL inside.
    #[error("there is a NUL at byte {position} of the text: SQL and names end there for SQLite")]
    NulInString {
        /// Where, in bytes.
        position: usize,
    },

    /// The text has more than one statement.
    #[error(
        "there is more than one statement: the second begins at byte {offset}; use `execute_batch` for scripts"
    )]
    MultipleStatements {
        /// Where the second begins, in bytes.
        offset: usize,
    },

    /// The text is white space or a comment.
    #[error("there is no statement: the text is empty or a comment")]
    NoStatement,

    /// The query gave no row, and one was asked for.
    #[error("the query returned no row")]
    NoRows,

    /// The transaction is gone: SQLite rolled it back because of an error before, or SQL text ended it.
    #[error(
        "the transaction has ended: an earlier error rolled it back, or SQL text ended it; begin a new one"
    )]
    TransactionEnded,

    /// The connection was used from within a callback of its own: a function, a hook, a collation, a destructor. A WAL hook alone may
    /// use it.
    #[error("the connection cannot be used from within its own {callback}")]
    InCallback {
        /// The kind of callback.
        callback: &'static str,
    },

    /// The transaction was rolled back instead of being committed: a callback panicked while it wrote, so that what it has written
    /// cannot be relied on. The panic itself came out of the call that ran the callback.
    #[error(
        "the transaction was rolled back: its {callback} panicked while it wrote; run it again"
    )]
    TransactionDoomed {
        /// The kind of callback.
        callback: &'static str,
    },

    /// An argument of a function could not be read as the type asked for.
    #[error(transparent)]
    Argument(Box<crate::function::ArgumentTypeError>),

    /// No pragma of that name, which SQLite would have ignored.
    #[error("there is no pragma `{name}` in SQLite {}", crate::version())]
    UnknownPragma {
        /// The pragma asked for.
        name: String,
    },

    /// A path that SQLite cannot be told of: it wants UTF-8 on this system.
    #[error("the path {path:?} is not UTF-8")]
    Path {
        /// The path.
        path: std::path::PathBuf,
    },

    /// The caller's own error, from a closure: see [`Error::other`].
    #[error(transparent)]
    Other(Box<dyn StdError + Send + Sync>),

    /// A pool gave no connection.
    #[cfg(feature = "pool")]
    #[error(transparent)]
    Pool(#[from] crate::pool::PoolError),

    /// A value that does not fit the Arrow type of its column.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Mismatch(Box<crate::batch::MismatchError>),

    /// Loading a batch failed; nothing of the load remains.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Load(Box<crate::batch::LoadError>),

    /// Keys that cannot be looked up.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Lookup(Box<crate::batch::LookupError>),

    /// An Arrow type that has no form in SQLite.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Unsupported(Box<crate::batch::UnsupportedError>),

    /// Arrow reported it, or the caller's reader.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Arrow(Box<arrow_schema::ArrowError>),
}

/// A value that could not be read as the type asked for.
#[derive(Debug, thiserror::Error)]
#[error("cannot read column `{name}` (number {index}, {found}) as {wanted}: {source}")]
#[non_exhaustive]
pub struct ColumnTypeError {
    /// The column's name.
    pub name: String,
    /// The column's number, counted from 0.
    pub index: usize,
    /// What the value is.
    pub found: ValueKind,
    /// The Rust type that was asked for.
    pub wanted: String,
    /// Why it could not be had.
    pub source: FromSqlError,
}

/// A value that could not be bound to a parameter.
#[derive(Debug, thiserror::Error)]
#[error("cannot bind parameter {index}{}: {source}", .name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default())]
#[non_exhaustive]
pub struct ParameterError {
    /// The parameter's number, counted from 1.
    pub index: usize,
    /// Its name, where it has one; `?1` is none.
    pub name: Option<String>,
    /// Why it could not be bound.
    pub source: ToSqlError,
}

impl Error {
    /// Wraps an error of the caller's own, so that a closure can return it.
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The primary result code, where SQLite reported the error.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.sqlite().map(|error| error.code)
    }

    /// The extended result code, where SQLite reported the error.
    #[must_use]
    pub fn extended_code(&self) -> Option<ExtendedCode> {
        self.sqlite().map(|error| error.extended_code)
    }

    /// What stopped the work, where it did not fail by itself: an interrupt, a deadline, or the progress handler.
    #[must_use]
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        match self {
            #[cfg(feature = "pool")]
            Self::Pool(crate::pool::PoolError::Deadline { .. }) => Some(StoppedBy::Deadline),
            _ => self.sqlite()?.stopped_by,
        }
    }

    /// Whether it came of an interrupt: [`InterruptHandle::interrupt`](crate::InterruptHandle::interrupt).
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        self.stopped_by() == Some(StoppedBy::Interrupt)
    }

    /// Whether it came of a deadline, such as [`Connection::set_deadline`](crate::Connection::set_deadline)'s.
    #[must_use]
    pub fn is_deadline(&self) -> bool {
        self.stopped_by() == Some(StoppedBy::Deadline)
    }

    /// What SQLite reported, also where this error says where it happened.
    #[must_use]
    pub fn sqlite(&self) -> Option<&SqliteError> {
        match self {
            Self::Sqlite(error) => Some(error),
            #[cfg(feature = "arrow")]
            Self::Load(error) => error.source.as_deref().and_then(Self::sqlite),
            _ => None,
        }
    }

    pub(crate) fn parameter(index: usize, name: Option<&str>, source: ToSqlError) -> Self {
        Self::Parameter(Box::new(ParameterError {
            index,
            // To SQLite `?1` is a name, which says nothing that the number does not.
            name: name
                .filter(|name| !name.starts_with('?'))
                .map(str::to_owned),
            source,
        }))
    }
}

impl From<FromSqlError> for Error {
    /// For closures that convert a row's values themselves. Where the value was is not known then.
    fn from(error: FromSqlError) -> Self {
        Self::other(error)
    }
}

impl From<SqliteError> for Error {
    fn from(error: SqliteError) -> Self {
        Self::Sqlite(Box::new(error))
    }
}

impl From<ColumnTypeError> for Error {
    fn from(error: ColumnTypeError) -> Self {
        Self::ColumnType(Box::new(error))
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Makes "no row" a value.
pub trait OptionalExtension<T> {
    /// `Ok(None)` for [`Error::NoRows`].
    ///
    /// # Errors
    ///
    /// Every other error.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRows) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
