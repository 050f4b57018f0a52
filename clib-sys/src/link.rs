//! How this build is linked.

/// The link mode: `vendored` or `system`.
pub const LINK_MODE: &str = env!("CLIB_SYS_LINK_MODE");

/// The version of the SQLite that was found when this crate was built, such as `3.54.1`. The library that the program
/// meets at run time must not be older; see `sqlite3_libversion`.
pub const BUILD_VERSION: &str = env!("CLIB_SYS_BUILD_VERSION");

/// The oldest SQLite that the safe layer works with.
pub const MINIMUM_VERSION: &str = "3.34.1";

/// [`MINIMUM_VERSION`] in the form of `sqlite3_libversion_number`.
pub const MINIMUM_VERSION_NUMBER: i32 = 3_034_001;
