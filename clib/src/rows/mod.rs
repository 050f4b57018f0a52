//! [`Rows`] and [`Row`]: results, row by row. See [stepping](https://sqlite.org/c3ref/step.html) and [result
//! values](https://sqlite.org/c3ref/column_blob.html).

mod index;
mod row;
#[cfg(test)]
mod tests;

pub use index::RowIndex;
pub use row::Row;

use std::fmt;
use std::iter::FusedIterator;

use crate::connection::Connection;
use crate::error::Result;
use crate::raw::Bound;

/// The rows of a running statement. Dropping it ends the execution.
///
/// A statement that writes and returns rows (`RETURNING`), outside a transaction, commits when its execution ends. Where
/// that is not at its last row, [`close`](Self::close) tells whether it could; dropping cannot tell.
///
/// A row borrows this value until the next step, so this is no [`Iterator`]; [`query_map`] gives one.
///
/// [`query_map`]: crate::Statement::query_map
pub struct Rows<'stmt> {
    execution: Bound<'stmt, 'stmt>,
    is_done: bool,
    /// Before the first step: what must be settled then, as a load can have failed since the parameters were bound.
    unsettled: Option<&'stmt Connection>,
}

impl<'stmt> Rows<'stmt> {
    pub(crate) fn new(conn: &'stmt Connection, execution: Bound<'stmt, 'stmt>) -> Self {
        Self {
            execution,
            is_done: false,
            unsettled: Some(conn),
        }
    }

    /// The next row; `None` after the last one, again and again. The execution ends with the last row or an error.
    ///
    /// # Errors
    ///
    /// SQLite's; after one there are no more rows.
    #[doc(alias = "sqlite3_step")]
    #[expect(
        clippy::should_implement_trait,
        reason = "the row borrows `self`, which `Iterator` cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        if self.is_done {
            return Ok(None);
        }
        if let Some(conn) = self.unsettled.take()
            && let Err(error) = conn.ready()
        {
            self.is_done = true;
            self.execution.reset();
            return Err(error);
        }
        match self.execution.step() {
            Ok(true) => Ok(Some(Row::new(self.execution.stmt()))),
            end => {
                self.is_done = true;
                // Locks go now, not when this value does.
                self.execution.reset();
                end.map(|_| None)
            }
        }
    }

    /// Ends the execution, and reports what dropping would swallow: a commit that fails.
    ///
    /// # Errors
    ///
    /// SQLite's; what the statement wrote is rolled back then.
    #[doc(alias = "sqlite3_reset")]
    pub fn close(self) -> Result<()> {
        if self.is_done {
            return Ok(());
        }
        self.execution.finish()
    }

    /// How many columns the rows have.
    #[doc(alias = "sqlite3_column_count")]
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.execution.stmt().column_count()
    }

    /// Converts each row with `f`.
    pub fn map<T, F: FnMut(&Row<'_>) -> Result<T>>(self, f: F) -> MappedRows<'stmt, F> {
        MappedRows::new(self, f)
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("sql", &self.execution.stmt().sql().unwrap_or_default())
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}

/// Rows, each converted by a closure: [`Statement::query_map`](crate::Statement::query_map).
#[derive(Debug)]
pub struct MappedRows<'stmt, F> {
    rows: Rows<'stmt>,
    f: F,
}

impl<'stmt, F> MappedRows<'stmt, F> {
    pub(crate) fn new(rows: Rows<'stmt>, f: F) -> Self {
        Self { rows, f }
    }

    /// As [`Rows::close`].
    ///
    /// # Errors
    ///
    /// As [`Rows::close`].
    pub fn close(self) -> Result<()> {
        self.rows.close()
    }
}

/// It stays at its end, also after an error of SQLite's.
impl<T, F: FnMut(&Row<'_>) -> Result<T>> FusedIterator for MappedRows<'_, F> {}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for MappedRows<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(Some(row)) => Some((self.f)(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
