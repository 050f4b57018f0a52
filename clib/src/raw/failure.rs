//! SQLite's result codes into [`Error`]: the one place where that happens.

use std::path::PathBuf;

use clib_sys as ffi;
use libc::c_int;

use super::db::Db;
use super::pointer;
use crate::error::{Code, Error, ExtendedCode, SqliteError, lock_holder};

impl Db {
    /// The error of the call on this connection that just returned `code`, while it ran `sql`.
    #[cold]
    pub(super) fn failure(&self, code: c_int, sql: Option<&str>) -> Error {
        let db = self.as_ptr();
        // SAFETY: `db` is live, by the type invariant of `Db`.
        let extended = unsafe { ffi::sqlite3_extended_errcode(db) };
        // The connection's last error is another call's where the codes disagree: SQLITE_MISUSE, for one, is not stored.
        let ours = extended & 0xff == code & 0xff;
        let extended = if ours { extended } else { code };
        let message = if ours {
            // SAFETY: as above.
            let message = unsafe { ffi::sqlite3_errmsg(db) };
            // SAFETY: NUL-terminated, valid until the next call on this connection, of which there is none before the copy.
            unsafe { pointer::string(message) }
        } else {
            None
        };
        // SAFETY: `db` is live.
        let offset = unsafe { ffi::sqlite3_error_offset(db) };
        // SAFETY: `db` is live.
        let errno = unsafe { ffi::sqlite3_system_errno(db) };
        let code = Code::from(extended);
        let concerns_file = code.concerns_file();
        Error::from(SqliteError {
            code,
            extended_code: ExtendedCode::from(extended),
            message: message.unwrap_or_else(|| description(extended)),
            sql: sql.map(str::to_owned),
            offset: sql.filter(|_| ours).and_then(|sql| {
                usize::try_from(offset)
                    .ok()
                    .filter(|offset| *offset <= sql.len())
            }),
            path: concerns_file
                .then(|| self.path().map(PathBuf::from))
                .flatten(),
            errno: (concerns_file && errno != 0).then_some(errno),
            waited: (code == Code::Busy).then(|| self.busy_timeout()),
            locked_by: (code == Code::Busy)
                .then(|| self.path().and_then(lock_holder))
                .flatten(),
        })
    }

    /// `Ok` for `SQLITE_OK`, else the error.
    pub(super) fn check(&self, code: c_int, sql: Option<&str>) -> Result<(), Error> {
        if code == ffi::SQLITE_OK {
            Ok(())
        } else {
            Err(self.failure(code, sql))
        }
    }
}

/// SQLite's general words for a result code.
pub(super) fn description(code: c_int) -> String {
    // SAFETY: any number is allowed.
    let text = unsafe { ffi::sqlite3_errstr(code) };
    // SAFETY: a static NUL-terminated string.
    unsafe { pointer::string(text) }.unwrap_or_default()
}
