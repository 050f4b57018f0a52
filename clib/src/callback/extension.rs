//! What a SQLite calls that loads an extension which is written with this crate: see [`extension!`](crate::extension).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clib_sys as ffi;
use libc::{c_char, c_int};

use super::discard;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::raw::BorrowedConnection;

/// An extension's own code.
type Initialise = fn(&mut BorrowedConnection<'_>) -> Result<()>;

/// The entry point, of which [`extension!`](crate::extension) makes one of a name.
///
/// # Safety
///
/// SQLite calls it, to have an extension initialise itself, and is not unloaded before the process ends.
#[doc(hidden)]
pub unsafe fn initialise_extension(
    db: *mut ffi::sqlite3,
    message: *mut *mut c_char,
    table: *const ffi::sqlite3_api_routines,
    initialise: Initialise,
) -> c_int {
    // SAFETY: the caller's promise.
    let started = catch_unwind(AssertUnwindSafe(|| unsafe { start(db, table, initialise) }));
    // An error's words, and its destructor, are user code.
    let said = match started {
        Ok(Ok(code)) => return code,
        Ok(Err(error)) => catch_unwind(AssertUnwindSafe(|| {
            let said = error.to_string();
            drop(error);
            said
        })),
        Err(payload) => Err(payload),
    };
    let said = said.unwrap_or_else(|payload| {
        let said = panicked(payload.as_ref());
        discard(payload);
        said
    });
    if !message.is_null() {
        // SAFETY: the caller's promise.
        let text = unsafe { ffi::host_message(table, &said) };
        // SAFETY: SQLite's place for a message, which it frees.
        unsafe { message.write(text) };
    }
    ffi::SQLITE_ERROR
}

/// # Safety
///
/// As for [`initialise_extension`].
unsafe fn start(
    db: *mut ffi::sqlite3,
    table: *const ffi::sqlite3_api_routines,
    initialise: Initialise,
) -> Result<c_int> {
    // SAFETY: the caller's promise.
    let caller =
        unsafe { ffi::use_host(table) }.map_err(|error| Error::Library(error.to_string()))?;
    // SAFETY: null, or open until the entry point returns.
    let _threads = unsafe { WorkerThreads::of(db) };
    // SAFETY: null, or open and used by this thread until the entry point returns, and of the SQLite whose functions are used now.
    // Collations, which others may have registered for one thread, are kept to this one. The extension's SQL is its author's.
    let mut conn = unsafe { Connection::borrow_raw(db) }?;
    conn.db().keep_to_one_thread();
    initialise(&mut conn)?;
    drop(conn);
    Ok(match caller {
        // It is kept in any case: SQLite need not try.
        ffi::Caller::Host => ffi::SQLITE_OK_LOAD_PERMANENTLY,
        // Called for each connection that is opened, where every other code is an error.
        ffi::Caller::Program => ffi::SQLITE_OK,
    })
}

/// How many threads the host lets SQLite sort with, which it does again when this is dropped.
struct WorkerThreads {
    db: *mut ffi::sqlite3,
    limit: c_int,
}

impl WorkerThreads {
    /// # Safety
    ///
    /// `db` is null or a connection that is open as long as the value lives.
    unsafe fn of(db: *mut ffi::sqlite3) -> Option<Self> {
        if db.is_null() {
            return None;
        }
        // SAFETY: open, as the caller promises; a negative limit changes nothing.
        let limit = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_WORKER_THREADS, -1) };
        Some(Self { db, limit })
    }
}

impl Drop for WorkerThreads {
    fn drop(&mut self) {
        // SAFETY: open, as was promised.
        unsafe { ffi::sqlite3_limit(self.db, ffi::SQLITE_LIMIT_WORKER_THREADS, self.limit) };
    }
}

/// What is said of a panic.
fn panicked(payload: &(dyn Any + Send)) -> String {
    const PANICKED: &str = "the extension panicked";
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    match text {
        Some(text) => format!("{PANICKED}: {text}"),
        None => PANICKED.to_owned(),
    }
}

/// Makes a SQLite extension of a crate: defines the entry point that SQLite calls when it has loaded the crate's library.
///
/// The argument is a function that is given the connection which loads the extension, and registers on it what the extension has. An
/// error that it returns is the host's error, with its text; so is a panic.
///
/// ```
/// use clib::{BorrowedConnection, FunctionFlags, Result};
///
/// fn init(conn: &mut BorrowedConnection<'_>) -> Result<()> {
///     conn.create_typed_function("double_of", FunctionFlags::DETERMINISTIC, |number: i64| {
///         number.checked_mul(2).ok_or_else(|| clib::Error::other("too large"))
///     })
/// }
///
/// clib::extension!(init);
/// # fn main() {}
/// ```
///
/// The crate's manifest asks for a shared library, and for the feature `extension`:
///
/// ```toml
/// [lib]
/// crate-type = ["cdylib"]
///
/// [dependencies]
/// clib = { version = "0.1", default-features = false, features = ["extension"] }
/// ```
///
/// ```text
/// sqlite> .load target/release/libdouble
/// sqlite> SELECT double_of(21);
/// ```
///
/// The entry point is `sqlite3_extension_init`, which SQLite looks for first; two arguments give it another name:
/// `clib::extension!(init, sqlite3_double_init)`. A program that links several extensions needs that.
///
/// # Whose SQLite
///
/// Every function of SQLite that the crate calls is the host's, from the table that SQLite hands to the entry point. That does
/// not depend on how the crate is built: with the feature `extension` a function is looked up when it is called first, in the host's
/// table if an entry point was called before, and else as the link mode says. So Cargo may build programs and extensions of a workspace
/// together, with one set of features for all. Built alone, with no other link mode, an extension contains no SQLite.
///
/// The host's SQLite must be 3.34.1 or newer, and compiled with its whole interface: where options such as
/// `SQLITE_OMIT_SHARED_CACHE` have left functions out, the extension is refused with an error that names them. What is newer than it, and what no SQLite hands to extensions (snapshots, sessions,
/// pre-update hooks), is [missing](crate::require). There is no batch kernel: batches are read and loaded by SQLite's public
/// interface.
///
/// One SQLite of a process can load the library; a second one (a program can contain several) is refused.
///
/// # What outlives the call
///
/// Functions, aggregates and collations belong to the host's connection, which drops them when it is closed, or when others take their
/// place, on any of its threads. It calls them on any thread, one at a time; collations also several at once. A panic in a function is an
/// error of the host's statement; nobody resumes it.
///
/// Hooks and handlers are not offered: a connection has one place of each, which is the host's, and SQLite does not tell when it is
/// taken by another.
///
/// The library stays in memory until the process ends (`SQLITE_OK_LOAD_PERMANENTLY`, and also where `init` fails): a host unloads
/// an extension when its connection is closed, and when `init` has failed, though what was registered before stays; and threads
/// of the extension, and destructors of its thread-local variables, would run what is gone.
#[macro_export]
macro_rules! extension {
    ($init:path) => {
        $crate::extension!($init, sqlite3_extension_init);
    };
    ($init:path, $entry_point:ident) => {
        /// The entry point that SQLite calls when it has loaded this extension.
        ///
        /// # Safety
        ///
        /// SQLite calls it, to have an extension initialise itself.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $entry_point(
            db: *mut $crate::ffi::sqlite3,
            message: *mut *mut ::core::ffi::c_char,
            table: *const $crate::ffi::sqlite3_api_routines,
        ) -> ::core::ffi::c_int {
            // SAFETY: SQLite calls this.
            unsafe { $crate::initialise_extension(db, message, table, $init) }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn too_old() -> c_int {
        3_034_000
    }

    unsafe extern "C" fn malloc(_size: c_int) -> *mut libc::c_void {
        ASKED.fetch_add(1, Ordering::SeqCst);
        null_mut()
    }

    #[test]
    fn a_message_that_nobody_takes_is_not_made() {
        // In the places that `sqlite3ext.h` gives them.
        let mut table = [null::<()>(); 69];
        table[67] = too_old as *const ();
        table[68] = malloc as *const ();
        let table = table.as_ptr().cast();
        let mut message = null_mut();
        for place in [&raw mut message, null_mut()] {
            // SAFETY: the host is refused for its version; of its functions only those two are called.
            let code = unsafe { initialise_extension(null_mut(), place, table, |_| Ok(())) };
            assert_eq!(code, ffi::SQLITE_ERROR);
            assert_eq!(ASKED.load(Ordering::SeqCst), 1);
        }
    }
}
