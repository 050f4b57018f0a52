//! SQLite's [result codes](https://sqlite.org/rescode.html), as enums that keep numbers they do not know.

use std::fmt;

use crate::raw::ffi;

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident, $doc:literal: $($variant:ident = $constant:ident, $text:literal;)+) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($constant), "`: ", $text)] $variant,)+
            #[doc = $doc]
            Unknown(i32),
        }

        impl $name {
            /// The number, as SQLite gives it.
            #[must_use]
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$variant => ffi::$constant,)+
                    Self::Unknown(number) => number,
                }
            }

            /// The name in C, such as `SQLITE_BUSY`; `None` for an unknown number.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some(stringify!($constant)),)+
                    Self::Unknown(_) => None,
                }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn of(number: i32) -> Self {
                match number {
                    $(ffi::$constant => Self::$variant,)+
                    number => Self::Unknown(number),
                }
            }
        }

        impl fmt::Display for $name {
            /// The name in C, or the number where it is unknown.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "SQLite code {}", self.number()),
                }
            }
        }
    };
}

codes! {
    /// A primary result code: what kind of failure it was.
    Code, "A code that this version of the crate does not know.":
    Error = SQLITE_ERROR, "An error in the SQL, or a missing table or column.";
    Internal = SQLITE_INTERNAL, "A bug in SQLite.";
    Permission = SQLITE_PERM, "The file's permissions could not be had.";
    Abort = SQLITE_ABORT, "A callback asked to stop, or a rollback ended the statement.";
    Busy = SQLITE_BUSY, "Another connection holds a lock on the database.";
    Locked = SQLITE_LOCKED, "A lock within the same connection or shared cache.";
    OutOfMemory = SQLITE_NOMEM, "Memory could not be allocated.";
    ReadOnly = SQLITE_READONLY, "A write to what may not be written.";
    Interrupt = SQLITE_INTERRUPT, "Stopped by an interrupt.";
    IoError = SQLITE_IOERR, "The operating system reported an error.";
    Corrupt = SQLITE_CORRUPT, "The database file is damaged.";
    NotFound = SQLITE_NOTFOUND, "A file control that is not known.";
    Full = SQLITE_FULL, "The disk or the database is full.";
    CannotOpen = SQLITE_CANTOPEN, "A file could not be opened.";
    Protocol = SQLITE_PROTOCOL, "The locking protocol of WAL mode failed.";
    Empty = SQLITE_EMPTY, "Not used by SQLite today.";
    SchemaChanged = SQLITE_SCHEMA, "The schema changed too often while preparing.";
    TooBig = SQLITE_TOOBIG, "A text, blob or statement over the limit.";
    Constraint = SQLITE_CONSTRAINT, "A constraint of the schema failed.";
    Mismatch = SQLITE_MISMATCH, "A value of the wrong type, such as a text as rowid.";
    Misuse = SQLITE_MISUSE, "The C interface was used wrongly.";
    NoLargeFileSupport = SQLITE_NOLFS, "The file is larger than the system can handle.";
    Authorization = SQLITE_AUTH, "The authorizer denied it.";
    Format = SQLITE_FORMAT, "Not used by SQLite today.";
    Range = SQLITE_RANGE, "A parameter or column number out of range.";
    NotADatabase = SQLITE_NOTADB, "The file is not a database, or is encrypted.";
    Notice = SQLITE_NOTICE, "A message of the log, not an error.";
    Warning = SQLITE_WARNING, "A message of the log, not an error.";
}

impl From<i32> for Code {
    /// The primary code: the low 8 bits of any result code.
    fn from(number: i32) -> Self {
        Self::of(number & 0xff)
    }
}

impl Code {
    /// Whether the file and the system's `errno` belong to the story.
    pub(crate) fn concerns_file(self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::CannotOpen
                | Self::Corrupt
                | Self::Full
                | Self::IoError
                | Self::NoLargeFileSupport
                | Self::NotADatabase
                | Self::Permission
                | Self::Protocol
                | Self::ReadOnly
        )
    }
}

codes! {
    /// An extended result code: the failure in detail.
    ExtendedCode, "Not in the list of extended codes: a primary code's own number, or one from a newer SQLite.":
    ErrorMissingCollation = SQLITE_ERROR_MISSING_COLLSEQ, "A collation that is not registered.";
    ErrorRetry = SQLITE_ERROR_RETRY, "Used inside SQLite.";
    ErrorSnapshot = SQLITE_ERROR_SNAPSHOT, "A snapshot that is no longer there.";
    IoErrorRead = SQLITE_IOERR_READ, "Reading failed.";
    IoErrorShortRead = SQLITE_IOERR_SHORT_READ, "Fewer bytes than asked for.";
    IoErrorWrite = SQLITE_IOERR_WRITE, "Writing failed.";
    IoErrorFsync = SQLITE_IOERR_FSYNC, "Flushing to disk failed.";
    IoErrorDirFsync = SQLITE_IOERR_DIR_FSYNC, "Flushing a folder to disk failed.";
    IoErrorTruncate = SQLITE_IOERR_TRUNCATE, "Truncating failed.";
    IoErrorFstat = SQLITE_IOERR_FSTAT, "The file's state could not be read.";
    IoErrorUnlock = SQLITE_IOERR_UNLOCK, "Unlocking failed.";
    IoErrorReadLock = SQLITE_IOERR_RDLOCK, "A read lock failed.";
    IoErrorDelete = SQLITE_IOERR_DELETE, "Deleting a file failed.";
    IoErrorBlocked = SQLITE_IOERR_BLOCKED, "Not used by SQLite today.";
    IoErrorOutOfMemory = SQLITE_IOERR_NOMEM, "Memory could not be allocated for I/O.";
    IoErrorAccess = SQLITE_IOERR_ACCESS, "Access could not be checked.";
    IoErrorCheckReservedLock = SQLITE_IOERR_CHECKRESERVEDLOCK, "A lock could not be checked.";
    IoErrorLock = SQLITE_IOERR_LOCK, "Locking failed.";
    IoErrorClose = SQLITE_IOERR_CLOSE, "Closing failed.";
    IoErrorDirClose = SQLITE_IOERR_DIR_CLOSE, "Not used by SQLite today.";
    IoErrorShmOpen = SQLITE_IOERR_SHMOPEN, "The shared memory of WAL mode could not be opened.";
    IoErrorShmSize = SQLITE_IOERR_SHMSIZE, "The shared memory of WAL mode could not be enlarged.";
    IoErrorShmLock = SQLITE_IOERR_SHMLOCK, "Not used by SQLite today.";
    IoErrorShmMap = SQLITE_IOERR_SHMMAP, "The shared memory of WAL mode could not be mapped.";
    IoErrorSeek = SQLITE_IOERR_SEEK, "Seeking failed.";
    IoErrorDeleteNoEntry = SQLITE_IOERR_DELETE_NOENT, "The file to delete was not there.";
    IoErrorMmap = SQLITE_IOERR_MMAP, "Memory mapping failed.";
    IoErrorGetTempPath = SQLITE_IOERR_GETTEMPPATH, "There is no folder for temporary files.";
    IoErrorConvertPath = SQLITE_IOERR_CONVPATH, "A path could not be converted.";
    IoErrorVnode = SQLITE_IOERR_VNODE, "For operating system extensions.";
    IoErrorAuth = SQLITE_IOERR_AUTH, "For operating system extensions.";
    IoErrorBeginAtomic = SQLITE_IOERR_BEGIN_ATOMIC, "An atomic write could not begin.";
    IoErrorCommitAtomic = SQLITE_IOERR_COMMIT_ATOMIC, "An atomic write could not be committed.";
    IoErrorRollbackAtomic = SQLITE_IOERR_ROLLBACK_ATOMIC, "An atomic write could not be rolled back.";
    IoErrorData = SQLITE_IOERR_DATA, "A page's checksum is wrong.";
    IoErrorCorruptFs = SQLITE_IOERR_CORRUPTFS, "The file system is damaged.";
    IoErrorInPage = SQLITE_IOERR_IN_PAGE, "Windows could not read a mapped page.";
    LockedSharedCache = SQLITE_LOCKED_SHAREDCACHE, "Another connection of the shared cache holds the lock.";
    LockedVirtualTable = SQLITE_LOCKED_VTAB, "For virtual tables.";
    BusyRecovery = SQLITE_BUSY_RECOVERY, "Another process recovers the WAL.";
    BusySnapshot = SQLITE_BUSY_SNAPSHOT, "The reader's snapshot is too old to write on: begin again.";
    BusyTimeout = SQLITE_BUSY_TIMEOUT, "A blocking lock timed out.";
    CannotOpenNoTempDir = SQLITE_CANTOPEN_NOTEMPDIR, "Not used by SQLite today.";
    CannotOpenIsDir = SQLITE_CANTOPEN_ISDIR, "The path is a folder.";
    CannotOpenFullPath = SQLITE_CANTOPEN_FULLPATH, "The full path could not be made.";
    CannotOpenConvertPath = SQLITE_CANTOPEN_CONVPATH, "The path could not be converted.";
    CannotOpenDirtyWal = SQLITE_CANTOPEN_DIRTYWAL, "Not used by SQLite today.";
    CannotOpenSymlink = SQLITE_CANTOPEN_SYMLINK, "A symbolic link, and the flags forbid to follow it.";
    CorruptVirtualTable = SQLITE_CORRUPT_VTAB, "A virtual table's content is damaged.";
    CorruptSequence = SQLITE_CORRUPT_SEQUENCE, "The table `sqlite_sequence` is damaged.";
    CorruptIndex = SQLITE_CORRUPT_INDEX, "An index disagrees with its table.";
    ReadOnlyRecovery = SQLITE_READONLY_RECOVERY, "The WAL needs recovery, and the file is read-only.";
    ReadOnlyCannotLock = SQLITE_READONLY_CANTLOCK, "The WAL's shared memory cannot be locked.";
    ReadOnlyRollback = SQLITE_READONLY_ROLLBACK, "A hot journal must be rolled back, and the file is read-only.";
    ReadOnlyDbMoved = SQLITE_READONLY_DBMOVED, "The file was moved while open.";
    ReadOnlyCannotInit = SQLITE_READONLY_CANTINIT, "The WAL's shared memory cannot be made.";
    ReadOnlyDirectory = SQLITE_READONLY_DIRECTORY, "The journal cannot be made in a read-only folder.";
    AbortRollback = SQLITE_ABORT_ROLLBACK, "A rollback ended the statement.";
    ConstraintCheck = SQLITE_CONSTRAINT_CHECK, "A CHECK failed.";
    ConstraintCommitHook = SQLITE_CONSTRAINT_COMMITHOOK, "The commit hook refused.";
    ConstraintForeignKey = SQLITE_CONSTRAINT_FOREIGNKEY, "A foreign key failed.";
    ConstraintFunction = SQLITE_CONSTRAINT_FUNCTION, "Raised by a function.";
    ConstraintNotNull = SQLITE_CONSTRAINT_NOTNULL, "A NOT NULL failed.";
    ConstraintPrimaryKey = SQLITE_CONSTRAINT_PRIMARYKEY, "A primary key is not unique.";
    ConstraintTrigger = SQLITE_CONSTRAINT_TRIGGER, "A trigger raised an error.";
    ConstraintUnique = SQLITE_CONSTRAINT_UNIQUE, "A UNIQUE failed.";
    ConstraintVirtualTable = SQLITE_CONSTRAINT_VTAB, "Raised by a virtual table.";
    ConstraintRowid = SQLITE_CONSTRAINT_ROWID, "A rowid is not unique.";
    ConstraintPinned = SQLITE_CONSTRAINT_PINNED, "A trigger deleted the row being updated.";
    ConstraintDatatype = SQLITE_CONSTRAINT_DATATYPE, "A value of the wrong type for a STRICT table.";
    NoticeRecoverWal = SQLITE_NOTICE_RECOVER_WAL, "A message of the log.";
    NoticeRecoverRollback = SQLITE_NOTICE_RECOVER_ROLLBACK, "A message of the log.";
    WarningAutoindex = SQLITE_WARNING_AUTOINDEX, "A message of the log.";
    AuthorizationUser = SQLITE_AUTH_USER, "Not used by SQLite today.";
}

impl From<i32> for ExtendedCode {
    fn from(number: i32) -> Self {
        Self::of(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept() {
        for code in Code::ALL {
            assert_eq!(Code::from(code.number()), *code);
        }
        for code in ExtendedCode::ALL {
            assert_eq!(ExtendedCode::from(code.number()), *code);
            assert_eq!(Code::from(code.number()).number(), code.number() & 0xff);
        }
        assert_eq!(Code::from(200), Code::Unknown(200));
        assert_eq!(
            ExtendedCode::from(ffi::SQLITE_BUSY).number(),
            ffi::SQLITE_BUSY
        );
    }

    #[test]
    fn display_is_the_name_in_c() {
        assert_eq!(Code::Busy.to_string(), "SQLITE_BUSY");
        assert_eq!(ExtendedCode::Unknown(9999).to_string(), "SQLite code 9999");
    }
}
