//! [`Row`].

use std::any::type_name;
use std::borrow::Cow;
use std::fmt;

use super::index::{Columns, RowIndex};
use crate::error::{ColumnTypeError, Result};
use crate::raw::Stmt;
use crate::types::{FromSql, ValueRef};

/// The current row of a running statement. It borrows the [`Rows`](super::Rows), which cannot step while it is there.
#[derive(Clone, Copy)]
pub struct Row<'row> {
    stmt: &'row Stmt<'row>,
}

impl<'row> Row<'row> {
    pub(crate) fn new(stmt: &'row Stmt<'row>) -> Self {
        Self { stmt }
    }

    /// A column's value as a Rust type. `&str` and `&[u8]` borrow the row's own memory.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let mut stmt = conn.prepare("SELECT 1 AS id, 'Ada' AS name, NULL AS email")?;
    /// let mut rows = stmt.query(())?;
    /// let row = rows.next()?.expect("one row");
    /// let id: u32 = row.get(0)?;
    /// let name: &str = row.get("name")?;
    /// let email = row.get::<_, Option<String>>("email")?;
    /// assert_eq!((id, name, email), (1, "Ada", None));
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ColumnIndex`](crate::Error::ColumnIndex) or [`Error::ColumnName`](crate::Error::ColumnName) where there is no such column,
    /// [`Error::ColumnType`](crate::Error::ColumnType) where the value does not fit the type.
    #[doc(alias = "sqlite3_column_value")]
    #[inline]
    pub fn get<I: RowIndex, T: FromSql<'row>>(&self, index: I) -> Result<T> {
        let index = index.index(Columns(self.stmt))?;
        let value = self.stmt.value(index)?;
        T::from_sql(value).map_err(|source| {
            ColumnTypeError {
                name: self
                    .stmt
                    .column_name(index)
                    .map(|name| String::from_utf8_lossy(name).into_owned())
                    .unwrap_or_default(),
                index,
                found: value.kind(),
                wanted: short_name(type_name::<T>()),
                source,
            }
            .into()
        })
    }

    /// A column's value, borrowed from the row.
    ///
    /// # Errors
    ///
    /// Where there is no such column, or memory is short.
    #[doc(alias = "sqlite3_column_value")]
    #[inline]
    pub fn get_ref(&self, index: impl RowIndex) -> Result<ValueRef<'row>> {
        self.stmt.value(index.index(Columns(self.stmt))?)
    }

    /// The name of a column, counted from 0; U+FFFD stands for what is not UTF-8.
    #[doc(alias = "sqlite3_column_name")]
    #[must_use]
    pub fn column_name(&self, column: usize) -> Option<Cow<'row, str>> {
        self.stmt.column_name(column).map(String::from_utf8_lossy)
    }

    /// The names of all columns.
    #[must_use]
    pub fn column_names(&self) -> Vec<Cow<'row, str>> {
        (0..self.column_count())
            .filter_map(|column| self.column_name(column))
            .collect()
    }

    /// How many columns the row has.
    #[doc(alias = "sqlite3_data_count")]
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.stmt.data_count()
    }
}

/// A type's name as one writes it: `Option<String>`, where the compiler says `core::option::Option<alloc::string::String>`.
fn short_name(full: &str) -> String {
    let mut short = String::new();
    for part in full.split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))) {
        short += part.rsplit("::").next().unwrap_or(part);
    }
    short
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for column in 0..self.column_count() {
            let name = self.stmt.column_name(column).unwrap_or_default();
            let name = String::from_utf8_lossy(name);
            match self.stmt.value(column) {
                Ok(value) => map.entry(&name, &format_args!("{}", value.preview())),
                Err(error) => map.entry(&name, &error),
            };
        }
        map.finish()
    }
}
