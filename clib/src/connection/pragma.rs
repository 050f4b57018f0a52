//! [Pragmas](https://sqlite.org/pragma.html): names are checked and values quoted, so that nobody pastes SQL.

use super::Connection;
use crate::error::{Error, Result};
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
        self.execute(&self.assignment(schema, name, value)?, ())?;
        Ok(())
    }

    /// Sets a pragma and returns its answer: the first column of the first row, such as the journal mode that it has now.
    ///
    /// ```
    /// # let conn = clib::Connection::open_in_memory()?;
    /// let mode: String = conn.pragma_set_and_get(None, "journal_mode", "wal")?;
    /// assert_eq!(mode, "memory", "a database in memory has no other");
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`pragma_set`](Self::pragma_set), [`Error::NoRows`] for one that does not answer, and the conversion's.
    pub fn pragma_set_and_get<T: FromSqlOwned>(
        &self,
        schema: Option<&str>,
        name: &str,
        value: impl ToSql,
    ) -> Result<T> {
        let sql = self.assignment(schema, name, value)?;
        self.query_row(&sql, (), |row| row.get(0))
    }

    fn assignment(&self, schema: Option<&str>, name: &str, value: impl ToSql) -> Result<String> {
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
        Ok(sql)
    }

    /// Whether SQLite has such a pragma. Asked by a pragma too, which no table of the file can stand in for, and which
    /// reads no schema and so takes no lock.
    fn check_pragma(&self, name: &str) -> Result<()> {
        let mut list = self.prepare("PRAGMA pragma_list")?;
        let mut rows = list.query(())?;
        while let Some(row) = rows.next()? {
            if row.get::<_, &str>(0)?.eq_ignore_ascii_case(name) {
                return Ok(());
            }
        }
        Err(Error::UnknownPragma {
            name: name.to_owned(),
        })
    }

    /// `PRAGMA schema.name`, for a pragma that exists.
    fn pragma(&self, schema: Option<&str>, name: &str) -> Result<String> {
        self.check_pragma(name)?;
        // A pragma's name is an identifier.
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
        ValueRef::Real(value) if value.is_finite() => Ok(format!("{value:?}")),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(ToSqlError::other)?;
            Ok(format!("'{}'", text.replace('\'', "''")))
        }
        ValueRef::Real(value) => Err(ToSqlError::other(format!(
            "a pragma takes a number that is finite, not {value}"
        ))),
        ValueRef::Null | ValueRef::Blob(_) => Err(ToSqlError::other(format!(
            "a pragma takes a number or a text, not {}",
            value.kind()
        ))),
    }
}
