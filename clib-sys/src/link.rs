//! How this build is linked.

/// The link mode: `vendored`, `system`, `external` or `dlopen`. It is what a program calls; see [`is_hosted`].
pub const LINK_MODE: &str = env!("CLIB_SYS_LINK_MODE");

/// The version of the SQLite that was found when this crate was built, such as `3.54.1`. The library that the program
/// meets at run time must not be older; see `sqlite3_libversion`.
pub const BUILD_VERSION: &str = env!("CLIB_SYS_BUILD_VERSION");

/// The oldest SQLite that the safe layer works with.
pub const MINIMUM_VERSION: &str = "3.34.1";

/// [`MINIMUM_VERSION`] in the form of `sqlite3_libversion_number`.
pub const MINIMUM_VERSION_NUMBER: i32 = 3_034_001;

/// Whether this is code of an extension (feature `extension`) that a SQLite has loaded, and functions are those of that one, whatever
/// the link mode is.
#[must_use]
pub fn is_hosted() -> bool {
    #[cfg(feature = "extension")]
    return crate::host::is_hosted();
    #[cfg(not(feature = "extension"))]
    false
}
