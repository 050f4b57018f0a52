//! [`Builder`]: how a pool is made.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{Inner, Pool, PoolError, Role};
use crate::connection::{Connection, OpenFlags};
use crate::error::{Error, Result};

/// Runs on each new connection.
pub(super) type Init = Arc<dyn Fn(&mut Connection, Role) -> Result<()> + Send + Sync>;

/// How a [`Pool`] is made: by [`Pool::builder`].
///
/// | what | default |
/// |---|---|
/// | [`readers`](Self::readers) | as many as the machine runs threads, from 4 to 16 |
/// | [`max_waiters`](Self::max_waiters) | 1,024 for a reader, and as many for the writer |
/// | [`wait_timeout`](Self::wait_timeout) | 30 s |
/// | [`busy_timeout`](Self::busy_timeout) | 5 s |
/// | [`wal`](Self::wal) | on |
/// | [`statement_cache_capacity`](Self::statement_cache_capacity) | 64 |
///
/// Everything else is as on any [`Connection`].
#[derive(Clone)]
pub struct Builder {
    pub(super) readers: usize,
    pub(super) max_waiters: usize,
    pub(super) wait_timeout: Duration,
    pub(super) busy_timeout: Duration,
    pub(super) cached_statements: usize,
    pub(super) init: Option<Init>,
    wal: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(4, usize::from);
        Self {
            readers: threads.clamp(4, 16),
            max_waiters: 1024,
            wait_timeout: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(5),
            cached_statements: 64,
            init: None,
            wal: true,
        }
    }
}

impl Builder {
    /// How many connections read at most: at least 1. They are opened when they are needed.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many callers wait for a reader at most, and how many for the writer. One more fails at once, with
    /// [`PoolError::TooManyWaiters`].
    #[must_use]
    pub fn max_waiters(mut self, waiters: usize) -> Self {
        self.max_waiters = waiters;
        self
    }

    /// How long a caller waits for a connection at most, before [`PoolError::Timeout`].
    #[must_use]
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = timeout;
        self
    }

    /// How long is waited for locks that others hold, other processes for example: by a statement in a
    /// [`read`](Pool::read), and by all attempts of a [`write`](Pool::write) together.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Whether the database is put in WAL mode, in which readers and the writer do not wait for each other. It is written in
    /// the file. Without, the journal mode stays what it is.
    #[must_use]
    pub fn wal(mut self, wal: bool) -> Self {
        self.wal = wal;
        self
    }

    /// How many statements each connection keeps for [`prepare_cached`](Connection::prepare_cached).
    #[must_use]
    pub fn statement_cache_capacity(mut self, capacity: usize) -> Self {
        self.cached_statements = capacity;
        self
    }

    /// What is done with each new connection: functions registered, settings set, databases attached. What it registers stays;
    /// a connection with more than that is replaced when it comes back. Deadlines, and progress and busy handlers, do not stay: they
    /// are for one use.
    #[must_use]
    pub fn with_init(
        mut self,
        init: impl Fn(&mut Connection, Role) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.init = Some(Arc::new(init));
        self
    }

    /// Opens the database for reading and writing, and makes it where it does not exist. The writer is opened now.
    ///
    /// # Errors
    ///
    /// As [`Connection::open`]; [`PoolError::NotAFile`]; what the function of [`with_init`](Self::with_init) returns.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Pool> {
        let mut writer = Connection::open(path)?;
        // As SQLite has resolved it: the working directory may change.
        let path = writer.path().ok_or(Error::from(PoolError::NotAFile))?;
        let path = path.to_owned();
        writer.busy_timeout(self.busy_timeout)?;
        if self.wal {
            writer.pragma_set_and_get::<String>(Some("main"), "journal_mode", "wal")?;
        }
        self.prepare(&mut writer, Role::Writer)?;
        Ok(Pool::new(Inner::new(path, self, writer)))
    }

    /// Opens one more.
    pub(super) fn connect(&self, path: &Path, role: Role) -> Result<Connection> {
        let flags = match role {
            Role::Reader => OpenFlags::READ_ONLY,
            // Where the file is gone it is not made anew.
            Role::Writer => OpenFlags::READ_WRITE,
        };
        let mut conn = Connection::open_with_flags(path, flags)?;
        self.prepare(&mut conn, role)?;
        Ok(conn)
    }

    fn prepare(&self, conn: &mut Connection, role: Role) -> Result<()> {
        conn.busy_timeout(self.busy_timeout)?;
        conn.set_statement_cache_capacity(self.cached_statements);
        if role == Role::Reader {
            // A read-only connection could still write to what it attaches.
            conn.execute_batch("PRAGMA query_only = 1")?;
        }
        match &self.init {
            Some(init) => init(conn, role),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("readers", &self.readers)
            .field("max_waiters", &self.max_waiters)
            .field("wait_timeout", &self.wait_timeout)
            .field("busy_timeout", &self.busy_timeout)
            .field("wal", &self.wal)
            .finish_non_exhaustive()
    }
}
