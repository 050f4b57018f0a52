//! Raw bindings to SQLite's C interface: what [`sqlite3.h`](https://sqlite.org/c3ref/intro.html) declares, under the
//! same names. For a safe interface use `clib`.
//!
//! How SQLite is linked is chosen by features: `vendored` (default: compiled in) or `system` (found by pkg-config, at
//! least 3.34.1). Where both are on, `vendored` is taken; the environment variable `CLIB_SYS_LINK` overrides.
//! [`LINK_MODE`] and [`BUILD_VERSION`] tell what was chosen.
//!
//! The bindings are committed, made by `cargo xtask bindgen` from the vendored header. Left out: functions that take a
//! `va_list`, whose type differs between targets (each has a variadic or `str`-building sibling).
//!
//! ```
//! // SAFETY: takes no arguments and returns a static string's address.
//! let version = unsafe { clib_sys::sqlite3_libversion_number() };
//! assert!(version >= clib_sys::MINIMUM_VERSION_NUMBER);
//! ```

// Checked against what `cargo xtask bindgen` makes, to the letter.
#[rustfmt::skip]
#[allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    clippy::all,
    reason = "generated; named as in C; a stand-in of `compat` hides what it stands for"
)]
mod bindings;
mod compat;
mod destructor;
pub mod kernel;
mod link;

pub use bindings::*;
// Named, so that they win over the bindings' glob.
pub use compat::{
    sqlite3_changes64, sqlite3_error_offset, sqlite3_snapshot_free, sqlite3_snapshot_get,
    sqlite3_snapshot_open, sqlite3_total_changes64,
};
pub use destructor::{SQLITE_STATIC, SQLITE_TRANSIENT};
pub use link::{BUILD_VERSION, LINK_MODE, MINIMUM_VERSION, MINIMUM_VERSION_NUMBER};
