//! Table input: batches and vectors that stand in SQL as tables.

mod columns;
#[cfg(test)]
mod tests;
mod values;

pub use values::InputValues;

use std::ffi::CString;
use std::fmt;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use self::columns::Piece;
use crate::batch::declared::{self, Affinity};
use crate::batch::error::{LoadError, UnsupportedError};
use crate::batch::load::{Problem, check_names};
use crate::batch::options::{LoadMode, LoadOptions};
use crate::batch::table_name::{TableName, quote};
use crate::connection::Connection;
use crate::error::{Code, Error, Result};
use crate::raw::{self, Compares, Input};

/// A table input: batches, or a vector, that SQL reads as a table. Made by [`Connection::table_input`] and
/// [`Connection::table_input_of`].
///
/// Dropping it takes the table away. A statement that is running then goes on with the same rows to its end, and keeps their memory;
/// others no longer find the table. One that is leaked stays until the connection is closed.
pub struct TableInput<'conn> {
    conn: &'conn Connection,
    name: String,
    rows: u64,
    place: Place,
}

/// What the table is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A module of the kernel's.
    Module,
    /// A temporary table, where there is no kernel.
    Table,
    /// Nothing any more.
    Gone,
}

impl Connection {
    /// Makes batches a table in SQL: for joins, `IN`, `INSERT ... SELECT`, `UPDATE ... FROM`. It can be read and not written.
    ///
    /// The rows are not copied: the table reads the batches' memory. Columns have the names and declared types that
    /// [`load`](Self::load) would create, and values the same form; dates, decimals, views and nested types are written as text at
    /// once. The rowid is the number of the row, from 1 over all batches.
    ///
    /// Columns whose values do not fall from row to row are found when the table is made. On them and on the rowid, comparisons and
    /// `ORDER BY` are answered by binary search, as by an index; and the planner knows how many rows and different values there are.
    ///
    /// ```
    /// use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
    /// use clib::Connection;
    /// use std::sync::Arc;
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch(
    ///     "CREATE TABLE item (id INTEGER PRIMARY KEY, price REAL);
    ///      INSERT INTO item VALUES (1, 10), (2, 20), (3, 30)",
    /// )?;
    /// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 3, 4]));
    /// let prices: ArrayRef = Arc::new(Float64Array::from(vec![11.0, 33.0, 44.0]));
    /// let batch = RecordBatch::try_from_iter([("id", ids), ("price", prices)]).unwrap();
    ///
    /// let input = conn.table_input("changed", &[batch])?;
    /// let updated = conn.execute(
    ///     "UPDATE item SET price = changed.price FROM changed WHERE changed.id = item.id",
    ///     (),
    /// )?;
    /// assert_eq!(updated, 2);
    /// input.close()?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// It is outside of transactions: a rollback does not remove it. Where SQLite is not vendored, the batches are loaded into a
    /// temporary table instead, inside the transaction if there is one; what SQL sees is the same. Tables that are made
    /// later may take the name.
    ///
    /// # Errors
    ///
    /// A name that a table, view or virtual table has; no batch, or batches of different schemas; no column, more than SQLite
    /// allows, or two whose names differ in nothing but ASCII case; [`Error::Unsupported`] for a type that
    /// SQLite cannot hold; [`Error::Load`] naming column and row for a value that it cannot: integers beyond `i64`, NaN, dates and
    /// times out of range.
    #[doc(alias = "sqlite3_create_module_v2")]
    pub fn table_input(&self, name: &str, batches: &[RecordBatch]) -> Result<TableInput<'_>> {
        let schema = common_schema(name, batches)?;
        self.check_columns(name, &schema)?;
        self.free_name(name)?;
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let place = if is_fused() {
            self.register_input(name, &schema, batches)?;
            Place::Module
        } else {
            let table = TableName::in_schema("temp", name);
            let reader = RecordBatchIterator::new(batches.iter().cloned().map(Ok), schema);
            self.load(table, reader, &LoadOptions::new().mode(LoadMode::Create))?;
            Place::Table
        };
        Ok(TableInput {
            conn: self,
            name: name.to_owned(),
            rows,
            place,
        })
    }

    /// Makes a vector a table in SQL with one column, `value`: see [`table_input`](Self::table_input).
    ///
    /// Vectors of numbers are not copied.
    ///
    /// ```
    /// let conn = clib::Connection::open_in_memory()?;
    /// conn.execute_batch(
    ///     "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
    ///      INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    /// )?;
    /// let ids = conn.table_input_of("ids", vec![3_i64, 1])?;
    /// let mut stmt = conn.prepare("SELECT name FROM item WHERE id IN ids ORDER BY id")?;
    /// let names: Vec<String> = stmt.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    /// assert_eq!(names, ["one", "three"]);
    /// # drop(stmt);
    /// # drop(ids);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`table_input`](Self::table_input).
    #[doc(alias = "carray")]
    pub fn table_input_of(&self, name: &str, values: impl InputValues) -> Result<TableInput<'_>> {
        let array = values.into_array();
        let field = Field::new("value", array.data_type().clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema, vec![array])?;
        self.table_input(name, &[batch])
    }

    /// SQLite must be able to make a table of the columns: a module's declaration is looked at when the table is used first.
    fn check_columns(&self, name: &str, schema: &Schema) -> Result<()> {
        check_names(schema).map_err(|Problem { column, reason }| problem(name, column, reason))?;
        let (columns, most) = (schema.fields().len(), self.db().most_columns());
        if columns > most {
            return Err(problem(
                name,
                None,
                format!("the batches have {columns} columns, and a table has at most {most}"),
            ));
        }
        Ok(())
    }

    /// An error where the name means something already.
    fn free_name(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(problem(name, None, "a table input needs a name"));
        }
        match self.prepare(&format!("SELECT 1 FROM {}", quote(name))) {
            Err(Error::Sqlite(error))
                if error.code == Code::Error && error.message.starts_with("no such table") =>
            {
                Ok(())
            }
            Err(error @ Error::Sqlite(_)) if error.code() != Some(Code::Error) => Err(error),
            Err(error @ Error::NulInString { .. }) => Err(error),
            _ => Err(taken(name)),
        }
    }

    fn register_input(
        &self,
        name: &str,
        schema: &SchemaRef,
        batches: &[RecordBatch],
    ) -> Result<()> {
        let (declaration, compares) = declare(schema)?;
        let mut first = 0;
        let mut pieces = Vec::new();
        for batch in batches {
            pieces.push(Piece::new(batch, schema).map_err(|unfit| {
                Error::from(LoadError {
                    table: name.to_owned(),
                    row: unfit.row.map(|row| first + row as u64 + 1),
                    column: Some(unfit.column),
                    reason: unfit.reason,
                    source: None,
                })
            })?);
            first += batch.num_rows() as u64;
        }
        let input = Input::new(self.db(), declaration, &compares, pieces, |pieces| {
            pieces.iter().map(Piece::describe).collect()
        });
        let Some(input) = input else {
            return Err(Error::from(ArrowError::InvalidArgumentError(
                "a batch's buffers are shorter than its rows, or of a type that table input does not know".to_owned(),
            )));
        };
        if input.register(self.db(), &raw::c_string(name)?)? {
            Ok(())
        } else {
            Err(taken(name))
        }
    }
}

/// Whether the kernel makes the table.
fn is_fused() -> bool {
    #[cfg(test)]
    if PORTABLE.get() {
        return false;
    }
    raw::kernel_available()
}

#[cfg(test)]
thread_local! {
    /// Makes table inputs from here on do without the kernel.
    static PORTABLE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

fn problem(name: &str, column: Option<String>, reason: impl Into<String>) -> Error {
    LoadError {
        table: name.to_owned(),
        row: None,
        column,
        reason: reason.into(),
        source: None,
    }
    .into()
}

fn taken(name: &str) -> Error {
    problem(
        name,
        None,
        "there is a table, view or virtual table of that name: choose another one for the table input",
    )
}

/// The schema of all batches.
fn common_schema(name: &str, batches: &[RecordBatch]) -> Result<SchemaRef> {
    let Some(first) = batches.first() else {
        return Err(problem(
            name,
            None,
            "there is no batch, so the columns are not known: give an empty batch with its schema",
        ));
    };
    let schema = first.schema();
    for (index, batch) in batches.iter().enumerate() {
        let other = batch.schema();
        let same = schema.fields().len() == other.fields().len()
            && schema
                .fields()
                .iter()
                .zip(other.fields())
                .all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type());
        if !same {
            return Err(problem(
                name,
                None,
                format!("batch {} has other columns than the first one", index + 1),
            ));
        }
    }
    Ok(schema)
}

/// The table's declaration, and how its columns are compared.
fn declare(schema: &Schema) -> Result<(CString, Vec<Compares>)> {
    let mut sql = "CREATE TABLE x(".to_owned();
    let mut compares = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let declared = declared::declare(field.data_type()).map_err(|reason| UnsupportedError {
            column: field.name().clone(),
            data_type: field.data_type().clone(),
            reason,
        })?;
        if index > 0 {
            sql += ", ";
        }
        sql += &quote(field.name());
        sql += " ";
        sql += &declared;
        compares.push(columns::compares(
            field.data_type(),
            declared::affinity(&declared) == Affinity::Text,
        ));
    }
    sql += ")";
    Ok((raw::c_string(sql)?, compares))
}

impl TableInput<'_> {
    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the table away.
    ///
    /// # Errors
    ///
    /// Where SQLite is not vendored and a statement is running: the table stays until the connection is closed.
    pub fn close(mut self) -> Result<()> {
        self.remove()
    }

    fn remove(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.place, Place::Gone) {
            Place::Module => {
                let name = raw::c_string(self.name.as_str())?;
                raw::remove_input(self.conn.db(), &name)?;
                // Each would have to be prepared again, and until then keep the rows.
                self.conn.flush_statement_cache();
                Ok(())
            }
            Place::Table => {
                // After a deadline too: nobody would take it away later.
                let _suspended = self.conn.db().suspend_limits();
                self.conn
                    .execute_batch(&format!("DROP TABLE IF EXISTS temp.{}", quote(&self.name)))
            }
            Place::Gone => Ok(()),
        }
    }
}

impl Drop for TableInput<'_> {
    fn drop(&mut self) {
        // What `close` would report: the table stays until the connection is closed.
        let _ = self.remove();
    }
}

impl fmt::Debug for TableInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableInput")
            .field("name", &self.name)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
