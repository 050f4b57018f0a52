//! Stand-ins for functions that the safe layer calls all the time and that a library of the minimum version lacks: each says as
//! much as that library can.

use libc::c_int;

use crate::{sqlite3, sqlite3_int64};

/// The address of the stand-in for a function, if there is one.
pub(super) fn stand_in(function: &str) -> Option<*const ()> {
    match function {
        "sqlite3_changes64" => Some(changes64 as *const ()),
        "sqlite3_total_changes64" => Some(total_changes64 as *const ()),
        "sqlite3_error_offset" => Some(error_offset as *const ()),
        _ => None,
    }
}

/// For a library older than 3.37: counts up to `i32::MAX`.
unsafe extern "C" fn changes64(db: *mut sqlite3) -> sqlite3_int64 {
    // SAFETY: the caller's promise.
    i64::from(unsafe { crate::sqlite3_changes(db) })
}

/// For a library older than 3.37: counts up to `i32::MAX`.
unsafe extern "C" fn total_changes64(db: *mut sqlite3) -> sqlite3_int64 {
    // SAFETY: the caller's promise.
    i64::from(unsafe { crate::sqlite3_total_changes(db) })
}

/// For a library older than 3.38, which does not know the offset: -1.
unsafe extern "C" fn error_offset(_db: *mut sqlite3) -> c_int {
    -1
}
