//! The two special destructors, which C makes by casting a number and bindgen cannot express.

use std::mem;

use crate::sqlite3_destructor_type;

/// The memory outlives its use by SQLite, which neither copies nor frees it.
pub const SQLITE_STATIC: sqlite3_destructor_type = None;

/// SQLite copies the memory before the call returns.
#[allow(non_snake_case, reason = "named as in C")]
#[expect(
    clippy::disallowed_methods,
    reason = "a number that is no address, not stored bytes"
)]
#[inline]
#[must_use]
pub fn SQLITE_TRANSIENT() -> sqlite3_destructor_type {
    // SAFETY: an `Option` of a function pointer has a pointer's size; C defines this value as -1 cast to that type. It
    // is only ever compared and handed to SQLite, never called.
    Some(unsafe { mem::transmute::<isize, unsafe extern "C" fn(*mut libc::c_void)>(-1) })
}
