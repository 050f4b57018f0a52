//! Functions that the safe layer calls and not every library has: newer than
//! [`MINIMUM_VERSION`](crate::MINIMUM_VERSION), or there only where the library was compiled with an option. The library's
//! own where it has them, else a stand-in that says as much as the other library can.
//!
//! Whether a library was compiled with `SQLITE_ENABLE_SNAPSHOT` does not show in its version or its header, and what the
//! linker finds here need not be what the program meets. So those functions are taken from the vendored library alone.

#[cfg(not(sqlite_before_3_37))]
pub use crate::bindings::{sqlite3_changes64, sqlite3_total_changes64};

#[cfg(not(sqlite_before_3_38))]
pub use crate::bindings::sqlite3_error_offset;

#[cfg(link_mode = "vendored")]
pub use crate::bindings::{sqlite3_snapshot_free, sqlite3_snapshot_get, sqlite3_snapshot_open};

/// Stand-in for a library older than 3.37: counts up to `i32::MAX`.
///
/// # Safety
///
/// As `sqlite3_changes`.
#[cfg(sqlite_before_3_37)]
pub unsafe fn sqlite3_changes64(db: *mut crate::sqlite3) -> crate::sqlite3_int64 {
    // SAFETY: the caller's promise.
    i64::from(unsafe { crate::sqlite3_changes(db) })
}

/// Stand-in for a library older than 3.37: counts up to `i32::MAX`.
///
/// # Safety
///
/// As `sqlite3_total_changes`.
#[cfg(sqlite_before_3_37)]
pub unsafe fn sqlite3_total_changes64(db: *mut crate::sqlite3) -> crate::sqlite3_int64 {
    // SAFETY: the caller's promise.
    i64::from(unsafe { crate::sqlite3_total_changes(db) })
}

/// Stand-in for a library older than 3.38, which does not know the offset: -1.
///
/// # Safety
///
/// None needed; `unsafe` as the original is.
#[cfg(sqlite_before_3_38)]
pub unsafe fn sqlite3_error_offset(_db: *mut crate::sqlite3) -> libc::c_int {
    -1
}

/// Stand-in for a library that may lack it: there is no snapshot, as where the database is not in WAL mode.
///
/// # Safety
///
/// None needed; `unsafe` as the original is.
#[cfg(not(link_mode = "vendored"))]
pub unsafe fn sqlite3_snapshot_get(
    _db: *mut crate::sqlite3,
    _schema: *const libc::c_char,
    _snapshot: *mut *mut crate::sqlite3_snapshot,
) -> libc::c_int {
    crate::SQLITE_ERROR
}

/// Stand-in for a library that may lack it: the snapshot cannot be had.
///
/// # Safety
///
/// None needed; `unsafe` as the original is.
#[cfg(not(link_mode = "vendored"))]
pub unsafe fn sqlite3_snapshot_open(
    _db: *mut crate::sqlite3,
    _schema: *const libc::c_char,
    _snapshot: *mut crate::sqlite3_snapshot,
) -> libc::c_int {
    crate::SQLITE_ERROR
}

/// Stand-in for a library that may lack it, and so has made no snapshot to be freed.
///
/// # Safety
///
/// None needed; `unsafe` as the original is.
#[cfg(not(link_mode = "vendored"))]
pub unsafe fn sqlite3_snapshot_free(_snapshot: *mut crate::sqlite3_snapshot) {}
