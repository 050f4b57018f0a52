//! The library that is linked, in any mode: is it the one that the build found, and new enough?

use std::ffi::{CStr, c_char};

/// What a function that returns a static string says.
#[expect(
    clippy::disallowed_methods,
    reason = "clib's helper is above this crate; null is checked"
)]
fn text(pointer: *const c_char) -> &'static str {
    assert!(!pointer.is_null());
    // SAFETY: not null, and SQLite's version strings are static and end with a NUL.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap()
}

#[test]
fn the_library_is_the_one_the_build_found() {
    // SAFETY: takes no arguments.
    let version = text(unsafe { clib_sys::sqlite3_libversion() });
    assert_eq!(version, clib_sys::BUILD_VERSION);
}

#[test]
fn the_library_is_new_enough() {
    // SAFETY: takes no arguments.
    let number = unsafe { clib_sys::sqlite3_libversion_number() };
    assert!(number >= clib_sys::MINIMUM_VERSION_NUMBER, "{number}");
}

#[test]
fn the_minimum_version_is_said_in_one_way() {
    let parts: Vec<i32> = clib_sys::MINIMUM_VERSION
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert_eq!(
        clib_sys::MINIMUM_VERSION_NUMBER,
        parts[0] * 1_000_000 + parts[1] * 1_000 + parts[2]
    );
}

/// The functions of `src/compat.rs` say something sensible, be they the library's or the stand-ins.
#[test]
fn newer_functions_work_on_any_library() {
    let mut db = std::ptr::null_mut();
    // SAFETY: a NUL-terminated name and a place for the handle.
    let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
    assert_eq!(code, clib_sys::SQLITE_OK);
    let sql = c"CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); UPDATE t SET a = 3 WHERE a = 1";
    // SAFETY: an open connection, a NUL-terminated script, and neither callback nor message wanted.
    let code = unsafe {
        clib_sys::sqlite3_exec(
            db,
            sql.as_ptr(),
            None,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    assert_eq!(code, clib_sys::SQLITE_OK);
    // SAFETY: an open connection.
    assert_eq!(unsafe { clib_sys::sqlite3_changes64(db) }, 1);
    // SAFETY: an open connection.
    assert_eq!(unsafe { clib_sys::sqlite3_total_changes64(db) }, 3);
    // SAFETY: an open connection.
    assert_eq!(unsafe { clib_sys::sqlite3_error_offset(db) }, -1);
    // SAFETY: an open connection without statements, not used afterwards.
    assert_eq!(unsafe { clib_sys::sqlite3_close(db) }, clib_sys::SQLITE_OK);
}
