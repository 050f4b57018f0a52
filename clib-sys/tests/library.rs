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
    match clib_sys::LINK_MODE {
        "vendored" => assert_eq!(version, clib_sys::BUILD_VERSION),
        // Found by its folder alone, nothing tells its version.
        "system" if clib_sys::BUILD_VERSION != clib_sys::MINIMUM_VERSION => {
            assert_eq!(version, clib_sys::BUILD_VERSION);
        }
        _ => assert_eq!(clib_sys::BUILD_VERSION, clib_sys::MINIMUM_VERSION),
    }
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

/// The functions that have stand-ins say something sensible, be they the library's or the stand-ins.
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

/// `has` agrees with the library's version, and what it has can be called.
#[test]
fn what_a_library_has_follows_from_its_version() {
    // SAFETY: takes no arguments.
    let number = unsafe { clib_sys::sqlite3_libversion_number() };
    for (function, since) in [
        ("sqlite3_changes64", 3_037_000),
        ("sqlite3_error_offset", 3_038_000),
        ("sqlite3_db_name", 3_039_000),
        ("sqlite3_set_clientdata", 3_044_000),
        ("sqlite3_incomplete", 3_054_000),
    ] {
        assert_eq!(clib_sys::has(function), number >= since, "{function}");
        match clib_sys::require(function) {
            Ok(()) => assert!(number >= since, "{function}"),
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.contains(function) && said.contains(&error.found),
                    "{said}"
                );
                assert!(error.since.is_some(), "{said}");
            }
        }
    }
    if clib_sys::has("sqlite3_db_name") {
        let mut db = std::ptr::null_mut();
        // SAFETY: a NUL-terminated name and a place for the handle.
        let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
        assert_eq!(code, clib_sys::SQLITE_OK);
        // SAFETY: an open connection.
        assert_eq!(text(unsafe { clib_sys::sqlite3_db_name(db, 0) }), "main");
        // SAFETY: an open connection without statements, not used afterwards.
        assert_eq!(unsafe { clib_sys::sqlite3_close(db) }, clib_sys::SQLITE_OK);
    }
}

/// Functions are functions in each mode: their addresses can be handed to C.
#[test]
fn functions_are_values_of_one_type() {
    let free: unsafe extern "C" fn(*mut std::ffi::c_void) = clib_sys::sqlite3_free;
    let changes: unsafe extern "C" fn(*mut clib_sys::sqlite3) -> i64 = clib_sys::sqlite3_changes64;
    assert_ne!(free as usize, changes as usize);
    // SAFETY: no memory is none to free.
    unsafe { free(std::ptr::null_mut()) };
}

/// A function that takes any number of arguments is called alike, be it linked or looked up.
#[test]
fn variadic_functions_can_be_called() {
    let mut db = std::ptr::null_mut();
    // SAFETY: a NUL-terminated name and a place for the handle.
    let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
    assert_eq!(code, clib_sys::SQLITE_OK);
    let mut on: libc::c_int = -1;
    // SAFETY: an open connection; this verb takes an `int` and a place for one.
    let code = unsafe {
        clib_sys::sqlite3_db_config(
            db,
            clib_sys::SQLITE_DBCONFIG_ENABLE_FKEY,
            1 as libc::c_int,
            &raw mut on,
        )
    };
    assert_eq!((code, on), (clib_sys::SQLITE_OK, 1));
    // SAFETY: an open connection without statements, not used afterwards.
    assert_eq!(unsafe { clib_sys::sqlite3_close(db) }, clib_sys::SQLITE_OK);
}

/// What is not there is an error, or ends the program with a message; it is never a jump to nowhere.
#[test]
fn a_missing_function_is_named() {
    if clib_sys::has("sqlite3_mutex_held") || clib_sys::LINK_MODE == "vendored" {
        // A debug build, or one whose functions the linker looks for.
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "calls_what_is_missing", "--ignored"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("clib-sys: sqlite3_mutex_held was called: the SQLite in use,"),
        "{said}"
    );
}

#[cfg(not(link_mode = "vendored"))]
#[test]
#[ignore = "ends the process"]
fn calls_what_is_missing() {
    // SAFETY: the library has no such function.
    unsafe { clib_sys::sqlite3_mutex_held(std::ptr::null_mut()) };
}
