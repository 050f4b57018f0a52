//! The library itself: is what the program runs with what it was built for?

use std::path::Path;
use std::sync::OnceLock;

use clib_sys as ffi;

use super::{db, pointer};
use crate::error::{Error, Result};

/// Opens the SQLite library at `path` (or of a name that the system searches for), in link mode `dlopen`. Only before the first
/// use of SQLite: without this call the library is the one that the environment variable `CLIB_SQLITE_LIBRARY` names, or the first
/// that is found under SQLite's usual names. There is one in a process, and it is never unloaded.
///
/// # Errors
///
/// [`Error::Library`] where it cannot be opened, is too old or no SQLite, where another one is in use already, and in other
/// link modes.
///
/// # Safety
///
/// The file is a SQLite library, whose functions are what SQLite's documentation says; loading it runs its initialisers.
pub unsafe fn load_library(path: impl AsRef<Path>) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { ffi::load_from(path) }.map_err(|error| Error::Library(error.to_string()))
}

/// Fails where the SQLite in use lacks a function of its C interface, as everything does that stands on that function.
///
/// ```
/// let error = clib::require("sqlite3_mutex_held").unwrap_err();
/// assert!(matches!(error, clib::Error::MissingFunction(_)));
/// # Ok::<(), clib::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::MissingFunction`], which names the function, the version in use and one that has it.
pub fn require(function: &'static str) -> Result<()> {
    load()?;
    ffi::require(function).map_err(|error| Error::MissingFunction(Box::new(error)))
}

/// Whether the library has a function.
#[cfg(feature = "arrow")]
pub(super) fn has(function: &str) -> bool {
    ffi::has(function)
}

/// In link mode `dlopen`, opens the library if none is open.
fn load() -> Result<()> {
    ffi::load().map_err(|error| Error::Library(error.to_string()))
}

/// The version of the SQLite in use, such as `3.54.1`; `not loaded` where there is none.
pub(crate) fn version() -> &'static str {
    if load().is_err() {
        return "not loaded";
    }
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        // SAFETY: takes no arguments; safe at any time, from any thread.
        let text = unsafe { ffi::sqlite3_libversion() };
        // SAFETY: a static NUL-terminated string.
        unsafe { pointer::string(text) }.unwrap_or_default()
    })
}

/// Refuses a library that this crate's reasoning does not hold for, which is checked once, and initialises it.
pub(crate) fn check() -> Result<()> {
    // Where that fails it may succeed the next time.
    load()?;
    static PROBLEM: OnceLock<Option<String>> = OnceLock::new();
    match PROBLEM.get_or_init(problem) {
        None => initialize(),
        Some(problem) => Err(Error::Library(problem.clone())),
    }
}

/// A library that is compiled with `SQLITE_OMIT_AUTOINIT` does not do so itself, and crashes. Where it is done already this
/// returns at once; where it fails, as for want of memory, it may succeed the next time.
fn initialize() -> Result<()> {
    if ffi::is_hosted() {
        // The host has opened a connection, and hands this function to nobody.
        return Ok(());
    }
    // SAFETY: the library is thread-safe, which is checked, and then this is safe at any time, from any thread.
    match unsafe { ffi::sqlite3_initialize() } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(db::without_connection(code)),
    }
}

/// Whether there is a batch kernel, and SQLite is inside what it was written for: that of a host is another one. Checked once.
pub(crate) fn kernel_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        // Whose functions are called is settled by the first one. SAFETY: takes no arguments, and uses a connection of its own; safe
        // at any time, from any thread.
        ffi::kernel::AVAILABLE
            && load().is_ok()
            && !ffi::is_hosted()
            && unsafe { ffi::kernel::clib_kernel_check() } == ffi::SQLITE_OK
    })
}

fn problem() -> Option<String> {
    // SAFETY: takes no arguments; safe at any time, from any thread.
    let threadsafe = unsafe { ffi::sqlite3_threadsafe() };
    if threadsafe == 0 {
        return Some(format!(
            "the SQLite in use, {}, was compiled with SQLITE_THREADSAFE=0, so connections cannot be used from threads; \
             use another one, or the feature `vendored`",
            version()
        ));
    }
    // SAFETY: as above.
    let found = unsafe { ffi::sqlite3_libversion_number() };
    // A host's version was not known then.
    let built = if ffi::is_hosted() {
        ffi::MINIMUM_VERSION_NUMBER
    } else {
        number_of(ffi::BUILD_VERSION)
    };
    let vendored = ffi::LINK_MODE == "vendored" && !ffi::is_hosted();
    if found < ffi::MINIMUM_VERSION_NUMBER {
        Some(format!(
            "the SQLite in use is {}, and clib needs at least {}",
            version(),
            ffi::MINIMUM_VERSION
        ))
    } else if found < built || (vendored && found != built) {
        Some(format!(
            "the program was built for SQLite {} and runs with {}; build it again, or install that version",
            ffi::BUILD_VERSION,
            version()
        ))
    } else {
        None
    }
}

/// The version of the SQLite in use, such as 3054001; 0 where there is none.
pub(crate) fn version_number() -> i32 {
    if load().is_err() {
        return 0;
    }
    // SAFETY: takes no arguments; safe at any time, from any thread.
    unsafe { ffi::sqlite3_libversion_number() }
}

/// `3.54.1` as 3054001.
fn number_of(text: &str) -> i32 {
    let part = |n| {
        text.split('.')
            .nth(n)
            .and_then(|part| part.parse::<i32>().ok())
            .unwrap_or(0)
    };
    part(0) * 1_000_000 + part(1) * 1_000 + part(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_runs_with_its_library() {
        assert_eq!(problem(), None);
        assert!(version_number() >= number_of(ffi::BUILD_VERSION));
        assert_eq!(version_number(), number_of(version()));
    }

    #[test]
    fn what_the_library_lacks_is_an_error() {
        require("sqlite3_step").unwrap();
        let error = require("sqlite3_mutex_held").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the SQLite in use, {0}, has no sqlite3_mutex_held: {0} has it compiled with SQLITE_DEBUG",
                version()
            )
        );
        let newer = require("sqlite3_set_clientdata");
        assert_eq!(newer.is_ok(), version_number() >= 3_044_000);
        if let Err(error) = newer {
            assert!(
                error.to_string().ends_with("3.44.0 and newer have it"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_library_in_use_is_not_changed() {
        let name = "libsqlite3-of-another-name.so";
        // SAFETY: another library is loaded, or none ever is.
        let error = unsafe { load_library(name) }.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }

    #[test]
    fn version_numbers_are_sqlites() {
        assert_eq!(number_of("3.54.1"), 3_054_001);
        assert_eq!(number_of("3.8.10.2"), 3_008_010);
    }
}
