//! SQLite for Rust, made to move data in bulk: ownership and lifetimes are types, and rows cross the C boundary many at
//! a time, as Arrow columns.
//!
//! ```
//! use clib::Connection;
//!
//! let conn = Connection::open_in_memory()?;
//! conn.execute_batch("CREATE TABLE person (name TEXT, age INTEGER)")?;
//! conn.execute("INSERT INTO person VALUES (?1, ?2)", ("Ada", 36))?;
//!
//! let mut stmt = conn.prepare("SELECT name, age FROM person WHERE age > ?1")?;
//! let mut rows = stmt.query([30])?;
//! while let Some(row) = rows.next()? {
//!     let name: &str = row.get("name")?; // borrows the row
//!     let age: u8 = row.get(1)?;
//!     assert_eq!((name, age), ("Ada", 36));
//! }
//! # Ok::<(), clib::Error>(())
//! ```
//!
//! # Where to look
//!
//! - [`Connection`] opens, executes and prepares; [`Statement`], [`Rows`] and [`Row`] read row by row.
//! - [`Params`] binds, [`ToSql`] and [`FromSql`] convert; the table of types is in [`types`].
//! - [`Transaction`] and [`Savepoint`] roll back what is not committed.
//! - [`batch`] (feature `arrow`, on by default) reads statements and tables as Arrow record batches, and loads them.
//! - [`Connection::create_scalar_function`], [`Aggregate`] and [`WindowAggregate`] are SQL functions in Rust; [`BatchAggregate`]
//!   takes columns of arguments. [`Connection::create_collation`] orders texts.
//! - [`Connection::commit_hook`], [`update_hook`](Connection::update_hook), [`authorizer`](Connection::authorizer),
//!   [`trace`](Connection::trace) and their like tell of what happens on a connection.
//! - [`pool`] (feature `pool`, on by default) shares a database between threads: one writer, many readers.
//! - `async_bridge` (feature `async`) has the pool, streams of batches, and a connection with a thread of its own, for any runtime.
//! - [`LoadExtensionGuard`] loads SQLite extensions; `extension!` (feature `extension`) makes one of a crate.
//! - [`Error`] says what went wrong, where, and what to do.
//!
//! # Panics
//!
//! A panic in code that SQLite calls (functions, collations, hooks) does not unwind through C. It is contained, SQLite is told of
//! a failure, and the panic goes on in the call that had led to it, as if there were no C in between; the connection works
//! afterwards. Compiled with `panic = "abort"` there is nothing to contain: the program ends where it panics. An error that such
//! code returns comes out of that call unchanged, as an [`Error::Other`] that can be downcast.
//!
//! # Link modes
//!
//! Features choose how SQLite is linked: `vendored` (default: compiled in), `system` (an installed library), `external` (by
//! another crate of the program) or `dlopen` (opened at run time, see [`load_library`]); [`clib_sys`](ffi) says more. The interface
//! is the same; [`LINK_MODE`] and [`version`] tell what a program runs with, and [`require`] what it lacks.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

/// Ends a test where the library in use is older than what its SQL needs.
#[cfg(test)]
macro_rules! needs_sqlite {
    ($version:literal, $what:literal) => {
        if crate::version_number() < $version {
            println!("skipped: SQLite {} has no {}", crate::version(), $what);
            return;
        }
    };
}

/// Whether a checker that makes everything slow asks tests to be small.
#[cfg(test)]
fn is_slow() -> bool {
    std::env::var_os("CLIB_TESTS_SLOW").is_some()
}

#[cfg(feature = "async")]
pub mod async_bridge;
#[cfg(feature = "arrow")]
pub mod batch;
mod callback;
mod collation;
mod connection;
mod error;
mod function;
mod hooks;
#[cfg(feature = "pool")]
pub mod pool;
mod raw;
mod rows;
mod statement;
mod trace;
mod transaction;
pub mod types;

#[cfg(feature = "arrow")]
pub use batch::{
    BatchReader, DetachedReader, InputValues, LoadError, LoadMode, LoadOptions, LoadPath,
    LoadReport, Loader, Lookup, LookupError, MismatchError, NotParallel, OnMismatch, OnNan,
    ParallelOptions, ParallelReader, ReadOptions, ReadPath, ReadPlan, ReadReport, TableInput,
    TableName, UnsupportedError,
};
#[cfg(feature = "extension")]
#[doc(hidden)]
pub use callback::extension::initialise_extension;
pub use callback::hook::WalCommit;
pub use callback::preupdate::{PreUpdate, RowImage};
pub use collation::Collation;
pub use connection::{Connection, InterruptHandle, InterruptScope, OpenFlags};
pub use error::{
    Code, ColumnTypeError, Damage, Error, ExtendedCode, MissingFunction, OptionalExtension,
    ParameterError, Result, SqliteError, StoppedBy,
};
pub use function::{
    Aggregate, ArgumentBatch, ArgumentError, ArgumentType, ArgumentTypeError, BatchAggregate,
    Bytes, Context, FunctionFlags, Numbers, Texts, TypedFunction, Values, WindowAggregate,
};
pub use hooks::{Action, AuthAction, AuthContext, Authorization};
#[cfg(feature = "pool")]
pub use pool::{Pool, PoolError, PooledConnection};
pub use raw::{Binder, BorrowedConnection, LoadExtensionGuard, load_library, require};
pub use rows::{MappedRows, Row, RowIndex, Rows};
pub use statement::{Column, Params, ParamsFromIter, Statement, params_from_iter};
pub use trace::{TraceEvent, TraceEvents, TracedStatement};
pub use transaction::{Savepoint, Transaction, TransactionBehavior};
pub use types::{
    FromSql, FromSqlError, FromSqlOwned, ToSql, ToSqlError, ToSqlOutput, Value, ValueKind, ValueRef,
};

/// The raw interface, for connections that are shared with other code: [`Connection::from_raw`].
pub use clib_sys as ffi;

/// How SQLite is linked: `vendored`, `system`, `external` or `dlopen`.
pub const LINK_MODE: &str = clib_sys::LINK_MODE;

/// The version of the SQLite in use, such as `3.54.1`; `not loaded` in link mode `dlopen` where no library can be opened.
#[doc(alias = "sqlite3_libversion")]
#[must_use]
pub fn version() -> &'static str {
    raw::version()
}

/// The version of the SQLite in use as a number that can be compared, such as 3054001; 0 in link mode `dlopen` where no library
/// can be opened.
///
/// What SQL it understands depends on it: `RETURNING` needs 3035000, and `STRICT` tables 3037000.
#[doc(alias = "sqlite3_libversion_number")]
#[must_use]
pub fn version_number() -> i32 {
    raw::version_number()
}

/// The README's examples, compiled with the documentation's.
#[cfg(all(doctest, feature = "arrow"))]
#[doc = include_str!("../README.md")]
struct Readme;
