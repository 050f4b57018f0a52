//! A pool of connections to one database file: one that writes, and many that read.
//!
//! SQLite lets one connection write at a time. A [`Pool`] makes that a queue in the program, first come, first served, where
//! without it there would be collisions of locks; and in WAL mode, which it turns on, readers neither wait for the writer nor make it
//! wait. Everything is bounded: how many connections there are and so how many threads are in SQLite at once, how many callers wait,
//! and how long.
//!
//! ```
//! use clib::{Pool, Result};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("shop.db");
//! let pool = Pool::builder().readers(4).open(path)?;
//! pool.write(|tx| tx.execute_batch("CREATE TABLE sale (amount INTEGER)"))?;
//! std::thread::scope(|threads| {
//!     for amount in 1..=8 {
//!         let pool = &pool;
//!         threads.spawn(move || pool.write(|tx| tx.execute("INSERT INTO sale VALUES (?1)", [amount])));
//!     }
//! });
//! let total: i64 = pool.read(|conn| conn.query_row("SELECT sum(amount) FROM sale", (), |row| row.get(0)))?;
//! assert_eq!(total, 36);
//! pool.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What comes back
//!
//! A connection that is given back is made what it was. An open transaction is rolled back, and deadlines, scopes, progress and busy
//! handlers are removed. It is closed, and another one opened when it is needed, where that does not do: the thread was panicking, a
//! statement or a load was leaked, functions were registered, or it is another connection than the one that was taken. What SQL text
//! has set otherwise (pragmas, attached databases, temporary tables) stays, so set it in [`Builder::with_init`].
//!
//! # What it does not do
//!
//! It never tests a connection before it is used, nor closes one for its age: a file does not hang up. No lock of the pool is held
//! while SQLite runs, or user code does.

mod builder;
mod error;
mod gate;
mod guard;
mod retry;
mod sync;

pub use builder::Builder;
pub use error::PoolError;
pub use guard::PooledConnection;
#[cfg(feature = "async")]
pub(crate) use {
    gate::{Enter, Grant, Refused},
    guard::Permit,
};

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::gate::Gate;
#[cfg(not(feature = "async"))]
use self::gate::{Grant, Refused};
#[cfg(not(feature = "async"))]
use self::guard::Permit;
use self::retry::Retry;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::transaction::{Transaction, TransactionBehavior};

/// What a connection of a pool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It only reads: opened read-only, with `PRAGMA query_only`.
    Reader,
    /// It writes, alone.
    Writer,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Writer => "writer",
        }
    }
}

/// Connections to one database file, for any number of threads: see the [module](self). Cloning it gives another handle.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

pub(crate) struct Inner {
    path: PathBuf,
    builder: Builder,
    readers: Gate<Connection>,
    writer: Gate<Connection>,
}

/// How a pool stands: [`Pool::state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolState {
    /// Readers in use.
    pub readers_in_use: usize,
    /// Readers that are open and not in use.
    pub readers_idle: usize,
    /// Callers that wait for a reader.
    pub readers_waited_for: usize,
    /// Whether the writer is in use.
    pub writer_in_use: bool,
    /// Callers that wait for the writer.
    pub writer_waited_for: usize,
}

impl Inner {
    fn new(path: PathBuf, builder: Builder, writer: Connection) -> Self {
        let this = Self {
            path,
            readers: Gate::new(builder.readers, builder.max_waiters),
            writer: Gate::new(1, builder.max_waiters),
            builder,
        };
        // As if the first user had left it.
        drop(sync::block_on(this.writer.enter(), None));
        this.writer.give_back(Some(writer));
        this
    }

    fn gate(&self, role: Role) -> &Gate<Connection> {
        match role {
            Role::Reader => &self.readers,
            Role::Writer => &self.writer,
        }
    }

    fn refused(role: Role, refused: Refused) -> Error {
        let what = role.name();
        Error::from(match refused {
            Refused::Closed => PoolError::Closed,
            Refused::Full(waiting) => PoolError::TooManyWaiters { what, waiting },
        })
    }

    /// The error of one who has waited too long, where its own deadline is `deadline`.
    fn late(&self, role: Role, deadline: Option<Instant>) -> Error {
        let what = role.name();
        Error::from(
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                PoolError::Deadline { what }
            } else {
                PoolError::Timeout {
                    what,
                    waited: self.builder.wait_timeout,
                    in_use: self.gate(role).count().held,
                }
            },
        )
    }
}

impl Pool {
    /// How a pool is made.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A pool with the defaults of [`Builder`], which makes the file where it does not exist.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().open(path)
    }

    fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// A reader, for as long as the result lives; waits where all are in use.
    ///
    /// # Errors
    ///
    /// [`Error::Pool`], and those of opening a connection.
    pub fn get(&self) -> Result<PooledConnection> {
        self.connection(Role::Reader, None)
    }

    /// As [`get`](Self::get), without waiting: `None` where all readers are in use.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn try_get(&self) -> Result<Option<PooledConnection>> {
        // What is past waits for nothing.
        let now = Instant::now();
        match sync::block_on(self.0.readers.enter(), Some(now)) {
            None => Ok(None),
            Some(Err(Refused::Full(_))) => Ok(None),
            Some(Err(refused)) => Err(Inner::refused(Role::Reader, refused)),
            Some(Ok(grant)) => self.permit(Role::Reader, grant).connect(None).map(Some),
        }
    }

    /// The writer, for as long as the result lives; waits where it is in use.
    ///
    /// [`write`](Self::write) does more: it begins the transaction so that it can commit, and tries again where that does not go.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_writer(&self) -> Result<PooledConnection> {
        self.connection(Role::Writer, None)
    }

    fn connection(&self, role: Role, deadline: Option<Instant>) -> Result<PooledConnection> {
        let until = self.wait_until(deadline);
        let entered = sync::block_on(self.0.gate(role).enter(), until);
        self.admit(role, deadline, entered)?.connect(deadline)
    }

    /// What has come of waiting.
    pub(crate) fn admit(
        &self,
        role: Role,
        deadline: Option<Instant>,
        entered: Option<std::result::Result<Grant<Connection>, Refused>>,
    ) -> Result<Permit> {
        match entered {
            None => Err(self.0.late(role, deadline)),
            Some(Err(refused)) => Err(Inner::refused(role, refused)),
            Some(Ok(grant)) => Ok(self.permit(role, grant)),
        }
    }

    /// Until when is waited for a connection.
    pub(crate) fn wait_until(&self, deadline: Option<Instant>) -> Option<Instant> {
        let timeout = Instant::now().checked_add(self.0.builder.wait_timeout);
        match (timeout, deadline) {
            (Some(timeout), Some(deadline)) => Some(timeout.min(deadline)),
            (timeout, deadline) => timeout.or(deadline),
        }
    }

    #[cfg(feature = "async")]
    pub(crate) fn gate(&self, role: Role) -> &Gate<Connection> {
        self.0.gate(role)
    }

    /// How many connections are in use at most, the writer included.
    #[cfg(feature = "async")]
    pub(crate) fn most_connections(&self) -> usize {
        self.0.builder.readers.saturating_add(1)
    }

    /// A write on the writer's connection.
    #[cfg(feature = "async")]
    pub(crate) fn write_on<R>(
        &self,
        conn: &mut Connection,
        f: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.0.write(conn, f)
    }

    pub(crate) fn permit(&self, role: Role, grant: Grant<Connection>) -> Permit {
        Permit::new(Arc::clone(&self.0), role, grant)
    }

    /// Reads: runs `f` with a reader.
    ///
    /// Each statement sees what is committed when it begins; for one state in several, begin a
    /// [transaction](Connection::transaction).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and those of `f`.
    pub fn read<R>(&self, f: impl FnOnce(&mut Connection) -> Result<R>) -> Result<R> {
        let mut conn = self.connection(Role::Reader, None)?;
        f(&mut conn)
    }

    /// As [`read`](Self::read), with a deadline for the waiting and all that `f` does on the connection.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); after the deadline one for which [`Error::is_deadline`] is true.
    pub fn read_until<R>(
        &self,
        deadline: Instant,
        f: impl FnOnce(&mut Connection) -> Result<R>,
    ) -> Result<R> {
        let mut conn = self.connection(Role::Reader, Some(deadline))?;
        f(&mut conn)
    }

    /// Writes: runs `f` in a transaction of the writer's, and commits.
    ///
    /// The transaction is an immediate one: it has the write lock from its beginning. Where a lock of somebody else is in the way
    /// ([`Code::Busy`](crate::Code::Busy), whichever kind), at the beginning, in `f` or at the commit, all is rolled back and tried
    /// again, after pauses of random length, for the time of [`Builder::busy_timeout`]. So `f` may run more than once: what it
    /// does besides the database should bear that.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), those of `f`, and the commit's. Nothing is written then, with one exception: where a
    /// [WAL hook](Connection::wal_hook) returns an error or panics, it comes out of here, as out of each call that commits, and the
    /// transaction is committed. It is not tried again.
    pub fn write<R>(&self, f: impl FnMut(&mut Transaction<'_>) -> Result<R>) -> Result<R> {
        self.write_by(None, f)
    }

    /// As [`write`](Self::write), with a deadline for the waiting, all attempts, and the commit.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); after the deadline one for which [`Error::is_deadline`] is true.
    pub fn write_until<R>(
        &self,
        deadline: Instant,
        f: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.write_by(Some(deadline), f)
    }

    fn write_by<R>(
        &self,
        deadline: Option<Instant>,
        f: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let mut conn = self.connection(Role::Writer, deadline)?;
        self.0.write(&mut conn, f)
    }

    /// How the pool stands. Others use it meanwhile, so it may be past already.
    #[must_use]
    pub fn state(&self) -> PoolState {
        let readers = self.0.readers.count();
        let writer = self.0.writer.count();
        PoolState {
            readers_in_use: readers.held,
            readers_idle: readers.idle,
            readers_waited_for: readers.waiting,
            writer_in_use: writer.held > 0,
            writer_waited_for: writer.waiting,
        }
    }

    /// The file of the database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Closes the pool: nobody gets a connection any more, who waits for one is refused, and this waits until all that are in use
    /// have come back, as long as [`Builder::wait_timeout`] says. Connections are closed then. A second call waits too.
    ///
    /// # Errors
    ///
    /// [`PoolError::StillInUse`]: the others are closed when they come back.
    pub fn close(&self) -> Result<()> {
        self.0.close();
        let until = self.wait_until(None);
        match sync::block_on(self.0.drained(), until) {
            Some(()) => Ok(()),
            None => Err(self.0.still_in_use()),
        }
    }
}

impl Inner {
    fn close(&self) {
        // Both first, so that nobody opens one more; the writer last, because it can move the WAL into the file.
        let writer = self.writer.close();
        drop(self.readers.close());
        drop(writer);
    }

    async fn drained(&self) {
        self.readers.drained().await;
        self.writer.drained().await;
    }

    fn still_in_use(&self) -> Error {
        let in_use = self.readers.count().held + self.writer.count().held;
        Error::from(PoolError::StillInUse { in_use })
    }

    /// Runs `f` in a transaction, again where it is busy.
    fn write<R>(
        &self,
        conn: &mut Connection,
        mut f: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let mut retry = Retry::new(self.builder.busy_timeout);
        loop {
            conn.busy_timeout(retry.patience())?;
            let mut ended = false;
            let attempt = conn
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .and_then(|mut tx| {
                    let result = f(&mut tx)?;
                    let committed = tx.execute_batch("COMMIT");
                    // What could not get a lock leaves it open; a WAL hook's error comes when it has been committed.
                    ended = tx.is_autocommit();
                    committed.map(|()| result)
                });
            match attempt {
                Err(error) if !ended && Retry::can_help(&error) => retry.pause(conn, error)?,
                result => return result,
            }
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("path", &self.0.path)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

/// How long SQLite itself waits for a lock at a time, in a write.
const SQLITE_WAITS: Duration = Duration::from_millis(250);
