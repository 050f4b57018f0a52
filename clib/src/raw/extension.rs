//! Loading extensions. Wraps [`sqlite3_load_extension`](https://sqlite.org/c3ref/load_extension.html).

use std::env::consts::DLL_SUFFIX;
use std::path::Path;
use std::{fmt, ptr};

use clib_sys as ffi;

use super::db::{self, Db, Setting};
use super::pointer;
use crate::connection::{Connection, path_bytes};
use crate::error::{Error, Result};

/// For a file that SQLite has tried before another name, of which alone it tells.
const NOT_A_LIBRARY: &str = "the file is there, but the system does not load it: is it a shared library, for this system, and is what it needs installed?";

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

impl Db {
    /// Whether a setting is on.
    fn is_configured(&self, setting: Setting) -> Result<bool> {
        let mut on: libc::c_int = 0;
        // SAFETY: open, by the type invariant; these verbs take an `int`, of which -1 changes nothing, and a place for the value.
        let code =
            unsafe { ffi::sqlite3_db_config(self.as_ptr(), setting.number(), -1, &raw mut on) };
        self.check(code, None)?;
        Ok(on != 0)
    }

    /// Allows loading extensions by [`load_extension`](Self::load_extension), not by SQL: whether it was allowed before.
    pub(crate) fn allow_extensions(&self, allowed: bool) -> Result<bool> {
        super::require("sqlite3_load_extension")?;
        let before = self.is_configured(Setting::LoadExtension)?;
        self.configure(Setting::LoadExtension, allowed)?;
        Ok(before)
    }

    /// Loads an extension, and has it initialise itself.
    ///
    /// # Safety
    ///
    /// The file is an extension that keeps the rules of SQLite, and those that this crate needs: see
    /// [`LoadExtensionGuard::load`](crate::LoadExtensionGuard::load).
    pub(crate) unsafe fn load_extension(
        &mut self,
        path: &Path,
        entry_point: Option<&str>,
    ) -> Result<()> {
        let name = db::c_string(path_bytes(path)?)?;
        let entry_point = entry_point.map(db::c_string).transpose()?;
        let mut message = ptr::null_mut();
        // SAFETY: open, by the type invariant; the names are NUL-terminated, or null for SQLite's own choice; the message is
        // writable. The caller vouches for what runs.
        let code = unsafe {
            ffi::sqlite3_load_extension(
                self.as_ptr(),
                name.as_ptr(),
                entry_point
                    .as_ref()
                    .map_or(ptr::null(), |name| name.as_ptr()),
                &raw mut message,
            )
        };
        // It can have registered what is called, collations and an authorizer too, and prepared what changes settings.
        self.note_registration();
        self.note_foreign();
        self.keep_to_one_thread();
        self.prepared_something();
        // SAFETY: null or NUL-terminated, and ours.
        let said = unsafe { pointer::string(message) };
        // SAFETY: SQLite's memory, or null; used no more.
        unsafe { ffi::sqlite3_free(message.cast()) };
        self.callbacks().resume();
        if code == ffi::SQLITE_OK {
            return Ok(());
        }
        let mut error = db::without_connection(code);
        if let Error::Sqlite(error) = &mut error {
            if let Some(said) = said {
                // SQLite tells why the last name has failed that it has tried.
                let other = format!("{}{DLL_SUFFIX}", path.display());
                error.hint = (said.contains(&other) && path.is_file()).then_some(NOT_A_LIBRARY);
                error.message = said;
            }
            error.path = Some(path.to_owned());
        }
        Err(error)
    }
}
