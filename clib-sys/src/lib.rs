//! Raw bindings to SQLite's C interface: what [`sqlite3.h`](https://sqlite.org/c3ref/intro.html) declares, under the
//! same names. For a safe interface use `clib`.
//!
//! How SQLite is linked is chosen by features:
//!
//! | feature | what happens | needs |
//! |---|---|---|
//! | `vendored` (default) | SQLite is compiled into the program | a C compiler |
//! | `system` | the library that pkg-config finds is linked, at least 3.34.1 | the library and its `.pc` file |
//! | `external` | nothing is linked: another crate of the program does that, such as rusqlite; or what `CLIB_SYS_EXTERNAL_LIB` names, as `static=sqlite3`, from the folder `SQLITE3_LIB_DIR` | that crate |
//! | `dlopen` | nothing is linked: a library is opened at run time, see [`load`] | nothing |
//! | `extension` | as the others say, but in a SQLite extension: its functions are those of the SQLite that loads it | nothing |
//! | `bindgen` | the bindings are made from the header that the build finds; not with `dlopen` | libclang; with `external` the header's folder in `SQLITE3_INCLUDE_DIR` |
//!
//! Where several are on, the first in this order is taken; the environment variable `CLIB_SYS_LINK` overrides.
//! [`LINK_MODE`] and [`BUILD_VERSION`] tell what was chosen. Names and types are the same in all modes, with two exceptions. In
//! `dlopen` the variables `sqlite3_version`, `sqlite3_temp_directory` and `sqlite3_data_directory` are left out. There, and with
//! `extension` in every mode, functions with a variable number of arguments are statics that can be called, and each call goes through
//! an address that is looked up once.
//!
//! What a library lacks is told by [`has`] and [`require`]. Outside Unix, functions that a library may lack cannot be looked up in
//! `system` and `external`, and count as missing there; `vendored` and `dlopen` have them.
//!
//! A crate with C code of its own finds what it needs in the environment of its build script, if it depends on this one
//! directly: `DEP_CLIB_MODE`, and as far as they are known `DEP_CLIB_VERSION`, `DEP_CLIB_INCLUDE` (the folder of `sqlite3.h`) and
//! `DEP_CLIB_LIBRARY` (the library's file).
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
    reason = "generated; named as in C; `functions` hides what may be missing"
)]
#[cfg_attr(bindings = "made", path = "made.rs")]
mod bindings;
#[cfg(bindings = "made")]
#[rustfmt::skip]
#[allow(
    clashing_extern_declarations,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    clippy::all,
    reason = "generated; named as in C; a part of it is used"
)]
#[path = "bindings.rs"]
mod committed;
mod destructor;
mod functions;
#[cfg(feature = "extension")]
mod host;
pub mod kernel;
mod link;
mod load;

pub use destructor::{SQLITE_STATIC, SQLITE_TRANSIENT};
// The bindings too, where nothing stands for them.
pub use functions::*;
#[cfg(feature = "extension")]
pub use host::{Caller, host_message, use_host};
pub use link::{BUILD_VERSION, LINK_MODE, MINIMUM_VERSION, MINIMUM_VERSION_NUMBER, is_hosted};
pub use load::{LoadError, load, load_from};
