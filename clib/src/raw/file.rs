//! What a connection knows of the files it has open, and of the transactions on them.

use std::ffi::CStr;
use std::path::PathBuf;

use clib_sys as ffi;
use libc::c_int;

use super::db::{self, Db};
use super::pointer;

/// The file of a schema, and how it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DatabaseFile {
    /// The path, as SQLite has resolved it.
    pub(crate) path: PathBuf,
    /// The parameters of the URI that it was opened by, names and values decoded; none where it was a path.
    pub(crate) parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What transaction is open on a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionState {
    None,
    Read,
    Write,
}

impl Db {
    /// The file of a schema; `None` in memory, for temporary databases, and where there is no such schema.
    pub(crate) fn file(&self, schema: &CStr) -> Option<DatabaseFile> {
        // SAFETY: open, by the type invariant; the name is NUL-terminated.
        let name = unsafe { ffi::sqlite3_db_filename(self.as_ptr(), schema.as_ptr()) };
        // SAFETY: null or NUL-terminated, and SQLite keeps it until the schema is detached, which needs a call on this
        // connection: there is none of that kind before the copy.
        let path = unsafe { pointer::c_bytes(name) }.filter(|path| !path.is_empty())?;
        let path = db::path(path)?.to_owned();
        let mut parameters = Vec::new();
        for number in 0.. {
            // SAFETY: `name` comes from `sqlite3_db_filename`, as this function asks for; any number is allowed.
            let key = unsafe { ffi::sqlite3_uri_key(name, number) };
            // SAFETY: null or NUL-terminated, and part of the name's memory.
            let Some(key_bytes) = (unsafe { pointer::c_bytes(key) }) else {
                break;
            };
            // SAFETY: as for `sqlite3_uri_key`; the key is NUL-terminated.
            let value = unsafe { ffi::sqlite3_uri_parameter(name, key) };
            // SAFETY: null or NUL-terminated, and part of the name's memory.
            let value = unsafe { pointer::c_bytes(value) }.unwrap_or_default();
            parameters.push((key_bytes.to_owned(), value.to_owned()));
        }
        Some(DatabaseFile { path, parameters })
    }

    /// Whether the schema's file was renamed, deleted or replaced since it was opened: a path leads to another one now, or
    /// nowhere. `false` on systems that cannot tell.
    pub(crate) fn has_moved(&self, schema: &CStr) -> bool {
        let mut moved: c_int = 0;
        // SAFETY: open, by the type invariant; the name is NUL-terminated, and this verb writes an `int`.
        let code = unsafe {
            ffi::sqlite3_file_control(
                self.as_ptr(),
                schema.as_ptr(),
                ffi::SQLITE_FCNTL_HAS_MOVED,
                (&raw mut moved).cast(),
            )
        };
        code == ffi::SQLITE_OK && moved != 0
    }

    /// What transaction is open on a schema.
    pub(crate) fn transaction_state(&self, schema: &CStr) -> TransactionState {
        // SAFETY: open, by the type invariant; the name is NUL-terminated.
        match unsafe { ffi::sqlite3_txn_state(self.as_ptr(), schema.as_ptr()) } {
            ffi::SQLITE_TXN_WRITE => TransactionState::Write,
            ffi::SQLITE_TXN_READ => TransactionState::Read,
            _ => TransactionState::None,
        }
    }
}
