//! Loading extensions. Wraps [`sqlite3_load_extension`](https://sqlite.org/c3ref/load_extension.html).

use std::path::Path;
use std::ptr;

use clib_sys as ffi;

use super::db::{self, Db, Setting};
use super::pointer;
use crate::error::{Error, Result};

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
        let name = file_name(path)?;
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
        // It can have registered what is called, and prepared what changes settings.
        self.note_registration();
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
                error.message = said;
            }
            error.path = Some(path.to_owned());
        }
        Err(error)
    }
}

#[cfg(unix)]
fn file_name(path: &Path) -> Result<std::ffi::CString> {
    use std::os::unix::ffi::OsStrExt;
    db::c_string(path.as_os_str().as_bytes())
}

#[cfg(not(unix))]
fn file_name(path: &Path) -> Result<std::ffi::CString> {
    match path.to_str() {
        Some(path) => db::c_string(path),
        None => Err(Error::PathNotUtf8 {
            path: path.to_owned(),
        }),
    }
}
