//! The program that has loaded this crate as a part of a SQLite extension, and whose SQLite is called then. Wraps
//! [`sqlite3_api_routines`](https://sqlite.org/loadext.html#programming_loadable_extensions), the table of functions that SQLite hands
//! to an extension.
//!
//! In C, `sqlite3ext.h` turns each `sqlite3_x` into `sqlite3_api->x`, and whoever compiles decides whether a file is an extension or
//! part of a program. Here that is decided when the first function is called: an extension's entry point calls [`use_host`] first, and
//! every function is the host's from then on; in a program nobody does, and they are those of the link mode. So crates can be compiled
//! once for extensions and for programs, as Cargo does where it builds a workspace.
//!
//! The table grows at its end. A host that is older has a shorter one, behind which nothing may be read: `table` says which version
//! has how much. What the host's SQLite was compiled without is null in it, and some functions are never in it; both are
//! [missing](crate::require).

mod pin;
// Checked against what `cargo xtask bindgen` makes, to the letter.
#[rustfmt::skip]
mod table;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use libc::c_int;

use crate::{LoadError, sqlite3_api_routines};

/// The table of a host.
///
/// # Invariants
///
/// `functions` points to the functions of all parts of [`table::PARTS`] up to `version`, which stay there.
struct Host {
    functions: *const *const (),
    version: c_int,
}

// SAFETY: what it points to is never written, by the type invariant.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// Written once: the host, or `None` where the functions are those of the link mode.
static HOST: OnceLock<Option<Host>> = OnceLock::new();

/// Whose functions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Another program's. The extension's code stays in memory from now on.
    Host,
    /// Those of the link mode, which are the ones in the table: the extension is a part of the program.
    Program,
}

impl Host {
    /// # Safety
    ///
    /// `table` is null or the table of a SQLite, which stays there.
    #[expect(clippy::disallowed_methods, reason = "an address becomes a function")]
    unsafe fn new(table: *const sqlite3_api_routines) -> Result<Self, LoadError> {
        if table.is_null() {
            return Err(LoadError::NoHost);
        }
        let mut host = Self {
            functions: table.cast(),
            version: 0,
        };
        // SAFETY: as the caller promises; every version has this function, in this place.
        let version = unsafe { host.read("sqlite3_libversion_number") };
        if version.is_null() {
            return Err(LoadError::NoHost);
        }
        // SAFETY: the address of the function of this name, which has this signature.
        let version =
            unsafe { std::mem::transmute::<*const (), unsafe extern "C" fn() -> c_int>(version) };
        // SAFETY: takes no arguments.
        host.version = unsafe { version() };
        if host.version < crate::MINIMUM_VERSION_NUMBER {
            return Err(LoadError::HostTooOld {
                found: host.version,
            });
        }
        let missing: Vec<_> = crate::functions::needed()
            .filter(|name| place(name).is_some() && host.address(name).is_null())
            .collect();
        if !missing.is_empty() {
            return Err(LoadError::HostIncomplete { missing });
        }
        Ok(host)
    }

    /// The address of a function; null where the host lacks it.
    fn address(&self, function: &str) -> *const () {
        match place(function) {
            // SAFETY: within the table, by the type invariant.
            Some((since, _)) if since <= self.version => unsafe { self.read(function) },
            _ => std::ptr::null(),
        }
    }

    /// # Safety
    ///
    /// The host's version has the function's place.
    unsafe fn read(&self, function: &str) -> *const () {
        let Some((_, place)) = place(function) else {
            return std::ptr::null();
        };
        // SAFETY: the caller's promise.
        let field = unsafe { self.functions.add(place) };
        // SAFETY: as above; function pointers are pointers on every system that SQLite runs on.
        unsafe { field.read() }
    }
}

/// Since which version there is a place for the function, and which it is.
fn place(function: &str) -> Option<(c_int, usize)> {
    table::PARTS
        .iter()
        .flat_map(|(since, _, functions)| functions.iter().map(move |name| (*since, *name)))
        .enumerate()
        .find(|(_, (_, name))| !name.is_empty() && *name == function)
        .map(|(place, (since, _))| (since, place))
}

/// From now on, and for as long as the process lives, functions are those of the host that calls an extension's entry point. To be
/// called there before any other function. It can be called again with the same table.
///
/// The extension's code is kept in memory from here on, whatever the entry point returns: a host unloads one whose entry point has failed,
/// but does not take back what that had registered before; and threads of the extension, and destructors of its thread-local variables,
/// would run what is not there any more.
///
/// # Errors
///
/// [`LoadError::NoHost`], [`LoadError::HostTooOld`], [`LoadError::HostIncomplete`]; [`LoadError::InUse`] where functions of another SQLite are in use: there is one for
/// each extension that is loaded, as statics keep what they have got from it.
///
/// # Safety
///
/// `table` is null or what SQLite hands to an extension's entry point. The SQLite that it is of is not unloaded.
pub unsafe fn use_host(table: *const sqlite3_api_routines) -> Result<Caller, LoadError> {
    // Called for each connection of the host; the first time it may have been that the code could not be kept.
    if let Some(Some(host)) = HOST.get()
        && host.functions == table.cast()
    {
        pin::pin().map_err(LoadError::NotKept)?;
        return Ok(Caller::Host);
    }
    // SAFETY: the caller's promise.
    let host = unsafe { Host::new(table) }?;
    let is_own = host.address("sqlite3_libversion") == crate::functions::own_version();
    let functions = host.functions;
    match HOST.get_or_init(|| (!is_own).then_some(host)) {
        Some(host) if host.functions == functions => {
            pin::pin().map_err(LoadError::NotKept)?;
            Ok(Caller::Host)
        }
        None if is_own => {
            // A library that shares its SQLite with who loads it; a program itself cannot be opened, nor is it unloaded.
            let _ = pin::pin();
            Ok(Caller::Program)
        }
        _ => Err(LoadError::InUse),
    }
}

/// A message for an extension's host, in memory that the host frees; null where there is none. The text ends at its first NUL.
///
/// # Safety
///
/// As for [`use_host`].
#[expect(clippy::disallowed_methods, reason = "an address becomes a function")]
#[must_use]
pub unsafe fn host_message(table: *const sqlite3_api_routines, text: &str) -> *mut libc::c_char {
    // Not `use_host`'s: its errors are to be told too.
    if table.is_null() {
        return std::ptr::null_mut();
    }
    let host = Host {
        functions: table.cast(),
        version: 0,
    };
    // SAFETY: every version has this function, in this place.
    let malloc = unsafe { host.read("sqlite3_malloc") };
    let text = text.split('\0').next().unwrap_or_default();
    let (false, Ok(size)) = (malloc.is_null(), c_int::try_from(text.len() + 1)) else {
        return std::ptr::null_mut();
    };
    type Malloc = unsafe extern "C" fn(c_int) -> *mut libc::c_void;
    // SAFETY: the address of the function of this name, which has this signature.
    let malloc = unsafe { std::mem::transmute::<*const (), Malloc>(malloc) };
    // SAFETY: any size may be asked for.
    let memory = unsafe { malloc(size) }.cast::<u8>();
    if !memory.is_null() {
        // SAFETY: one byte more than the text is long, and nobody else's.
        unsafe { memory.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
        // SAFETY: the last of those bytes.
        let end = unsafe { memory.add(text.len()) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }
    memory.cast()
}

/// Whether functions are those of a host.
pub(crate) fn is_hosted() -> bool {
    matches!(HOST.get(), Some(Some(_)))
}

/// From now on functions are those of the link mode, if there is no host: one is about to be used.
pub(crate) fn settle() {
    let _ = HOST.get_or_init(|| None);
}

/// The address of a host's function; null where it lacks it. `None` where there is no host.
pub(crate) fn address(function: &str) -> Option<*const ()> {
    match HOST.get() {
        Some(Some(host)) => Some(host.address(function)),
        _ => None,
    }
}

/// The version since which tables have a function; `None` where none has it.
pub(crate) fn since(function: &str) -> Option<&'static str> {
    table::PARTS
        .iter()
        .find(|(_, _, functions)| functions.contains(&function))
        .map(|(_, since, _)| *since)
}
