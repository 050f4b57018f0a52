//! Opening a [`Connection`].

use std::ffi::CString;
use std::path::Path;
use std::time::Duration;

use bitflags::bitflags;

use super::Connection;
#[cfg(not(unix))]
use crate::error::Error;
use crate::error::Result;
use crate::raw::{self, Db, Setting, ffi};

/// How long a new connection waits for locks.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many statements a new connection's cache keeps.
pub(crate) const CACHED_STATEMENTS: usize = 16;

bitflags! {
    /// How to open a database: [`sqlite3_open_v2`](https://sqlite.org/c3ref/open.html)'s flags.
    ///
    /// The mutex flags are not among them: connections are always opened with `SQLITE_OPEN_NOMUTEX`, because the types
    /// already keep two threads apart. Nor is `SQLITE_OPEN_MEMORY`, which would also put into memory what is attached
    /// later: the path `:memory:` and URIs with `mode=memory` do not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct OpenFlags: i32 {
        /// Read only; the file must exist.
        const READ_ONLY = ffi::SQLITE_OPEN_READONLY;
        /// Read and write, or read only where the file is write-protected.
        const READ_WRITE = ffi::SQLITE_OPEN_READWRITE;
        /// With [`READ_WRITE`](Self::READ_WRITE): make the file where it does not exist.
        const CREATE = ffi::SQLITE_OPEN_CREATE;
        /// A path that begins with `file:` is a [URI](https://sqlite.org/uri.html). Without this flag it is a path.
        const URI = ffi::SQLITE_OPEN_URI;
        /// Share the cache with other connections of the process (for named databases in memory).
        const SHARED_CACHE = ffi::SQLITE_OPEN_SHAREDCACHE;
        /// Do not share the cache.
        const PRIVATE_CACHE = ffi::SQLITE_OPEN_PRIVATECACHE;
        /// Refuse a path that is or contains a symbolic link.
        const NO_FOLLOW = ffi::SQLITE_OPEN_NOFOLLOW;
    }
}

impl Default for OpenFlags {
    /// `READ_WRITE | CREATE`.
    fn default() -> Self {
        Self::READ_WRITE | Self::CREATE
    }
}

impl Connection {
    /// Opens a database file for reading and writing, and makes it where it does not exist.
    ///
    /// `:memory:` is a database in memory and the empty path a temporary one on disk, as everywhere in SQLite. The file is
    /// not looked at before the first statement: whether it is a database shows then.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened or made: [`Code::CannotOpen`](crate::Code::CannotOpen), with the path and `errno`.
    #[doc(alias = "sqlite3_open_v2")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with_flags(path, OpenFlags::default())
    }

    /// Opens an existing database file for reading.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    #[doc(alias = "SQLITE_OPEN_READONLY")]
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with_flags(path, OpenFlags::READ_ONLY)
    }

    /// Opens a new database in memory.
    ///
    /// # Errors
    ///
    /// Where memory is short.
    #[doc(alias = "sqlite3_open_v2")]
    pub fn open_in_memory() -> Result<Self> {
        // Not by SQLITE_OPEN_MEMORY, which would put every attached database into memory too, and `VACUUM INTO`'s.
        Self::open_with_flags(":memory:", OpenFlags::default())
    }

    /// Opens a database.
    ///
    /// ```
    /// use clib::{Connection, OpenFlags};
    ///
    /// let flags = OpenFlags::default() | OpenFlags::URI;
    /// let one = Connection::open_with_flags("file:shared?mode=memory&cache=shared", flags)?;
    /// let two = Connection::open_with_flags("file:shared?mode=memory&cache=shared", flags)?;
    /// one.execute_batch("CREATE TABLE t (a)")?;
    /// two.execute("INSERT INTO t VALUES (1)", ())?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Code::Misuse`](crate::Code::Misuse) for flags that exclude each other.
    #[doc(alias = "sqlite3_open_v2")]
    pub fn open_with_flags(path: impl AsRef<Path>, flags: OpenFlags) -> Result<Self> {
        let path = path.as_ref();
        raw::check_library()?;
        let name = c_path(path, flags.contains(OpenFlags::URI))?;
        let db = Db::open(
            &name,
            path,
            (flags & OpenFlags::all()).bits(),
            CACHED_STATEMENTS,
        )?;
        db.set_busy_timeout(BUSY_TIMEOUT)?;
        db.configure(Setting::ForeignKeys, true)?;
        db.configure(Setting::DoubleQuotedStringsInDml, false)?;
        db.configure(Setting::DoubleQuotedStringsInDdl, false)?;
        db.configure(Setting::TrustedSchema, false)?;
        // An error means a library that does not have them.
        let _ = db.configure(Setting::ScanStatus, false);
        // Where a library has FTS3, SQL could pass it any number as the address of a tokenizer.
        db.remove_function(c"fts3_tokenizer", 2)?;
        Ok(Self::of(db))
    }
}

/// The path in the form that SQLite takes.
fn c_path(path: &Path, uri: bool) -> Result<CString> {
    let mut bytes = path_bytes(path)?;
    if !uri && bytes.starts_with(b"file:") {
        // A library can be compiled to read such a path as a URI without being asked.
        bytes.splice(..0, *b"./");
    }
    raw::c_string(bytes)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "fails on other systems")]
pub(crate) fn path_bytes(path: &Path) -> Result<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    Ok(path.as_os_str().as_bytes().to_owned())
}

#[cfg(not(unix))]
pub(crate) fn path_bytes(path: &Path) -> Result<Vec<u8>> {
    match path.to_str() {
        Some(path) => Ok(path.as_bytes().to_owned()),
        None => Err(Error::Path {
            path: path.to_owned(),
        }),
    }
}
