//! Snapshots of a database in WAL mode: one state of it, that other connections can read too.
//! Wraps [`sqlite3_snapshot`](https://sqlite.org/c3ref/snapshot.html).
//!
//! The vendored library has them; others may.

use std::ffi::CStr;
use std::ptr::{self, NonNull};

use clib_sys as ffi;

use super::db::Db;
use super::library;
use crate::error::Result;

/// What [`Snapshot`] stands on.
const FUNCTIONS: [&str; 3] = [
    "sqlite3_snapshot_get",
    "sqlite3_snapshot_open",
    "sqlite3_snapshot_free",
];

/// A state of a database.
///
/// # Invariants
///
/// The pointer was made by `sqlite3_snapshot_get`, and is ours to free.
pub(crate) struct Snapshot(NonNull<ffi::sqlite3_snapshot>);

impl Snapshot {
    /// The state that the connection's open transaction reads, or begins to read now. `None` where there is no transaction
    /// or one that writes, where the database is not in WAL mode or nothing was written to its WAL yet, and where the
    /// library has no snapshots.
    pub(crate) fn take(db: &Db, schema: &CStr) -> Option<Self> {
        if !FUNCTIONS.iter().all(|function| library::has(function)) {
            return None;
        }
        let mut snapshot = ptr::null_mut();
        // SAFETY: open, by the type invariant of `Db`; the name is NUL-terminated and the result writable.
        let code =
            unsafe { ffi::sqlite3_snapshot_get(db.as_ptr(), schema.as_ptr(), &raw mut snapshot) };
        if code == ffi::SQLITE_OK {
            NonNull::new(snapshot).map(Self)
        } else {
            None
        }
    }

    /// Makes another connection's transaction, which has not read yet, read this state. The connection has read the
    /// database before, so that it knows of its WAL.
    ///
    /// # Errors
    ///
    /// `ErrorSnapshot` where the state is no longer there, and SQLite's others.
    pub(crate) fn open(&self, db: &Db, schema: &CStr) -> Result<()> {
        // SAFETY: open, by the type invariant of `Db`; the name is NUL-terminated, and the snapshot live by ours.
        let code =
            unsafe { ffi::sqlite3_snapshot_open(db.as_ptr(), schema.as_ptr(), self.0.as_ptr()) };
        db.check(code, None)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // SAFETY: ours to free, by the type invariant, and used no more.
        unsafe { ffi::sqlite3_snapshot_free(self.0.as_ptr()) }
    }
}
