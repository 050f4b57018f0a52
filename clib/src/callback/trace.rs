//! Tracing: what C calls.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::time::Duration;

use clib_sys as ffi;
use libc::{c_char, c_int, c_uint, c_void};

use super::hook::State;
use super::{kind, run};
use crate::raw::pointer;

/// A statement that is traced.
///
/// # Invariants
///
/// `stmt` is live during `'a`.
pub struct TracedStatement<'a> {
    stmt: NonNull<ffi::sqlite3_stmt>,
    call: PhantomData<&'a ()>,
}

impl TracedStatement<'_> {
    /// The SQL text; U+FFFD stands for what is not UTF-8.
    #[doc(alias = "sqlite3_sql")]
    #[must_use]
    pub fn sql(&self) -> Cow<'_, str> {
        // SAFETY: live, by the type invariant.
        let sql = unsafe { ffi::sqlite3_sql(self.stmt.as_ptr()) };
        // SAFETY: null or NUL-terminated, and the statement's.
        let sql = unsafe { pointer::c_bytes(sql) }.unwrap_or_default();
        String::from_utf8_lossy(sql)
    }

    /// The SQL text with the parameters' values in their places; `None` where memory or SQLite's limit on lengths is too small.
    #[doc(alias = "sqlite3_expanded_sql")]
    #[must_use]
    pub fn expanded_sql(&self) -> Option<String> {
        // SAFETY: live, by the type invariant. What is bound is readable: it is let go of before the memory is.
        let sql = unsafe { ffi::sqlite3_expanded_sql(self.stmt.as_ptr()) };
        // SAFETY: null or NUL-terminated, and ours.
        let copy = unsafe { pointer::string(sql) };
        // SAFETY: from SQLite's allocator, or null, and used no more.
        unsafe { ffi::sqlite3_free(sql.cast()) };
        copy
    }
}

impl fmt::Debug for TracedStatement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedStatement")
            .field("sql", &self.sql())
            .finish_non_exhaustive()
    }
}

/// What [`Connection::trace`](crate::Connection::trace) is told of.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceEvent<'a> {
    /// A statement begins to run, or a trigger within it.
    #[doc(alias = "SQLITE_TRACE_STMT")]
    Statement {
        /// The statement.
        statement: TracedStatement<'a>,
        /// SQLite's comment, where it is not just the statement that begins: `TRIGGER` and a trigger's name, the text of a
        /// trigger's statement, or the statement's own, where it runs within another one.
        comment: Option<Cow<'a, str>>,
    },
    /// A statement has ended, after about that time.
    #[doc(alias = "SQLITE_TRACE_PROFILE")]
    Profile {
        /// The statement.
        statement: TracedStatement<'a>,
        /// From its beginning to its end, also while the caller looked at rows.
        duration: Duration,
    },
    /// A statement has made a row.
    #[doc(alias = "SQLITE_TRACE_ROW")]
    Row {
        /// The statement.
        statement: TracedStatement<'a>,
    },
}

/// Told of what a statement does. What it returns is not looked at.
pub(crate) unsafe extern "C" fn traced<F>(
    event: c_uint,
    data: *mut c_void,
    first: *mut c_void,
    second: *mut c_void,
) -> c_int
where
    F: FnMut(TraceEvent<'_>) + Send + 'static,
{
    const STATEMENT: c_uint = ffi::SQLITE_TRACE_STMT.cast_unsigned();
    const PROFILE: c_uint = ffi::SQLITE_TRACE_PROFILE.cast_unsigned();
    const ROW: c_uint = ffi::SQLITE_TRACE_ROW.cast_unsigned();
    // SAFETY: the data of a hook that was set with this callback, and that is dropped as in `hook::commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return 0;
    };
    run::<kind::Trace>(&state.callbacks, || {
        let Some(stmt) = NonNull::new(first.cast()) else {
            return;
        };
        let statement = TracedStatement {
            stmt,
            call: PhantomData,
        };
        let event = match event {
            STATEMENT => {
                let text = second.cast::<c_char>().cast_const();
                // SAFETY: the statement is live during this call.
                let own = unsafe { ffi::sqlite3_sql(stmt.as_ptr()) };
                let comment = if text == own {
                    None
                } else {
                    // SAFETY: for this event a text that ends in NUL, which lives during this call.
                    let text = unsafe { pointer::c_bytes(text) }.unwrap_or_default();
                    Some(text.strip_prefix(b"-- ").unwrap_or(text))
                };
                TraceEvent::Statement {
                    statement,
                    comment: comment.map(String::from_utf8_lossy),
                }
            }
            PROFILE => {
                // SAFETY: for this event null or a number of nanoseconds, which lives during this call.
                let time = unsafe { second.cast::<i64>().as_ref() };
                let time = time.and_then(|time| u64::try_from(*time).ok());
                TraceEvent::Profile {
                    statement,
                    duration: Duration::from_nanos(time.unwrap_or(0)),
                }
            }
            ROW => TraceEvent::Row { statement },
            _ => return,
        };
        state.call(|trace| trace(event));
    });
    0
}
