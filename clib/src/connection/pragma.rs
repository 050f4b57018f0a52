//! [Pragmas](https://sqlite.org/pragma.html): names are checked and values quoted, so that nobody pastes SQL.

use super::Connection;
use crate::error::{Error, OptionalExtension, Result};
use crate::rows::Row;
use crate::types::{FromSqlOwned, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl Connection {
    /// The value of a pragma: the first column of its first row.
    ///
    /// `schema` is `Some("main")`, or the name of an attached database; with `None` SQLite chooses.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let pages: i64 = conn.pragma_get(Some("main"), "page_count")?;
    /// assert_eq!(pages, 0);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPragma`] (SQLite itself would say nothing), [`Error::NoRows`] where it has no value, and the
    /// conversion's.
    pub fn pragma_get<T: FromSqlOwned>(&self, schema: Option<&str>, name: &str) -> Result<T> {
        self.query_row(&self.pragma(schema, name)?, (), |row| row.get(0))
    }

    /// Every row of a pragma. Pragmas with an argument are better read as tables: `SELECT * FROM pragma_table_info(?1)`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPragma`], and those of `f`.
    pub fn pragma_query(
        &self,
        schema: Option<&str>,
        name: &str,
        mut f: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut stmt = self.prepare(&self.pragma(schema, name)?)?;
        let mut rows = stmt.query(())?;
        while let Some(row) = rows.next()? {
            f(&row)?;
        }
        Ok(())
    }

    /// Sets a pragma. Some take only values that fit and ignore others: [`pragma_get`](Self::pragma_get) tells.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// conn.pragma_set(None, "cache_size", -8192)?;
    /// conn.pragma_set(Some("main"), "journal_mode", "memory")?;
    /// assert_eq!(conn.pragma_get::<i64>(None, "cache_size")?, -8192);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPragma`], a value that is a blob or NULL, and SQLite's.
    pub fn pragma_set(&self, schema: Option<&str>, name: &str, value: impl ToSql) -> Result<()> {
        let mut sql = self.pragma(schema, name)?;
        sql += " = ";
        let output = value
            .to_sql()
            .map_err(|error| Error::parameter(1, Some(name), error))?;
        let value = match &output {
            ToSqlOutput::Borrowed(value) => *value,
            ToSqlOutput::Owned(value) => ValueRef::from(value),
        };
        sql += &literal(value).map_err(|error| Error::parameter(1, Some(name), error))?;
        self.execute(&sql, ())?;
        Ok(())
    }

    /// `PRAGMA schema.name`, for a pragma that exists.
    fn pragma(&self, schema: Option<&str>, name: &str) -> Result<String> {
        let known = self
            .prepare_cached("SELECT 1 FROM pragma_pragma_list WHERE name = lower(?1)")?
            .query_row([name], |_| Ok(()))
            .optional()?;
        if known.is_none() {
            return Err(Error::UnknownPragma {
                name: name.to_owned(),
            });
        }
        // A known pragma's name is an identifier.
        Ok(match schema {
            Some(schema) => format!("PRAGMA \"{}\".{name}", schema.replace('"', "\"\"")),
            None => format!("PRAGMA {name}"),
        })
    }
}

/// A value as a pragma takes it: a number or a quoted text.
fn literal(value: ValueRef<'_>) -> Result<String, ToSqlError> {
    match value {
        ValueRef::Integer(value) => Ok(value.to_string()),
        ValueRef::Real(value) => Ok(format!("{value:?}")),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(ToSqlError::other)?;
            Ok(format!("'{}'", text.replace('\'', "''")))
        }
        ValueRef::Null | ValueRef::Blob(_) => Err(ToSqlError::other(format!(
            "a pragma takes a number or a text, not {}",
            value.kind()
        ))),
    }
}
