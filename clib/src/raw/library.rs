//! The library itself: is what the program runs with what it was built for?

use std::sync::OnceLock;

use clib_sys as ffi;

use super::pointer;
use crate::error::{Error, Result};

/// The version of the linked SQLite, such as `3.54.1`.
pub(crate) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        // SAFETY: takes no arguments; safe at any time, from any thread.
        let text = unsafe { ffi::sqlite3_libversion() };
        // SAFETY: a static NUL-terminated string.
        unsafe { pointer::string(text) }.unwrap_or_default()
    })
}

/// Refuses a library that this crate's reasoning does not hold for. Checked once.
pub(crate) fn check() -> Result<()> {
    static PROBLEM: OnceLock<Option<String>> = OnceLock::new();
    match PROBLEM.get_or_init(problem) {
        None => Ok(()),
        Some(problem) => Err(Error::Library(problem.clone())),
    }
}

/// Whether there is a batch kernel, and SQLite is inside what it was written for. Checked once.
pub(crate) fn kernel_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        // SAFETY: takes no arguments, and uses a connection of its own; safe at any time, from any thread.
        ffi::kernel::AVAILABLE && unsafe { ffi::kernel::clib_kernel_check() } == ffi::SQLITE_OK
    })
}

fn problem() -> Option<String> {
    // SAFETY: takes no arguments; safe at any time, from any thread.
    let threadsafe = unsafe { ffi::sqlite3_threadsafe() };
    if threadsafe == 0 {
        return Some(format!(
            "the linked SQLite {} was compiled with SQLITE_THREADSAFE=0, so connections cannot be used from threads; \
             link another one, or use the feature `vendored`",
            version()
        ));
    }
    // SAFETY: as above.
    let found = unsafe { ffi::sqlite3_libversion_number() };
    let built = version_number(ffi::BUILD_VERSION);
    let vendored = ffi::LINK_MODE == "vendored";
    if found < ffi::MINIMUM_VERSION_NUMBER {
        Some(format!(
            "the linked SQLite is {}, and clib needs at least {}",
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

/// `3.54.1` as 3054001.
fn version_number(text: &str) -> i32 {
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
        assert!(version_number(version()) >= version_number(ffi::BUILD_VERSION));
    }

    #[test]
    fn version_numbers_are_sqlites() {
        assert_eq!(version_number("3.54.1"), 3_054_001);
        assert_eq!(version_number("3.8.10.2"), 3_008_010);
    }
}
