//! Loading extensions. Wraps [`sqlite3_load_extension`](https://sqlite.org/c3ref/load_extension.html).

use std::env::consts::DLL_SUFFIX;
use std::path::Path;
use std::ptr;

use clib_sys as ffi;

use super::db::{self, Db, Setting};
use super::pointer;
use crate::connection::path_bytes;
use crate::error::{Error, Result};

/// For a file that SQLite has tried before another name, of which alone it tells.
const NOT_A_LIBRARY: &str = "the file is there, but the system does not load it: is it a shared library, for this system, and is what it needs installed?";

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
        // It can have registered what is called, collations too, and prepared what changes settings.
        self.note_registration();
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
