//! Functions newer than [`MINIMUM_VERSION`](crate::MINIMUM_VERSION) that the safe layer calls: the library's own where
//! it has them, else a stand-in that says as much as the older library can.

#[cfg(not(sqlite_before_3_37))]
pub use crate::bindings::{sqlite3_changes64, sqlite3_total_changes64};

#[cfg(not(sqlite_before_3_38))]
pub use crate::bindings::sqlite3_error_offset;

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
