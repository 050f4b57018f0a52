//! The vendored library: is it compiled as `build/options.rs` says, and is everything that the bindings declare in it?
#![cfg(link_mode = "vendored")]

#[path = "../build/options.rs"]
mod options;
// With the feature `extension` some functions are statics, which have no address of a function.
#[cfg(not(feature = "extension"))]
#[path = "vendored/symbols.rs"]
mod symbols;

use std::ffi::{CStr, CString};

use clib_sys::SQLITE_OK;

/// An open connection in memory.
struct Connection(*mut clib_sys::sqlite3);

impl Connection {
    fn open() -> Self {
        let mut db = std::ptr::null_mut();
        // SAFETY: a NUL-terminated name and a place for the handle.
        let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
        assert_eq!(code, SQLITE_OK);
        Self(db)
    }

    /// A connection's setting, by its `SQLITE_DBCONFIG_` number.
    fn setting(&self, number: i32) -> bool {
        let mut value: libc::c_int = -2;
        // SAFETY: an open connection; these settings take a new value (-1: keep it) and a place for the current one.
        let code = unsafe { clib_sys::sqlite3_db_config(self.0, number, -1, &raw mut value) };
        assert_eq!(code, SQLITE_OK);
        value != 0
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: open, without statements, not used afterwards.
        let code = unsafe { clib_sys::sqlite3_close(self.0) };
        assert_eq!(code, SQLITE_OK);
    }
}

/// Is the option `NAME` or `NAME=VALUE` on, by what the library says of itself?
fn is_on(option: &str) -> bool {
    let option = CString::new(option).unwrap();
    // SAFETY: a NUL-terminated string.
    unsafe { clib_sys::sqlite3_compileoption_used(option.as_ptr()) == 1 }
}

#[test]
fn header_library_and_pin_are_one_version() {
    assert_eq!(
        constant(clib_sys::SQLITE_VERSION),
        clib_sys::BUILD_VERSION,
        "the bindings are of another version than the pin; run `cargo xtask bindgen`"
    );
    // SAFETY: takes no arguments.
    let number = unsafe { clib_sys::sqlite3_libversion_number() };
    assert_eq!(number, clib_sys::SQLITE_VERSION_NUMBER);
    // SAFETY: takes no arguments and returns a static string, never null.
    let id = unsafe { clib_sys::sqlite3_sourceid() };
    #[expect(
        clippy::disallowed_methods,
        reason = "clib's helper is above this crate"
    )]
    // SAFETY: as above.
    let id = unsafe { CStr::from_ptr(id) };
    assert_eq!(id.to_str().unwrap(), constant(clib_sys::SQLITE_SOURCE_ID));
}

/// A string constant of the header, without its NUL.
fn constant(bytes: &'static [u8]) -> &'static str {
    CStr::from_bytes_with_nul(bytes).unwrap().to_str().unwrap()
}

/// Options that the library does not list where they are 0; their effect is asserted below.
const UNLISTED: [&str; 2] = ["SQLITE_DEFAULT_FOREIGN_KEYS", "SQLITE_TRUSTED_SCHEMA"];

#[test]
fn every_option_of_the_table_is_on() {
    for (name, value, _) in options::OPTIONS {
        if UNLISTED.contains(name) {
            continue;
        }
        let option = if value.is_empty() {
            (*name).to_owned()
        } else {
            format!("{name}={value}")
        };
        assert!(is_on(&option), "{option} is off");
    }
    let db = Connection::open();
    assert!(!db.setting(clib_sys::SQLITE_DBCONFIG_ENABLE_FKEY));
    assert!(!db.setting(clib_sys::SQLITE_DBCONFIG_TRUSTED_SCHEMA));
}

#[test]
fn what_the_table_leaves_out_is_off() {
    for name in [
        "DEBUG",
        "ENABLE_API_ARMOR",
        "ENABLE_LOAD_EXTENSION",
        "ENABLE_MEMORY_MANAGEMENT",
        "OMIT_DEPRECATED",
        "OMIT_DESERIALIZE",
        "OMIT_LOAD_EXTENSION",
    ] {
        assert!(!is_on(name), "{name} is on");
    }
    let db = Connection::open();
    assert!(!db.setting(clib_sys::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION));
}

/// The reason in the table says what SQLite does here; a version that does otherwise should be noticed.
#[test]
fn scan_counters_are_on_in_a_new_connection() {
    let db = Connection::open();
    assert!(db.setting(clib_sys::SQLITE_DBCONFIG_STMT_SCANSTATUS));
}

/// That this test was linked at all is the proof; what is left is to use the addresses.
#[cfg(not(feature = "extension"))]
#[test]
fn every_function_of_the_bindings_is_in_the_library() {
    let names: std::collections::BTreeSet<_> =
        symbols::LINKED.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), symbols::LINKED.len());
    assert!(names.len() > 300, "only {}", names.len());
    for (name, address) in symbols::LINKED {
        assert!(*address as usize != 0, "{name}");
    }
}

/// Programs link other C too: no name of ours may be one of theirs. Needs `nm`, which comes with every C compiler that makes
/// archives of this kind.
#[cfg(unix)]
#[test]
fn no_symbol_but_sqlites_and_the_kernels_is_visible() {
    let archive = concat!(env!("OUT_DIR"), "/libclib_sqlite3.a");
    let nm = std::process::Command::new("nm")
        .args(["-g", "--defined-only", "-P", archive])
        .output()
        .unwrap();
    assert!(
        nm.status.success(),
        "{}",
        String::from_utf8_lossy(&nm.stderr)
    );
    let text = String::from_utf8(nm.stdout).unwrap();
    // With -P a line is a name, a type, a value and a size; the archive's member has one that ends in a colon.
    let names: Vec<_> = text
        .lines()
        .filter(|line| !line.ends_with(':'))
        .filter_map(|line| line.split_whitespace().next())
        // Some systems put an underscore before every name of C.
        .map(|name| name.strip_prefix('_').unwrap_or(name))
        .collect();
    let ours = names
        .iter()
        .filter(|name| name.starts_with("clib_"))
        .count();
    assert!(ours >= 5, "the kernel is missing: {names:?}");
    assert!(names.len() > 300 + ours);
    let stray: Vec<_> = names
        .iter()
        .filter(|name| !name.starts_with("sqlite3") && !name.starts_with("clib_"))
        // What the sanitizers add for each global.
        .filter(|name| !name.contains("asan") && !name.contains("odr"))
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
