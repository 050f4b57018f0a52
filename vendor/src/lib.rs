//! The pinned C source of SQLite, for `clib-sys`.
//!
//! Third-party source is not in this repository: the build script finds it (in `sqlite3/`, where `cargo xtask vendor`
//! put it, or through Cargo, as part of a pinned crate), checks every file's SHA-256 and publishes the folder to crates
//! that depend on this one directly, as `DEP_SQLITE3_SOURCE` and `DEP_SQLITE3_VERSION`.
//!
//! Nothing is compiled or linked here. `links = "sqlite3"` makes Cargo refuse a program with two vendored SQLites.

/// The version of SQLite that is pinned, such as `3.54.1`.
pub const SQLITE_VERSION: &str = env!("CLIB_SRC_VERSION");
