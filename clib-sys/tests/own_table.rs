//! An extension that is a part of the program: its entry point is the first thing of this crate that runs, and it is given the table of
//! the program's own SQLite. A program of its own, since whose functions are called is settled once.
#![cfg(all(feature = "extension", link_mode = "vendored"))]

use std::ffi::{c_char, c_int};
use std::sync::OnceLock;

use clib_sys::{Caller, LoadError, sqlite3, sqlite3_api_routines};

type Entry =
    unsafe extern "C" fn(*mut sqlite3, *mut *mut c_char, *const sqlite3_api_routines) -> c_int;

// As other code of the program calls them: not through this crate, which would settle it.
unsafe extern "C" {
    fn sqlite3_auto_extension(entry: Entry) -> c_int;
    fn sqlite3_open(name: *const c_char, db: *mut *mut sqlite3) -> c_int;
    fn sqlite3_close(db: *mut sqlite3) -> c_int;
}

static SAID: OnceLock<Result<Caller, LoadError>> = OnceLock::new();

unsafe extern "C" fn entry(
    _db: *mut sqlite3,
    _message: *mut *mut c_char,
    table: *const sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite's table, of the SQLite that is linked.
    let said = unsafe { clib_sys::use_host(table) };
    let _ = SAID.set(said);
    0
}

#[test]
fn a_program_stays_a_program() {
    // SAFETY: an entry point.
    assert_eq!(unsafe { sqlite3_auto_extension(entry) }, 0);
    let mut db = std::ptr::null_mut();
    // SAFETY: a NUL-terminated name and a place for the handle.
    assert_eq!(
        unsafe { sqlite3_open(c":memory:".as_ptr(), &raw mut db) },
        0
    );
    // SAFETY: open, and used no more.
    assert_eq!(unsafe { sqlite3_close(db) }, 0);
    assert_eq!(SAID.get(), Some(&Ok(Caller::Program)));
    assert!(
        clib_sys::has("sqlite3_snapshot_get"),
        "which is in no table"
    );
}
