//! The pre-update hook: what C calls before a row changes, and what a closure sees of the row.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ptr;

use clib_sys as ffi;
use libc::{c_char, c_int, c_void};

use super::hook::State;
use super::{kind, run};
use crate::error::{ColumnTypeError, Error, Result};
use crate::hooks::Action;
use crate::raw::{self, argument, pointer};
use crate::types::{FromSql, ValueRef};

/// A row that is about to change, as [`Connection::preupdate_hook`](crate::Connection::preupdate_hook) is told of it.
///
/// # Invariants
///
/// `db` is the connection that has called the hook, and the call does not return during `'a`.
pub struct PreUpdate<'a> {
    db: *mut ffi::sqlite3,
    action: Action,
    schema: Cow<'a, str>,
    table: Cow<'a, str>,
    old_rowid: i64,
    new_rowid: i64,
    call: PhantomData<&'a ()>,
}

impl PreUpdate<'_> {
    /// What is to become of the row.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The schema's name: `"main"`, or what the database was attached as.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Who changes it: 0 is a statement, 1 a trigger, 2 a trigger of a trigger's. What a foreign key does counts as a trigger.
    #[doc(alias = "sqlite3_preupdate_depth")]
    #[must_use]
    pub fn depth(&self) -> usize {
        // SAFETY: within the hook's call, by the type invariant.
        let depth = unsafe { ffi::sqlite3_preupdate_depth(self.db) };
        usize::try_from(depth).unwrap_or(0)
    }

    /// How many columns the row has.
    #[doc(alias = "sqlite3_preupdate_count")]
    #[must_use]
    pub fn column_count(&self) -> usize {
        // SAFETY: within the hook's call, by the type invariant.
        let count = unsafe { ffi::sqlite3_preupdate_count(self.db) };
        usize::try_from(count).unwrap_or(0)
    }

    /// The row as it is; `None` where it is inserted.
    #[doc(alias = "sqlite3_preupdate_old")]
    #[must_use]
    pub fn before(&self) -> Option<RowImage<'_>> {
        let is_there = self.action != Action::Insert;
        is_there.then_some(RowImage {
            change: self,
            is_new: false,
        })
    }

    /// The row as it is to be; `None` where it is deleted.
    #[doc(alias = "sqlite3_preupdate_new")]
    #[must_use]
    pub fn after(&self) -> Option<RowImage<'_>> {
        let is_there = self.action != Action::Delete;
        is_there.then_some(RowImage {
            change: self,
            is_new: true,
        })
    }
}

impl fmt::Debug for PreUpdate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreUpdate")
            .field("action", &self.action)
            .field("schema", &self.schema)
            .field("table", &self.table)
            .field("before", &self.before())
            .field("after", &self.after())
            .finish_non_exhaustive()
    }
}

/// The values of a row before or after a change. They are lent until the hook returns.
#[derive(Clone, Copy)]
pub struct RowImage<'a> {
    change: &'a PreUpdate<'a>,
    is_new: bool,
}

impl<'a> RowImage<'a> {
    /// The rowid; 0 in a table that is `WITHOUT ROWID`.
    #[must_use]
    pub fn rowid(&self) -> i64 {
        if self.is_new {
            self.change.new_rowid
        } else {
            self.change.old_rowid
        }
    }

    /// The value of a column, converted. Columns count from 0, in the order of `CREATE TABLE`.
    ///
    /// # Errors
    ///
    /// [`Error::ColumnType`] where the value is of another type, and those of [`get_raw`](Self::get_raw).
    pub fn get<T: FromSql<'a>>(&self, column: usize) -> Result<T> {
        let value = self.get_raw(column)?;
        T::from_sql(value).map_err(|source| {
            let row = if self.is_new { "new" } else { "old" };
            Error::from(ColumnTypeError {
                name: format!("{}.{row}", self.change.table),
                index: column,
                found: value.kind(),
                wanted: std::any::type_name::<T>().to_owned(),
                source,
            })
        })
    }

    /// The value of a column as it is.
    ///
    /// # Errors
    ///
    /// [`Error::ColumnIndex`] where there is no such column; SQLite's where memory is short, the database damaged, or the value is
    /// computed and not stored.
    #[doc(alias = "sqlite3_preupdate_old")]
    #[doc(alias = "sqlite3_preupdate_new")]
    pub fn get_raw(&self, column: usize) -> Result<ValueRef<'a>> {
        let count = self.change.column_count();
        let Some(index) = c_int::try_from(column).ok().filter(|_| column < count) else {
            return Err(Error::ColumnIndex {
                index: column,
                count,
            });
        };
        let db = self.change.db;
        let mut value = ptr::null_mut();
        let code = if self.is_new {
            // SAFETY: within the call of the hook, by the invariant of `PreUpdate`; the result is writable.
            unsafe { ffi::sqlite3_preupdate_new(db, index, &raw mut value) }
        } else {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_preupdate_old(db, index, &raw mut value) }
        };
        if code != ffi::SQLITE_OK {
            return Err(raw::without_connection(code));
        }
        if value.is_null() {
            // SQLite says nothing where it has no memory for the row.
            return Err(raw::out_of_memory());
        }
        // SAFETY: one value, which lives until the hook returns, and so during `'a`. It is that column's alone: asking for it again, or
        // for another one, neither converts nor moves what it lends.
        let value = unsafe { argument::value(&raw mut value, 0) };
        value.ok_or_else(raw::out_of_memory)
    }
}

impl fmt::Debug for RowImage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = (0..self.change.column_count()).map(|column| self.get_raw(column));
        f.debug_struct("RowImage")
            .field("rowid", &self.rowid())
            .field("values", &values.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Told of a row that is about to change.
pub(crate) unsafe extern "C" fn preupdate<F>(
    data: *mut c_void,
    db: *mut ffi::sqlite3,
    action: c_int,
    schema: *const c_char,
    table: *const c_char,
    old_rowid: i64,
    new_rowid: i64,
) where
    F: FnMut(&PreUpdate<'_>) + Send + 'static,
{
    // SAFETY: the data of a hook that was set with this callback, and that is dropped as in `hook::commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return;
    };
    run::<kind::PreUpdateHook>(&state.callbacks, || {
        // SAFETY: null or NUL-terminated, and SQLite's during this call.
        let schema = unsafe { pointer::c_bytes(schema) }.unwrap_or_default();
        // SAFETY: as above.
        let table = unsafe { pointer::c_bytes(table) }.unwrap_or_default();
        let change = PreUpdate {
            db,
            action: Action::of(action),
            schema: String::from_utf8_lossy(schema),
            table: String::from_utf8_lossy(table),
            old_rowid,
            new_rowid,
            call: PhantomData,
        };
        state.call(|hook| hook(&change));
    });
}
