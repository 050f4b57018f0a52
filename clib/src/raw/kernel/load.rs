//! Loading: rows of columns go into a table, many in one call.

use std::ptr::{self, NonNull};

use clib_sys as sqlite;
use clib_sys::kernel as ffi;
use libc::c_int;

use super::source::Sources;
use crate::callback::limits::Entered;
use crate::error::{Error, Result};
use crate::raw::bound::Bound;
use crate::raw::pointer;
use crate::raw::stmt::Stmt;

/// The kernel's side of a load, which belongs to a statement: the [`Stmt`] that owns this.
///
/// # Invariants
///
/// `load` is live and ours to free.
pub(in crate::raw) struct Load(NonNull<ffi::clib_load>);

impl Drop for Load {
    fn drop(&mut self) {
        // SAFETY: live and ours, by the type invariant, and used no more. Its statement's `Drop` frees it first of all, so the
        // connection is open.
        unsafe { ffi::clib_load_free(self.0.as_ptr()) };
    }
}

/// Why a load has stopped before its last row.
#[derive(Debug)]
pub(crate) struct LoadStop {
    /// Where rows are executed, the batch's row; where they are written directly, the load's.
    pub(crate) row: Option<i64>,
    pub(crate) column: Option<usize>,
    /// SQLite's error; `None` where the value has no form in SQLite.
    pub(crate) error: Option<Error>,
}

fn stopped(stop: &ffi::clib_stop, error: Option<Error>) -> LoadStop {
    LoadStop {
        row: (stop.row >= 0).then_some(stop.row),
        column: usize::try_from(stop.column).ok(),
        error,
    }
}

const NOWHERE: ffi::clib_stop = ffi::clib_stop {
    row: -1,
    column: -1,
};

impl Stmt<'_> {
    /// Begins a load by this statement, which inserts one row of so many columns. At most about `pending_bytes` of index entries
    /// are kept for sorting.
    pub(crate) fn begin_load(&mut self, columns: usize, pending_bytes: usize) -> Result<()> {
        self.check_use()?;
        let mut load = ptr::null_mut();
        // SAFETY: the statement is live; the result is writable.
        let code = unsafe {
            ffi::clib_load_new(
                self.as_ptr(),
                c_int::try_from(columns).unwrap_or(c_int::MAX),
                i64::try_from(pending_bytes).unwrap_or(i64::MAX),
                &raw mut load,
            )
        };
        let Some(load) = NonNull::new(load) else {
            return Err(self.failure(code));
        };
        // SAFETY: it was just made for this statement.
        unsafe { self.set_load(Load(load)) };
        Ok(())
    }

    /// Whether the load puts entries of indexes in order, those of all rows that it is given at once.
    pub(crate) fn load_sorts(&self) -> bool {
        // SAFETY: live, by the type invariant of `Load`.
        self.load()
            .is_some_and(|load| unsafe { ffi::clib_load_sorts(load.0.as_ptr()) } > 0)
    }

    /// Why rows of the load are not written directly; `None` where they are.
    pub(crate) fn load_obstacle(&self) -> Option<&'static str> {
        let Some(load) = self.load() else {
            return Some("it has not begun");
        };
        // SAFETY: live, by the type invariant of `Load`.
        let text = unsafe { ffi::clib_load_obstacle(load.0.as_ptr()) };
        // SAFETY: null, or a static text that ends in NUL.
        let text = unsafe { pointer::c_bytes::<'static>(text) }?;
        Some(std::str::from_utf8(text).unwrap_or("the kernel cannot"))
    }
}

impl<'p> Bound<'_, 'p> {
    /// Executes the statement for the rows `from` to `to` (without it), `group` rows at a time.
    pub(crate) fn load_prepared(
        &mut self,
        sources: &Sources<'p>,
        from: usize,
        to: usize,
        group: usize,
    ) -> Result<(), LoadStop> {
        let (from, to) = within(sources, from, to);
        let mut stop = NOWHERE;
        let _entered = self.enter()?;
        // SAFETY: the statement is live. By the invariant of `Sources` the columns' memory is there for their rows, of which
        // `within` picks some; what stays bound is lent for `'p`, and this value's `Drop` clears it.
        let code = unsafe {
            ffi::clib_load_prepared(
                self.stmt().for_binding(0),
                sources.as_ptr(),
                c_int::try_from(sources.len()).unwrap_or(c_int::MAX),
                from,
                to,
                c_int::try_from(group).unwrap_or(c_int::MAX),
                &raw mut stop,
            )
        };
        self.outcome(code, &stop)
    }

    /// Loads the rows `from` to `to` (without it), before which the load had `base`. Where no load of so many columns has begun,
    /// that is misuse, and an error.
    pub(crate) fn load_direct(
        &mut self,
        sources: &Sources<'p>,
        base: u64,
        from: usize,
        to: usize,
    ) -> Result<(), LoadStop> {
        let (from, to) = within(sources, from, to);
        let mut stop = NOWHERE;
        let _entered = self.enter()?;
        let code = match self.stmt().load() {
            Some(load) if self.columns(sources.len()) => {
                // Its parameters are bound where a row is executed.
                self.stmt().for_binding(0);
                // SAFETY: the load is live by its type's invariant, and its statement, which is this one and live, has as many
                // parameters as there are columns. The rest as in `load_prepared`; index entries that are collected are copies.
                unsafe {
                    ffi::clib_load_rows(
                        load.0.as_ptr(),
                        sources.as_ptr(),
                        i64::try_from(base).unwrap_or(i64::MAX / 2),
                        from,
                        to,
                        &raw mut stop,
                    )
                }
            }
            _ => sqlite::SQLITE_MISUSE,
        };
        self.outcome(code, &stop)
    }

    fn enter(&self) -> Result<Option<Entered>, LoadStop> {
        self.stmt()
            .enter()
            .map_err(|error| stopped(&NOWHERE, Some(error)))
    }

    fn columns(&self, columns: usize) -> bool {
        self.stmt().parameter_count() == columns
    }

    fn outcome(&self, code: c_int, stop: &ffi::clib_stop) -> Result<(), LoadStop> {
        match code {
            sqlite::SQLITE_OK => {
                self.stmt().resume();
                Ok(())
            }
            ffi::CLIB_MISFIT => Err(stopped(stop, None)),
            code => Err(stopped(stop, Some(self.stmt().failure(code)))),
        }
    }
}

/// Rows that the columns have.
fn within(sources: &Sources<'_>, from: usize, to: usize) -> (i64, i64) {
    let to = to.min(sources.rows());
    let long = |row: usize| i64::try_from(row).unwrap_or(0);
    (long(from.min(to)), long(to))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::source::{SourceNan, SourceValues};
    use super::*;
    use crate::raw::db::Db;

    fn open(script: &[&str]) -> Db {
        let flags = sqlite::SQLITE_OPEN_READWRITE | sqlite::SQLITE_OPEN_CREATE;
        let db = Db::open(c":memory:", Path::new(":memory:"), flags, 0).unwrap();
        for sql in script {
            while prepare(&db, sql).step().unwrap() {}
        }
        db
    }

    fn prepare<'db>(db: &'db Db, sql: &str) -> Stmt<'db> {
        Stmt::prepare(db, sql, 0).unwrap().statement.unwrap()
    }

    fn sources(values: &[i64]) -> Sources<'_> {
        let mut sources = Sources::new(values.len());
        sources
            .push(SourceValues::Int64(values), None, None, SourceNan::Misfit)
            .unwrap();
        sources
    }

    fn count(db: &Db, sql: &str) -> String {
        let mut stmt = prepare(db, sql);
        assert!(stmt.step().unwrap());
        format!("{:?}", stmt.value(0).unwrap())
    }

    #[test]
    fn between_calls_indexes_are_whole() {
        if !crate::raw::kernel_available() {
            return;
        }
        let db = open(&["CREATE TABLE t (a UNIQUE)", "BEGIN"]);
        let values: Vec<i64> = (0..1000).rev().collect();
        let mut stmt = prepare(&db, "INSERT INTO t VALUES (?)");
        stmt.begin_load(1, 1 << 20).unwrap();
        stmt.bind_borrowed()
            .load_direct(&sources(&values), 0, 0, 1000)
            .unwrap();
        assert_eq!(stmt.load_obstacle(), None);
        let indexed = "SELECT count(*) FROM t INDEXED BY sqlite_autoindex_t_1 WHERE a >= 0";
        assert_eq!(count(&db, indexed), "Integer(1000)");
        // The second time its rows are there.
        let stop = stmt
            .bind_borrowed()
            .load_direct(&sources(&[-5, -6, 7, -6]), 1000, 0, 4)
            .unwrap_err();
        assert_eq!((stop.row, stop.column), (Some(1002), None));
        assert!(stop.error.unwrap().to_string().contains("t.a"));
    }

    #[test]
    fn a_load_is_its_statements() {
        if !crate::raw::kernel_available() {
            return;
        }
        let db = open(&["CREATE TABLE t (a, b)", "BEGIN"]);
        let mut one = prepare(&db, "INSERT INTO t (a) VALUES (?)");
        let mut other = prepare(&db, "INSERT INTO t (a, b) VALUES (?, ?)");
        one.begin_load(1, 1 << 20).unwrap();
        assert!(other.begin_load(1, 1 << 20).is_err());
        let values = [1, 2, 3];
        let columns = sources(&values);
        // It has none.
        assert!(
            other
                .bind_borrowed()
                .load_direct(&columns, 0, 0, 3)
                .is_err()
        );
        // One of two columns.
        other.begin_load(2, 1 << 20).unwrap();
        assert!(
            other
                .bind_borrowed()
                .load_direct(&columns, 0, 0, 3)
                .is_err()
        );
        assert!(
            other
                .bind_borrowed()
                .load_prepared(&columns, 0, 3, 1)
                .is_err()
        );
        assert!(
            one.bind_borrowed()
                .load_prepared(&columns, 0, 3, 0)
                .is_err()
        );
        one.bind_borrowed().load_direct(&columns, 0, 0, 3).unwrap();
        one.bind_borrowed()
            .load_prepared(&columns, 1, 99, 1)
            .unwrap();
        drop(one);
        assert_eq!(
            count(&db, "SELECT group_concat(a) FROM t"),
            "Text([49, 44, 50, 44, 51, 44, 50, 44, 51])"
        );
    }
}
