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
    // SAFETY: the caller's promise.
    let text = unsafe { ffi::host_message(table, &said) };
    if !message.is_null() {
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
