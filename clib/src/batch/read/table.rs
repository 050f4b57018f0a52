//! Reading a whole table.

use super::BatchReader;
use super::render::Renderer;
use crate::batch::options::ReadOptions;
use crate::batch::table_name::TableName;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::Execution;
use crate::statement::Statement;

/// The names under which a table's rowid is known, unless it has columns of these names.
const ROWID_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

impl Connection {
    /// Reads a whole table or view in batches, generated columns included.
    ///
    /// It is a `SELECT *`; errors also name the table, and the row's rowid where the table has rowids.
    ///
    /// ```
    /// use clib::{Connection, ReadOptions};
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), ('one')")?;
    /// let error = conn.read_table("t", &ReadOptions::new()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "table `t`, column `a`, row 2 (rowid 2): expected Int64, found TEXT 'one'; \
    ///      choose OnMismatch::Null, Text or Widen, or give the column's type in ReadOptions::schema"
    /// );
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Statement::query_batches`].
    pub fn read_table(
        &self,
        table: impl Into<TableName>,
        options: &ReadOptions,
    ) -> Result<BatchReader<'_>> {
        let table = table.into();
        let from = table.to_sql();
        let stmt = self.prepare(&format!("SELECT * FROM {from}"))?;
        let (stmt, rowids) = match self.with_rowids(&stmt, &from) {
            Some(with_rowids) => (with_rowids, true),
            None => (stmt, false),
        };
        let renderer = Renderer::new(self.db());
        BatchReader::new(
            Execution::of_owned(stmt.into_raw()),
            renderer,
            Some(table.to_string()),
            rowids,
            options,
        )
    }

    /// The same statement with the rowid as one column more, if there are rowids.
    fn with_rowids(&self, stmt: &Statement<'_>, from: &str) -> Option<Statement<'_>> {
        let name = rowid_name(stmt)?;
        // An error for views and for tables WITHOUT ROWID.
        self.prepare(&format!("SELECT *, {name} FROM {from}")).ok()
    }
}

/// A name of the rowid that is no column's, among the columns of `SELECT *`.
pub(in crate::batch) fn rowid_name(stmt: &Statement<'_>) -> Option<&'static str> {
    ROWID_NAMES
        .into_iter()
        .find(|name| stmt.column_index(name).is_none())
}
