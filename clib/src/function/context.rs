//! What a function sees of a call.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::callback::function::Call;
use crate::error::{Error, Result};
use crate::raw;
use crate::types::{FromSql, FromSqlError, ValueKind, ValueRef};

/// A call of a function: its arguments, counted from 0.
///
/// What is lent here lives until the call returns.
pub struct Context<'a>(Call<'a>);

/// An argument that could not be read as the type asked for.
#[derive(Debug, thiserror::Error)]
#[error("cannot read argument {} of {function}() ({found}) as {wanted}: {source}", .index + 1)]
#[non_exhaustive]
pub struct ArgumentTypeError {
    /// The function.
    pub function: String,
    /// Which argument, counted from 0.
    pub index: usize,
    /// What the value is.
    pub found: ValueKind,
    /// The Rust type that was asked for.
    pub wanted: &'static str,
    /// Why it could not be had.
    pub source: FromSqlError,
}

impl<'a> Context<'a> {
    #[inline]
    pub(crate) fn new(call: Call<'a>) -> Self {
        Self(call)
    }

    /// How many arguments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// An argument, converted.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] where the value is of another type, and where there is no such argument.
    #[doc(alias = "sqlite3_value_int64")]
    #[doc(alias = "sqlite3_value_double")]
    #[inline]
    pub fn get<'c, T: FromSql<'c>>(&'c self, index: usize) -> Result<T> {
        // Not by `get_raw`, whose result is as large as its error.
        let Some(value) = self.0.value(index) else {
            return Err(self.absent(index));
        };
        T::from_sql(value)
            .map_err(|source| self.unreadable(index, value, std::any::type_name::<T>(), source))
    }

    /// An argument as it is.
    ///
    /// # Errors
    ///
    /// Where there is no such argument, or memory is short.
    #[doc(alias = "sqlite3_value_type")]
    #[doc(alias = "sqlite3_value_text")]
    #[doc(alias = "sqlite3_value_blob")]
    #[inline]
    pub fn get_raw(&self, index: usize) -> Result<ValueRef<'_>> {
        self.0.value(index).ok_or_else(|| self.absent(index))
    }

    /// What was made of an argument once for all rows, where it is a constant in the statement: a compiled pattern, for example.
    /// Where SQLite keeps it, it is made again only where the argument has changed.
    ///
    /// ```
    /// use clib::{Connection, FromSql, FunctionFlags};
    ///
    /// # let mut conn = Connection::open_in_memory()?;
    /// conn.create_scalar_function("has_any", 2, FunctionFlags::DETERMINISTIC, |context| {
    ///     let words = context.get_or_create_aux(1, |value| {
    ///         let list = <&str>::from_sql(value)?;
    ///         Ok(list.split(',').map(str::to_owned).collect::<Vec<String>>())
    ///     })?;
    ///     let text: &str = context.get(0)?;
    ///     Ok(words.iter().any(|word| text.contains(word)))
    /// })?;
    /// let sql = "SELECT count(*) FROM (VALUES ('a bird'), ('a plane')) WHERE has_any(column1, 'bird,fish')";
    /// assert_eq!(conn.query_row(sql, (), |row| row.get::<_, i64>(0))?, 1);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `make`, and where there is no such argument.
    #[doc(alias = "sqlite3_get_auxdata")]
    #[doc(alias = "sqlite3_set_auxdata")]
    pub fn get_or_create_aux<T, F>(&self, index: usize, make: F) -> Result<Arc<T>>
    where
        T: Any + Send + Sync,
        F: FnOnce(ValueRef<'_>) -> Result<T>,
    {
        if let Some(value) = self.0.auxiliary(index) {
            return Ok(value);
        }
        let value = Arc::new(make(self.get_raw(index)?)?);
        self.0.set_auxiliary(index, Arc::clone(&value));
        Ok(value)
    }

    /// Why there is no such argument.
    #[cold]
    fn absent(&self, index: usize) -> Error {
        if index < self.0.len() {
            return raw::out_of_memory();
        }
        Error::other(format!(
            "{}() has no argument {index}: it was given {}, counted from 0",
            self.0.name(),
            self.0.len()
        ))
    }

    #[cold]
    fn unreadable(
        &self,
        index: usize,
        value: ValueRef<'_>,
        wanted: &'static str,
        source: FromSqlError,
    ) -> Error {
        Error::Argument(Box::new(ArgumentTypeError {
            function: self.0.name().to_owned(),
            index,
            found: value.kind(),
            wanted,
            source,
        }))
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("function", &self.0.name())
            .field("arguments", &self.0.len())
            .finish_non_exhaustive()
    }
}
