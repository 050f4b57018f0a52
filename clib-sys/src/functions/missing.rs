//! [`MissingFunction`].

use std::error::Error;
use std::ffi::CStr;
use std::fmt;

use super::since;

/// The library lacks a function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingFunction {
    /// The function, such as `sqlite3_set_clientdata`.
    pub function: &'static str,
    /// The version of the library, such as `3.40.1`.
    pub found: String,
    /// A version that has the function; `None` where the library's own has it, depending on how it is compiled.
    pub since: Option<&'static str>,
    /// The compile-time option that the function depends on, or the system.
    pub condition: Option<&'static str>,
    /// Whether this is an extension, and no SQLite hands the function to those.
    pub for_programs: bool,
    /// Whether the library may have it, and it cannot be looked up on this system in this link mode.
    pub not_looked_up: bool,
}

/// Elsewhere a linked library is taken to have none of the functions that it may lack: see `weak`.
const LOOKS_UP: bool = cfg!(unix) || !cfg!(any(link_mode = "system", link_mode = "external"));

impl MissingFunction {
    pub(super) fn new(function: &'static str) -> Self {
        #[cfg(feature = "extension")]
        if crate::is_hosted() {
            return Self::of_host(function, version());
        }
        Self::of_version(function, version()).where_looked_up(LOOKS_UP)
    }

    fn where_looked_up(mut self, looks_up: bool) -> Self {
        // What no library of this version has is missing.
        let may_be_there = self.since.is_none() && since::find(self.function).is_some();
        self.not_looked_up = !looks_up && may_be_there;
        self
    }

    fn of_version(function: &'static str, found: String) -> Self {
        let (since, condition) = since::find(function).unwrap_or_default();
        Self {
            function,
            since: Some(since).filter(|since| number(since) > number(&found)),
            found,
            condition: Some(condition).filter(|condition| !condition.is_empty()),
            for_programs: false,
            not_looked_up: false,
        }
    }

    /// Of a host.
    #[cfg(feature = "extension")]
    fn of_host(function: &'static str, found: String) -> Self {
        let mut missing = Self::of_version(function, found);
        match crate::host::since(function) {
            Some(since) if number(since) > number(&missing.found) => missing.since = Some(since),
            Some(_) => {}
            None => missing.for_programs = true,
        }
        missing
    }
}

impl fmt::Display for MissingFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function, found, ..
        } = self;
        if self.for_programs {
            return write!(
                f,
                "the SQLite in use, {found}, has no {function} for extensions: only programs can call it"
            );
        }
        if self.not_looked_up {
            return write!(
                f,
                "the SQLite in use, {found}, may have {function}, but functions that some libraries lack cannot be looked up \
                 on this system in link mode `{}`: `vendored` and `dlopen` find them",
                crate::LINK_MODE
            );
        }
        write!(f, "the SQLite in use, {found}, has no {function}")?;
        match (self.since, self.condition) {
            (Some(since), None) => write!(f, ": {since} and newer have it"),
            (Some(since), Some(condition)) => {
                write!(f, ": {since} and newer have it, {}", Condition(condition))
            }
            (None, Some(condition)) => write!(f, ": {found} has it {}", Condition(condition)),
            (None, None) => Ok(()),
        }
    }
}

impl Error for MissingFunction {}

/// A condition in words.
struct Condition(&'static str);

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(condition) = self;
        if condition.starts_with("SQLITE_OMIT_") {
            write!(f, "compiled without {condition}")
        } else if condition.starts_with("SQLITE_") {
            write!(f, "compiled with {condition}")
        } else {
            write!(f, "on {condition}")
        }
    }
}

/// The version of the library.
fn version() -> String {
    if crate::load().is_err() {
        return "not loaded".to_owned();
    }
    // SAFETY: takes no arguments, and every library has it.
    let text = unsafe { crate::sqlite3_libversion() };
    if text.is_null() {
        return String::new();
    }
    #[expect(clippy::disallowed_methods, reason = "null is checked")]
    // SAFETY: not null; a static string that ends in NUL.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().into_owned()
}

/// `3.54.1` as 3054001; an empty text as 0.
fn number(version: &str) -> u32 {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .chain([0, 0])
        .take(3)
        .fold(0, |number: u32, part: u32| {
            number.saturating_mul(1000).saturating_add(part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(function: &'static str, found: &str) -> String {
        MissingFunction::of_version(function, found.to_owned()).to_string()
    }

    #[test]
    fn what_cannot_be_looked_up_is_not_said_to_be_missing() {
        let unseen = |function, found: &str| {
            let missing = MissingFunction::of_version(function, found.to_owned());
            missing.where_looked_up(false).to_string()
        };
        let text = unseen("sqlite3_set_clientdata", "3.44.0");
        assert!(
            text.starts_with("the SQLite in use, 3.44.0, may have sqlite3_set_clientdata, but"),
            "{text}"
        );
        // These it lacks.
        for (function, found) in [
            ("sqlite3_set_clientdata", "3.40.1"),
            ("sqlite3_no_such_function", "3.44.0"),
        ] {
            assert_eq!(unseen(function, found), said(function, found));
        }
    }

    #[test]
    fn errors_say_what_has_it() {
        assert_eq!(
            said("sqlite3_set_clientdata", "3.40.1"),
            "the SQLite in use, 3.40.1, has no sqlite3_set_clientdata: 3.44.0 and newer have it"
        );
        assert_eq!(
            said("sqlite3_carray_bind", "3.40.1"),
            "the SQLite in use, 3.40.1, has no sqlite3_carray_bind: 3.51.0 and newer have it, compiled with \
             SQLITE_ENABLE_CARRAY"
        );
        assert_eq!(
            said("sqlite3_serialize", "3.40.1"),
            "the SQLite in use, 3.40.1, has no sqlite3_serialize: 3.40.1 has it compiled without \
             SQLITE_OMIT_DESERIALIZE"
        );
        assert_eq!(
            said("sqlite3_no_such_function", "3.40.1"),
            "the SQLite in use, 3.40.1, has no sqlite3_no_such_function"
        );
    }
}
