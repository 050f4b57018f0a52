//! Opening databases, and telling their errors.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clib::{Code, Connection, Error, ExtendedCode, OpenFlags};
use tempfile::{NamedTempFile, TempPath};

use crate::args::Common;
use crate::failure::{self, Failure, Result};
use crate::interrupt::Interrupt;

/// How long Ctrl-C may go unnoticed while a lock is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// A database as messages call it.
pub(crate) struct Database {
    pub(crate) subject: String,
    pub(crate) connection: Connection,
    path: PathBuf,
    timeout: Duration,
    interrupt: Interrupt,
    /// A new database is built beside its place.
    building: Option<TempPath>,
}

impl Database {
    /// Opens an existing database for reading.
    pub(crate) fn read(path: &Path, common: &Common, interrupt: &Interrupt) -> Result<Self> {
        exists(path)?;
        Database::open(path, path, OpenFlags::READ_ONLY, common, interrupt)
    }

    /// Opens an existing database for writing.
    pub(crate) fn write(path: &Path, common: &Common, interrupt: &Interrupt) -> Result<Self> {
        exists(path)?;
        let database = Database::open(path, path, OpenFlags::READ_WRITE, common, interrupt)?;
        // SQLite opens a protected file for reading and fails later, at the first change.
        if database.connection.is_read_only("main") == Some(true) {
            return Err(Failure::about(
                &database.subject,
                "the file is read-only: writing to it is not permitted",
            ));
        }
        Ok(database)
    }

    /// Opens a database for writing, or begins a new one.
    ///
    /// The new one is built in a temporary file beside `path` and appears there, whole, when
    /// [`Database::finish`] is called; without that, nothing of it remains.
    pub(crate) fn write_or_create(
        path: &Path,
        common: &Common,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        if path.try_exists().unwrap_or(true) {
            return Database::write(path, common, interrupt);
        }
        let subject = failure::show(path);
        let part = part_beside(path).map_err(|error| {
            Failure::about(&subject, format!("cannot be made: {}", failure::io(&error)))
        })?;
        // Closed before SQLite opens it: closing it later would drop SQLite's locks.
        let part = part.into_temp_path();
        let mut database = Database::open(path, &part, OpenFlags::READ_WRITE, common, interrupt)?;
        database.building = Some(part);
        // Nobody else sees the file and an unfinished one is thrown away, so it needs neither a
        // journal on disk nor a sync before `finish`.
        for (pragma, value) in [("journal_mode", "memory"), ("synchronous", "off")] {
            database
                .connection
                .pragma_set(Some("main"), pragma, value)
                .map_err(|error| database.fail(error))?;
        }
        Ok(database)
    }

    fn open(
        path: &Path,
        file: &Path,
        flags: OpenFlags,
        common: &Common,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let subject = failure::show(path);
        // A relative path with `./` before it is none of the names that SQLite takes specially.
        let file = Path::new(".").join(file);
        let opened = || {
            let connection = Connection::open_with_flags(&file, flags)?;
            connection.busy_timeout(common.timeout)?;
            Ok(connection)
        };
        let connection = opened().map_err(|error| about(&subject, error))?;
        interrupt.stops(&connection);
        // Opening looks at nothing; this reads the file's header and schema.
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", (), |row| {
                row.get::<_, i64>(0)
            })
            .map_err(|error| about(&subject, error))?;
        Ok(Database {
            subject,
            connection,
            path: path.to_owned(),
            timeout: common.timeout,
            interrupt: interrupt.clone(),
            building: None,
        })
    }

    /// An error of this database.
    pub(crate) fn fail(&self, error: Error) -> Failure {
        if error.is_interrupt() {
            self.interrupt.notice();
        }
        about(&self.subject, error)
    }

    /// Begins a transaction that may write, waiting for other writers as long as was asked.
    ///
    /// It ends with [`Database::commit`], or is rolled back when the database is dropped.
    pub(crate) fn begin(&self) -> Result<()> {
        let begun = Instant::now();
        let fail = |error| self.fail(error);
        // SQLite's own wait cannot be interrupted, so it is cut in pieces.
        self.connection.busy_timeout(PATIENCE).map_err(fail)?;
        loop {
            match self.connection.execute("BEGIN IMMEDIATE", ()) {
                Ok(_) => break,
                Err(Error::Sqlite(mut error)) if error.code == Code::Busy => {
                    self.interrupt.check()?;
                    if begun.elapsed() >= self.timeout {
                        error.busy_timeout = Some(self.timeout);
                        return Err(self.fail(Error::Sqlite(error)));
                    }
                }
                Err(error) => return Err(self.fail(error)),
            }
        }
        self.connection.busy_timeout(self.timeout).map_err(fail)
    }

    /// Commits what was done since [`Database::begin`].
    pub(crate) fn commit(&self) -> Result<()> {
        self.connection
            .execute("COMMIT", ())
            .map(|_| ())
            .map_err(|error| self.fail(error))
    }

    /// Makes sure that nothing remains of a change that failed.
    ///
    /// After an error of the disk SQLite leaves the rolling back to whoever reads next, who may not have the right to.
    pub(crate) fn restore(&self) {
        self.interrupt.notice();
        if self.building.is_none() {
            // Where this fails too, the next reader has another try: there is nothing more to do or say.
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute("ROLLBACK", ());
            }
            let _ = self
                .connection
                .execute_batch("SELECT count(*) FROM sqlite_schema");
        }
    }

    /// Closes the database; a new one gets its name now. Gives the file's size.
    pub(crate) fn finish(self) -> Result<u64> {
        let Database {
            subject,
            connection,
            path,
            building,
            ..
        } = self;
        connection
            .close()
            .map_err(|(_, error)| about(&subject, error))?;
        let fail = |error: io::Error| Failure::about(&subject, failure::io(&error));
        if let Some(part) = building {
            File::open(&part)
                .and_then(|file| file.sync_all())
                .map_err(fail)?;
            part.persist_noclobber(&path).map_err(|error| {
                if error.error.kind() == io::ErrorKind::AlreadyExists {
                    Failure::about(
                        &subject,
                        "another process made it in the meantime; nothing was done to it",
                    )
                } else {
                    fail(error.error)
                }
            })?;
        }
        Ok(std::fs::metadata(&path).map_err(fail)?.len())
    }
}

/// Makes an empty file beside `path`, with the permissions a new file gets there.
///
/// It vanishes when dropped, unless it is persisted under its final name.
pub(crate) fn part_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path does not name a file")
    })?;
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes its share. Without this the file would be for its owner alone.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // The error would name the temporary file, which the user never asked for.
    builder.tempfile_in(folder).map_err(|error| {
        let inner = error.get_ref().and_then(|inner| inner.source());
        match inner.and_then(|inner| inner.downcast_ref::<io::Error>()) {
            Some(inner) => io::Error::new(inner.kind(), inner.to_string()),
            None => error,
        }
    })
}

/// SQLite would make the file, or say only that it cannot open it.
fn exists(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => Err(Failure::about(failure::show(path), "is a directory")),
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::about(failure::show(path), failure::io(&error))),
    }
}

/// An error of the database that messages call `subject`.
pub(crate) fn about(subject: &str, error: Error) -> Failure {
    let hint = match error.sqlite() {
        Some(sqlite) if sqlite.code == Code::Busy => "; --timeout SECONDS waits longer",
        Some(sqlite) if sqlite.extended_code == ExtendedCode::ReadOnlyRollback => {
            "; an unfinished change must be rolled back first: open it for writing, \
             for example with `clib query --write DB \"SELECT 1\"`"
        }
        _ => "",
    };
    Failure::about(subject, format!("{}{hint}", to_the_point(error)))
}

/// Without the path, which is the message's subject already (or a temporary one, while a database is built), and without
/// the SQL unless it is at fault.
fn to_the_point(error: Error) -> Error {
    match error {
        Error::Sqlite(mut sqlite) => {
            sqlite.path = None;
            if sqlite.code != Code::Error {
                sqlite.sql = None;
            }
            Error::Sqlite(sqlite)
        }
        other => other,
    }
}
