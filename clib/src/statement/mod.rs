//! [`Statement`]: a prepared statement. Wraps [`sqlite3_stmt`](https://sqlite.org/c3ref/stmt.html).

mod changes;
mod params;
#[cfg(test)]
mod tests;

pub use params::{Params, ParamsFromIter, params_from_iter};

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::time::Instant;

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::raw::{Bound, Stmt};
use crate::rows::{MappedRows, Row, Rows};

/// A prepared statement. It borrows its connection, which so outlives it.
///
/// One made by [`Connection::prepare_cached`] goes back to the connection's cache when it is dropped.
pub struct Statement<'conn> {
    conn: &'conn Connection,
    raw: Stmt<'conn>,
    /// See [`changes::counts`].
    counts_changes: OnceCell<bool>,
}

/// What a statement says of one of its result columns before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name: the `AS` clause, or what SQLite makes of the expression.
    pub name: String,
    /// The declared type of the table's column, as it was written; `None` for an expression, or where none is declared.
    pub decl_type: Option<String>,
}

impl<'conn> Statement<'conn> {
    pub(crate) fn new(conn: &'conn Connection, raw: Stmt<'conn>) -> Self {
        Self {
            conn,
            raw,
            counts_changes: OnceCell::new(),
        }
    }

    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn raw_mut(&mut self) -> &mut Stmt<'conn> {
        &mut self.raw
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn into_raw(self) -> Stmt<'conn> {
        self.raw
    }

    #[cfg(test)]
    pub(crate) fn raw_address(&self) -> usize {
        self.raw.address()
    }

    /// Gives the statement a deadline, or takes it away with `None`: no step of it goes on after that. It stays until it is set
    /// again or the statement is dropped.
    ///
    /// See [`Connection::set_deadline`] for how deadlines work.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let mut endless = conn.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")?;
    /// endless.set_deadline(Some(Instant::now() + Duration::from_millis(20)))?;
    /// assert!(endless.execute(()).unwrap_err().is_deadline());
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// In a progress or busy handler of this connection.
    #[doc(alias = "sqlite3_progress_handler")]
    pub fn set_deadline(&mut self, deadline: Option<Instant>) -> Result<()> {
        self.raw.set_deadline(deadline)
    }

    /// The connection that prepared it.
    #[must_use]
    pub fn connection(&self) -> &'conn Connection {
        self.conn
    }

    /// Runs the statement and gives its rows one by one.
    ///
    /// Texts and blobs among the parameters are copied; [`query_borrowed`](Self::query_borrowed) borrows them.
    ///
    /// # Errors
    ///
    /// Those of binding. Execution begins with [`Rows::next`].
    #[doc(alias = "sqlite3_bind")]
    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        let conn = self.conn;
        Ok(Rows::new(conn, self.bind_copies(params)?))
    }

    /// As [`query`](Self::query), without copying: texts and blobs stay where they are, and must outlive the rows.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let text = "a long text".repeat(1000);
    /// let mut stmt = conn.prepare("SELECT length(?1)")?;
    /// let params = (&text,);
    /// let mut rows = stmt.query_borrowed(&params)?;
    /// let row = rows.next()?.expect("one row");
    /// assert_eq!(row.get::<_, usize>(0)?, text.len());
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of binding. Execution begins with [`Rows::next`].
    #[doc(alias = "SQLITE_STATIC")]
    pub fn query_borrowed<'a, P: Params + ?Sized>(&'a mut self, params: &'a P) -> Result<Rows<'a>> {
        let conn = self.conn;
        Ok(Rows::new(conn, self.bind_borrowed(params)?))
    }

    /// Runs the statement and converts each row with `f`.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let mut stmt = conn.prepare("SELECT value FROM generate_series(1, 3)")
    ///     .or_else(|_| conn.prepare("VALUES (1), (2), (3)"))?;
    /// let numbers = stmt.query_map((), |row| row.get(0))?.collect::<clib::Result<Vec<i64>>>()?;
    /// assert_eq!(numbers, [1, 2, 3]);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of binding; the iterator's items are the others, and it ends after one of SQLite's.
    pub fn query_map<T, F>(&mut self, params: impl Params, f: F) -> Result<MappedRows<'_, F>>
    where
        F: FnMut(&Row<'_>) -> Result<T>,
    {
        Ok(MappedRows::new(self.query(params)?, f))
    }

    /// Runs the statement and converts its first row. Further rows are not looked at.
    ///
    /// Texts and blobs are bound without a copy.
    ///
    /// # Errors
    ///
    /// [`Error::NoRows`] where there is none, those of the statement, and those of `f`.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        f: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut bound = self.bind_borrowed(&params)?;
        if !bound.step()? {
            return Err(Error::NoRows);
        }
        let value = f(&Row::new(bound.stmt()))?;
        bound.finish()?;
        Ok(value)
    }

    /// Runs the statement to its end and returns how many rows it inserted, updated or deleted (0 for other statements).
    /// Rows that it returns are dropped.
    ///
    /// Texts and blobs are bound without a copy.
    ///
    /// # Errors
    ///
    /// Those of binding and of the execution.
    #[doc(alias = "sqlite3_step")]
    pub fn execute(&mut self, params: impl Params) -> Result<u64> {
        let db = self.conn.db();
        let before = db.total_changes();
        let mut bound = self.bind_borrowed(&params)?;
        while bound.step()? {}
        drop(bound);
        // Statements that change no rows leave the number of the one before, or of what a virtual table did for them.
        let counts = db.total_changes() != before
            && *self
                .counts_changes
                .get_or_init(|| changes::counts(self.sql()));
        Ok(if counts { db.changes() } else { 0 })
    }

    /// Starts an execution with copies of the parameters; it goes on with [`Stmt::step`] or the result.
    pub(crate) fn bind_copies(&mut self, params: impl Params) -> Result<Bound<'_, 'static>> {
        self.conn.ready()?;
        self.raw.bind_copies(|binder| params.bind(binder))
    }

    fn bind_borrowed<'s, 'p, P: Params + ?Sized>(
        &'s mut self,
        params: &'p P,
    ) -> Result<Bound<'s, 'p>> {
        self.conn.ready()?;
        let mut bound = self.raw.bind_borrowed();
        params.bind(&mut bound.binder())?;
        Ok(bound)
    }

    /// How many columns the statement returns; 0 where it returns no rows.
    #[doc(alias = "sqlite3_column_count")]
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.raw.column_count()
    }

    /// The name of a column, counted from 0; U+FFFD stands for what is not UTF-8.
    #[doc(alias = "sqlite3_column_name")]
    #[must_use]
    pub fn column_name(&self, column: usize) -> Option<Cow<'_, str>> {
        self.raw.column_name(column).map(String::from_utf8_lossy)
    }

    /// The names of all columns.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        (0..self.column_count())
            .filter_map(|column| self.column_name(column))
            .map(Cow::into_owned)
            .collect()
    }

    /// The number of the first column of that name, counted from 0. ASCII case does not matter.
    #[must_use]
    pub fn column_index(&self, name: &str) -> Option<usize> {
        column_index(&self.raw, name)
    }

    /// All columns with their declared types.
    #[doc(alias = "sqlite3_column_decltype")]
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (0..self.column_count())
            .map(|column| Column {
                name: self.raw.column_name(column).map(text).unwrap_or_default(),
                decl_type: self.raw.column_decltype(column).map(text),
            })
            .collect()
    }

    /// Whether the statement leaves the database as it is. `BEGIN`, `COMMIT` and the like do, in SQLite's eyes.
    #[doc(alias = "sqlite3_stmt_readonly")]
    #[must_use]
    pub fn is_readonly(&self) -> bool {
        self.raw.is_readonly()
    }

    /// The SQL text.
    #[doc(alias = "sqlite3_sql")]
    #[must_use]
    pub fn sql(&self) -> &str {
        self.raw.sql().unwrap_or_default()
    }

    /// The SQL text with the parameters' current values in their places. They are those of the last execution where it
    /// was one of [`query`](Self::query); borrowed values are gone with it and stand as NULL. `None` where memory or
    /// SQLite's limit on lengths is too small.
    #[doc(alias = "sqlite3_expanded_sql")]
    #[must_use]
    pub fn expanded_sql(&self) -> Option<String> {
        self.raw.expanded_sql()
    }

    /// How many parameters the statement has: the highest number, so that `?5` alone makes five.
    #[doc(alias = "sqlite3_bind_parameter_count")]
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.raw.parameter_count()
    }

    /// The name of a parameter, prefix (`:`, `@`, `$`, `?`) included; parameters count from 1.
    #[doc(alias = "sqlite3_bind_parameter_name")]
    #[must_use]
    pub fn parameter_name(&self, parameter: usize) -> Option<&str> {
        std::str::from_utf8(self.raw.parameter_name(parameter)?).ok()
    }

    /// The number of a parameter by its name, prefix included.
    #[doc(alias = "sqlite3_bind_parameter_index")]
    #[must_use]
    pub fn parameter_index(&self, name: &str) -> Option<usize> {
        self.raw.parameter_index(name)
    }
}

impl fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("sql", &self.sql())
            .finish_non_exhaustive()
    }
}

/// The first column of that name: a row's and a statement's rule.
pub(crate) fn column_index(stmt: &Stmt<'_>, name: &str) -> Option<usize> {
    (0..stmt.column_count()).find(|column| {
        stmt.column_name(*column)
            .is_some_and(|this| this.eq_ignore_ascii_case(name.as_bytes()))
    })
}
