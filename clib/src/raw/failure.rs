//! SQLite's result codes into [`Error`]: the one place where that happens.

use std::path::PathBuf;

use clib_sys as ffi;
use libc::c_int;

use super::db::Db;
use super::pointer;
use super::stmt::Stmt;
use crate::error::{Blocked, Code, Error, ExtendedCode, SqliteError, lock_holder};
use crate::types::ValueRef;

/// Where it was not found which one it is: see `damage`.
const INTEGRITY_CHECK: &str = "`PRAGMA integrity_check` says which pages are damaged";

/// For a statement that could not wait for the lock because it reads already.
const BEGIN_IMMEDIATE: &str =
    "a transaction that has read cannot wait for the write lock: begin it as immediate";

impl Db {
    /// The error of the call on this connection that just returned `code`, while it ran `sql`.
    #[cold]
    ///
    /// Where it comes of user code, this is where the caller gets its panic or its error.
    pub(super) fn failure(&self, code: c_int, sql: Option<&str>) -> Error {
        self.callbacks().resume_panic();
        let stopped_by = self.stopped_by(code);
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
        let message = message.unwrap_or_else(|| description(extended));
        let wordless = extended == ffi::SQLITE_ERROR && message == description(extended);
        let own = self.callbacks().take_error(extended, &message, wordless);
        if let Some(error) = own {
            return error;
        }
        // Other codes than this one come from calls that leave the offset of an earlier error.
        let offset = if extended == ffi::SQLITE_ERROR {
            // SAFETY: `db` is live.
            unsafe { ffi::sqlite3_error_offset(db) }
        } else {
            -1
        };
        // SAFETY: `db` is live.
        let errno = unsafe { ffi::sqlite3_system_errno(db) };
        let code = Code::from(extended);
        let mut error = SqliteError {
            code,
            extended_code: ExtendedCode::from(extended),
            message,
            sql: sql.map(str::to_owned),
            offset: sql.filter(|_| ours).and_then(|sql| {
                usize::try_from(offset)
                    .ok()
                    .filter(|offset| *offset <= sql.len())
            }),
            path: None,
            // SQLite keeps the number until the next of these errors.
            errno: (matches!(code, Code::CannotOpen | Code::IoError) && errno != 0)
                .then_some(errno),
            busy_timeout: None,
            locked_by: None,
            damage: None,
            stopped_by: None,
            hint: None,
        };
        if let Some(why) = stopped_by {
            error.stop(why);
        }
        if code == Code::Corrupt && error.message == description(code.number()) {
            error.hint = Some(INTEGRITY_CHECK);
        }
        // All that the connection remembers of the error is copied: from here on it may be asked other things.
        if code.concerns_file() {
            self.add_file(&mut error);
        }
        Error::from(error)
    }

    /// Adds the file that the error concerns, and who locked it.
    fn add_file(&self, error: &mut SqliteError) {
        let is_general = error.message == description(error.code.number());
        if error.code == Code::CannotOpen && !is_general {
            // ATTACH says what it could not open.
            return;
        }
        if error.code == Code::Busy && !is_general {
            // Not a lock of the file: a statement of this connection is running, for example.
            return;
        }
        // What is asked here is answered, whatever has passed.
        let _suspended = self.suspend_limits();
        let file = self
            .path()
            .filter(|_| !self.may_concern_another(error.code))
            .map(PathBuf::from);
        if error.code == Code::Busy {
            // SAFETY: open, by the type invariant; the name is NUL-terminated.
            let state = unsafe { ffi::sqlite3_txn_state(self.as_ptr(), c"main".as_ptr()) };
            let stale = error.extended_code == ExtendedCode::BusySnapshot;
            if stale || state == ffi::SQLITE_TXN_READ {
                error.hint = Some(BEGIN_IMMEDIATE);
            } else if error.stopped_by.is_none() {
                error.busy_timeout = self.busy_timeout();
            }
            let blocked = if state == ffi::SQLITE_TXN_WRITE {
                Blocked::Commit
            } else {
                Blocked::Begin
            };
            error.locked_by = file
                .as_deref()
                .filter(|_| !stale)
                .and_then(|file| lock_holder(file, blocked));
        }
        error.path = file;
    }

    /// Whether the error may concern another file than the connection's own: that of an attached database, or a temporary
    /// one.
    fn may_concern_another(&self, code: Code) -> bool {
        let first = match code {
            // What is in a temporary file is not locked, damaged or read-only.
            Code::Full | Code::IoError => 1,
            _ => 2,
        };
        // This pragma reads no file, but before SQLite 3.39 the schema, which may be what is damaged.
        let Some(mut list) = Stmt::prepare_own(self, c"PRAGMA database_list") else {
            return false;
        };
        while let Ok(true) = list.step() {
            // 0 is `main`, 1 is `temp`.
            if matches!(list.value(0), Ok(ValueRef::Integer(number)) if number >= first) {
                return true;
            }
        }
        false
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
