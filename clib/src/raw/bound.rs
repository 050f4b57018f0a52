//! Binding parameters: copied, or lent for a lifetime that the types hold.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use clib_sys as ffi;
use libc::c_int;

use super::stmt::Stmt;
use crate::error::{Error, Result};
use crate::types::{ToSql, ToSqlOutput, ValueRef};

/// A statement that is being executed, with bindings that may point at memory of lifetime `'p`.
///
/// Dropping it ends the execution and the loan. Where it is leaked instead, the statement remembers, and clears its
/// bindings before anything reads them: [`Stmt::bind_copies`], [`Stmt::bind_borrowed`], [`Stmt::expanded_sql`] and its
/// `Drop` do.
pub(crate) struct Bound<'s, 'p> {
    /// Made from a `&'s mut Stmt`, so nobody else has it.
    stmt: &'s Stmt<'s>,
    /// Whether bindings point at the caller's memory; otherwise SQLite has copies, which stay.
    lends: bool,
    /// As a collection of slices would hold them: what was bound must outlive this value.
    lent: PhantomData<&'p [u8]>,
}

impl<'s, 'p> Bound<'s, 'p> {
    /// Called by [`Stmt::bind_copies`] and [`Stmt::bind_borrowed`], which marks the statement.
    pub(super) fn new(stmt: &'s mut Stmt<'_>, lends: bool) -> Self {
        Self {
            stmt,
            lends,
            lent: PhantomData,
        }
    }

    /// For binding through [`Params`](crate::Params), without copies.
    pub(crate) fn binder(&mut self) -> Binder<'_, 'p> {
        Binder {
            stmt: self.stmt,
            copies: !self.lends,
            lent: PhantomData,
        }
    }

    /// As [`binder`](Self::binder), with copies, so that it does not matter how long the values live.
    pub(super) fn copying_binder<'any>(&mut self) -> Binder<'_, 'any> {
        Binder {
            stmt: self.stmt,
            copies: true,
            lent: PhantomData,
        }
    }

    pub(crate) fn stmt(&self) -> &Stmt<'s> {
        self.stmt
    }

    /// Makes the parameters NULL for which that is asked.
    pub(super) fn clear_where(&self, clears: impl Fn(usize) -> bool) -> Result<()> {
        (1..=self.stmt.parameter_count())
            .filter(|parameter| clears(*parameter))
            .try_for_each(|parameter| {
                bind(self.stmt, parameter, ValueRef::Null, ffi::SQLITE_STATIC)
            })
    }

    /// One step: whether there is a row.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<bool> {
        self.stmt.advance()
    }

    /// Ends the execution, and reports what dropping would swallow: where the statement is a transaction of its own and
    /// was not stepped to its end, it commits now.
    pub(crate) fn finish(self) -> Result<()> {
        self.stmt.finish()
    }

    /// Ends the execution and keeps the bindings, for the next one.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.stmt.rewind();
    }

    /// Binds a value; its text or blob is lent for `'p`. Parameters count from 1.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(crate) fn bind(&mut self, parameter: usize, value: ValueRef<'p>) -> Result<()> {
        // Lent until `'p` ends at the latest: this value's `Drop` clears the bindings, or `'p` is `'static`.
        bind(self.stmt, parameter, value, ffi::SQLITE_STATIC)
    }
}

impl Drop for Bound<'_, '_> {
    fn drop(&mut self) {
        if self.lends {
            self.stmt.end_loan();
            self.stmt.resume();
        } else {
            self.stmt.rewind();
        }
    }
}

/// Where [`Params`](crate::Params) go: the parameters of a statement that is about to be executed.
///
/// Parameters count from 1, as in SQLite. `'p` is how long the values live.
pub struct Binder<'s, 'p> {
    stmt: &'s Stmt<'s>,
    /// Whether SQLite makes copies; otherwise texts and blobs are lent until `'p` ends at the latest.
    copies: bool,
    /// Invariant: the statement outlives this value and keeps the loan, so `'p` may not be shortened here.
    lent: PhantomData<Cell<&'p [u8]>>,
}

impl<'p> Binder<'_, 'p> {
    /// The statement's SQL text, for messages.
    pub(crate) fn sql(&self) -> &str {
        self.stmt.sql().unwrap_or_default()
    }

    /// How many parameters the statement has: the highest number, so that `?5` alone makes five.
    #[doc(alias = "sqlite3_bind_parameter_count")]
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.stmt.parameter_count()
    }

    /// The number of the parameter with that name, prefix (`:`, `@`, `$`) included.
    #[doc(alias = "sqlite3_bind_parameter_index")]
    #[must_use]
    pub fn parameter_index(&self, name: &str) -> Option<usize> {
        self.stmt.parameter_index(name)
    }

    /// The name of a parameter, prefix included; `None` where it has none.
    #[doc(alias = "sqlite3_bind_parameter_name")]
    #[must_use]
    pub fn parameter_name(&self, parameter: usize) -> Option<&str> {
        std::str::from_utf8(self.stmt.parameter_name(parameter)?).ok()
    }

    /// Binds a value to a parameter.
    ///
    /// # Errors
    ///
    /// The value's own conversion, a number that is no parameter of the statement, or a value over SQLite's size limit.
    #[doc(alias = "sqlite3_bind_int64")]
    #[doc(alias = "sqlite3_bind_double")]
    #[doc(alias = "sqlite3_bind_text64")]
    #[doc(alias = "sqlite3_bind_blob64")]
    #[doc(alias = "sqlite3_bind_null")]
    pub fn bind<T: ToSql + ?Sized>(&mut self, parameter: usize, value: &'p T) -> Result<()> {
        let output = value
            .to_sql()
            .map_err(|error| Error::parameter(parameter, self.parameter_name(parameter), error))?;
        match output {
            ToSqlOutput::Borrowed(value) if self.copies => {
                bind(self.stmt, parameter, value, ffi::SQLITE_TRANSIENT())
            }
            // Not for longer than `'p`: by the lifetime of `to_sql`'s result, and `Bound` clears it before.
            ToSqlOutput::Borrowed(value) => bind(self.stmt, parameter, value, ffi::SQLITE_STATIC),
            ToSqlOutput::Owned(value) => bind(
                self.stmt,
                parameter,
                ValueRef::from(&value),
                ffi::SQLITE_TRANSIENT(),
            ),
        }
    }
}

impl fmt::Debug for Binder<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binder")
            .field("parameters", &self.parameter_count())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "arrow")]
impl Stmt<'_> {
    /// Ends the execution, and binds a copy of a value for the next one. Parameters count from 1.
    pub(crate) fn rebind(&mut self, parameter: usize, value: ValueRef<'_>) -> Result<()> {
        bind(self, parameter, value, ffi::SQLITE_TRANSIENT())
    }
}

/// Binds one value.
///
/// With `SQLITE_STATIC` the caller sees to it that the binding is gone before the memory is.
#[inline]
fn bind(
    stmt: &Stmt<'_>,
    parameter: usize,
    value: ValueRef<'_>,
    lifetime: ffi::sqlite3_destructor_type,
) -> Result<()> {
    stmt.check_use()?;
    let index = c_int::try_from(parameter).unwrap_or(c_int::MAX);
    let ptr = stmt.for_binding(parameter);
    let code = match value {
        // SAFETY: `ptr` is live by `Stmt`'s invariant; any index is allowed.
        ValueRef::Null => unsafe { ffi::sqlite3_bind_null(ptr, index) },
        // SAFETY: as above.
        ValueRef::Integer(value) => unsafe { ffi::sqlite3_bind_int64(ptr, index, value) },
        // SAFETY: as above.
        ValueRef::Real(value) => unsafe { ffi::sqlite3_bind_double(ptr, index, value) },
        ValueRef::Text(text) => {
            const UTF8: u8 = 1;
            const { assert!(UTF8 as i32 == ffi::SQLITE_UTF8) };
            // SAFETY: as above; `text` is readable for its length, now (SQLITE_TRANSIENT) or until the binding is cleared
            // (SQLITE_STATIC, by the caller's promise). An empty slice's pointer is not null, so it binds an empty text.
            unsafe {
                ffi::sqlite3_bind_text64(
                    ptr,
                    index,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    lifetime,
                    UTF8,
                )
            }
        }
        ValueRef::Blob(blob) => {
            // SAFETY: as for a text.
            unsafe {
                ffi::sqlite3_bind_blob64(
                    ptr,
                    index,
                    blob.as_ptr().cast(),
                    blob.len() as u64,
                    lifetime,
                )
            }
        }
    };
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(stmt.failure(code))
    }
}
