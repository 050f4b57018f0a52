//! Loading [extensions](https://sqlite.org/loadext.html), and being one.

use std::fmt;
use std::path::Path;

use crate::connection::Connection;
use crate::error::Result;

/// Allows a connection to load extensions, as long as it lives.
///
/// By default no connection does, and SQL never can: `load_extension()` stays refused. A guard that is leaked leaves its connection so
/// that only this type's [`load`](Self::load) and raw calls load more.
///
/// ```no_run
/// use clib::{Connection, LoadExtensionGuard};
///
/// let mut conn = Connection::open_in_memory()?;
/// // SAFETY: nobody else loads anything on this connection.
/// let mut extensions = unsafe { LoadExtensionGuard::new(&mut conn) }?;
/// // SAFETY: the system's own, which keeps SQLite's rules.
/// unsafe { extensions.load("/usr/lib/x86_64-linux-gnu/libsqlite3_mod_csvtable", None) }?;
/// drop(extensions);
/// conn.execute_batch("CREATE VIRTUAL TABLE temp.flights USING csvtable('flights.csv')")?;
/// # Ok::<(), clib::Error>(())
/// ```
///
/// Both calls are `unsafe`:
///
/// ```compile_fail,E0133
/// # let mut conn = clib::Connection::open_in_memory()?;
/// let extensions = clib::LoadExtensionGuard::new(&mut conn)?;
/// # Ok::<(), clib::Error>(())
/// ```
///
/// ```compile_fail,E0133
/// fn load(extensions: &mut clib::LoadExtensionGuard<'_>) {
///     let _ = extensions.load("csvtable", None);
/// }
/// ```
pub struct LoadExtensionGuard<'conn> {
    conn: &'conn mut Connection,
    /// Whether it was allowed before.
    before: bool,
}

impl<'conn> LoadExtensionGuard<'conn> {
    /// Allows the connection to load extensions.
    ///
    /// # Errors
    ///
    /// [`Error::MissingFunction`](crate::Error::MissingFunction) where the library is compiled without them.
    ///
    /// # Safety
    ///
    /// As long as the guard lives, what uses the connection by raw calls, such as an extension, loads no other extensions than those
    /// that the caller would.
    #[doc(alias = "sqlite3_enable_load_extension")]
    #[doc(alias = "sqlite3_db_config")]
    pub unsafe fn new(conn: &'conn mut Connection) -> Result<Self> {
        conn.ready()?;
        let before = conn.db().allow_extensions(true)?;
        Ok(Self { conn, before })
    }

    /// Loads an extension: a shared library, whose suffix may be left out. Its `entry_point` is found by the file's name, if it is not
    /// given: `sqlite3_extension_init`, or `sqlite3_csvtable_init` in `libcsvtable.so`.
    ///
    /// A path without a slash is searched for as the system does. What the extension registers stays until the connection is closed,
    /// and so does its code, or longer.
    ///
    /// # Errors
    ///
    /// Where the file is none, or has no such entry point, with the system's words; where the extension refuses to be loaded, with its
    /// own.
    ///
    /// # Safety
    ///
    /// What the file's initialisers and the extension do, now and when it is called later, is sound: of all that runs in
    /// the process, it can break anything. It keeps SQLite's rules; what it registers may be called from any thread, by one at a time, as
    /// a [`Connection`] may move; it does not close the connection, nor finish statements or transactions of others.
    #[doc(alias = "sqlite3_load_extension")]
    pub unsafe fn load(&mut self, path: impl AsRef<Path>, entry_point: Option<&str>) -> Result<()> {
        self.conn.ready()?;
        // SAFETY: the caller's promise.
        unsafe {
            self.conn
                .db_mut()
                .load_extension(path.as_ref(), entry_point)
        }
    }
}

impl Drop for LoadExtensionGuard<'_> {
    fn drop(&mut self) {
        // Fails only for a connection or a number that SQLite does not know.
        let _ = self.conn.db().allow_extensions(self.before);
    }
}

impl fmt::Debug for LoadExtensionGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadExtensionGuard").finish_non_exhaustive()
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
#[cfg(feature = "extension")]
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
