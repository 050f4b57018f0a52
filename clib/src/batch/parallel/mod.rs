//! Parallel scans: a table is read by several threads, all of which see one state of the database.
//!
//! A connection of SQLite is used by one thread at a time, so each thread has one of its own, opened on the same file with
//! the caller's settings (busy timeout, size of the memory mapping, URI parameters, read-only or not, trust in the schema). Of
//! an attached database it is the only one they open. They read ranges of rowids, many more than there are threads, cut by the
//! interior of the table's b-tree. What only the caller's connection has, such as an authorizer, or functions and collations of its
//! own, they do not have: where they could matter to what is read, the caller's connection reads.
//!
//! # One state
//!
//! Connections agree on a state before anything is read. Their transactions stay open until the threads end, so what is
//! said here is about the time between the beginning of the first transaction and that of the last.
//!
//! - **In WAL mode, with the vendored library**, the first connection takes a snapshot (`sqlite3_snapshot_get`), and the others
//!   open it. A snapshot is the header of the WAL's index: up to which frame the WAL is read. While the first transaction is
//!   open, no checkpoint moves frames behind that one into the database file, and the WAL is not begun anew, because
//!   SQLite makes a transaction that takes a snapshot hold a mark on the WAL. Should the snapshot be gone nevertheless (it was
//!   taken by a caller's transaction that began when the WAL was empty, say), opening it is an error and never another state,
//!   since the WAL's salt and the frames that were moved are compared under the checkpoint's lock.
//! - **In WAL mode, with another library**, transactions are begun on all connections between two readings of `PRAGMA
//!   data_version` on the caller's. The number is another one after any commit by others. Where it is the same, nobody
//!   committed in between, and all have begun at one state; otherwise all end and begin again. A checkpoint changes no state.
//! - **With a rollback journal** a reader holds a shared lock, and a writer needs an exclusive one to change the file. While
//!   one of the connections has its lock, the file stays as it is, and so the others read the same. A writer that is
//!   waiting keeps new readers out. Then all locks are given back, so that it can go on, and it is tried again.
//!
//! Where writers leave no moment for several transactions to begin, in the time of the busy timeout, one thread reads.
//!
//! The journal mode cannot change meanwhile: changing it takes the exclusive lock on the file, of which each transaction has a
//! shared one. In the end each connection, and the caller's, must find its own file under the path
//! (`SQLITE_FCNTL_HAS_MOVED`); so they have all opened the same.
//!
//! # The caller's transaction
//!
//! What is read is what [`read_table`](Connection::read_table) would read at the moment of the call, later changes of the
//! caller's own left out. In the middle of a transaction that has read, this is that transaction's state: a snapshot of it is
//! taken, or its lock holds the file. Where it has written to that database, other connections cannot see the changes, and
//! the table is read by the caller's connection alone; so it is wherever other connections could not be sure to read the
//! same. [`ParallelReader::not_parallel`] tells why.

mod agree;
mod crew;
mod detached;
mod exchange;
mod options;
mod place;
mod tickets;
mod worker;

pub use detached::DetachedReader;
pub use options::ParallelOptions;
pub use place::NotParallel;

use std::fmt;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::options::{ReadOptions, ReadReport};
use super::read::{BatchReader, ReadPlan};
use super::table_name::TableName;
use crate::connection::{Connection, InterruptHandle};
use crate::error::Result;

/// The rows of a table, batch by batch, read by several threads.
///
/// It is an iterator and an Arrow [`RecordBatchReader`], as [`BatchReader`] is. Rows, values, types and errors are
/// those of [`read_table`](Connection::read_table); where batches end may differ.
///
/// Dropping it, or the first error, ends the threads. They have ended, and their locks are gone, when `next_batch` has given
/// `None` or an error.
pub struct ParallelReader<'conn> {
    source: Source<'conn>,
}

enum Source<'conn> {
    Threads(DetachedReader),
    Caller {
        conn: &'conn Connection,
        reader: Box<BatchReader<'conn>>,
        why: NotParallel,
    },
}

impl Connection {
    /// Reads a whole table in batches, as [`read_table`](Self::read_table) does, by several threads with connections of
    /// their own. All of them see one state of the database, whoever writes meanwhile.
    ///
    /// Where other connections could not read the same (in memory, in a transaction that writes, a view, with an authorizer), this
    /// connection reads, and [`ParallelReader::not_parallel`] says why. With a rollback journal nobody can write until the reader has come to
    /// its end or is dropped; in WAL mode the WAL grows as long. This connection's own interrupts do not reach the others:
    /// [`ParallelReader::interrupt_handle`] gives a handle that does.
    ///
    /// ```
    /// use clib::{Connection, ParallelOptions, ReadOptions};
    ///
    /// # let dir = tempfile::tempdir().map_err(clib::Error::other)?;
    /// # let path = dir.path().join("numbers.db");
    /// let conn = Connection::open(path)?;
    /// conn.execute_batch(
    ///     "CREATE TABLE t (a INTEGER);
    ///      WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t SELECT i FROM n",
    /// )?;
    /// let parallel = ParallelOptions::new().threads(2);
    /// let mut reader = conn.read_table_parallel("t", &parallel, &ReadOptions::new())?;
    /// while let Some(batch) = reader.next_batch()? {
    ///     assert!(batch.num_rows() > 0);
    /// }
    /// assert_eq!(reader.report().rows, 100_000);
    /// assert_eq!(reader.threads(), 2);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_table`](Self::read_table), and where no thread can be started.
    #[doc(alias = "sqlite3_snapshot_open")]
    #[doc(alias = "sqlite3_snapshot_get")]
    pub fn read_table_parallel(
        &self,
        table: impl Into<TableName>,
        parallel: &ParallelOptions,
        options: &ReadOptions,
    ) -> Result<ParallelReader<'_>> {
        let table = table.into();
        let source = match DetachedReader::open(self, &table, parallel, options)? {
            Ok(reader) => Source::Threads(reader),
            Err(why) => Source::Caller {
                conn: self,
                reader: Box::new(self.read_table(&table, options)?),
                why,
            },
        };
        Ok(ParallelReader { source })
    }
}

impl<'conn> ParallelReader<'conn> {
    /// The schema of all batches, settled by the table's first batch.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        match &self.source {
            Source::Threads(reader) => reader.schema(),
            Source::Caller { reader, .. } => reader.schema(),
        }
    }

    /// What was handed out so far, whichever thread read it.
    #[must_use]
    pub fn report(&self) -> ReadReport {
        match &self.source {
            Source::Threads(reader) => reader.report(),
            Source::Caller { reader, .. } => reader.report(),
        }
    }

    /// How each thread comes by its rows, and why not faster.
    #[must_use]
    pub fn plan(&self) -> &ReadPlan {
        match &self.source {
            Source::Threads(reader) => reader.plan(),
            Source::Caller { reader, .. } => reader.plan(),
        }
    }

    /// How many threads were started; 0 where the table fits in the first batch, or the caller's connection reads it.
    #[must_use]
    pub fn threads(&self) -> usize {
        match &self.source {
            Source::Threads(reader) => reader.threads(),
            Source::Caller { .. } => 0,
        }
    }

    /// Why the caller's connection reads; `None` where others do.
    #[must_use]
    pub fn not_parallel(&self) -> Option<NotParallel> {
        match &self.source {
            Source::Threads(_) => None,
            Source::Caller { why, .. } => Some(*why),
        }
    }

    /// A handle that makes the reading stop, from anywhere: [`next_batch`](Self::next_batch) fails with
    /// [`Code::Interrupt`](crate::Code::Interrupt) when it has given what was read before. Where the caller's connection
    /// reads it is that one's.
    #[doc(alias = "sqlite3_interrupt")]
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        match &self.source {
            Source::Threads(reader) => reader.interrupt_handle(),
            Source::Caller { conn, .. } => conn.interrupt_handle(),
        }
    }

    /// Lets go of the connection: the reader is `Send` then, and borrows nothing.
    ///
    /// # Errors
    ///
    /// The reader as it was, where the connection itself reads.
    #[expect(
        clippy::result_large_err,
        reason = "the reader goes back to the caller"
    )]
    pub fn detach(self) -> Result<DetachedReader, Self> {
        match self.source {
            Source::Threads(reader) => Ok(reader),
            source @ Source::Caller { .. } => Err(Self { source }),
        }
    }

    /// The next batch, which has at least one row; `None` after the last one. What a thread's panic left is resumed here.
    ///
    /// # Errors
    ///
    /// SQLite's, and [`Error::Mismatch`](crate::Error::Mismatch) for a value that does not fit its column. In order they come
    /// where [`read_table`](Connection::read_table) would report them, after the batches before, with the row's number.
    /// Otherwise they come at once, and the number counts the rows that were handed out, as if the batch at fault were the
    /// next one; the rowid tells which row it is.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        match &mut self.source {
            Source::Threads(reader) => reader.next_batch(),
            Source::Caller { reader, .. } => reader.next_batch(),
        }
    }
}

impl Iterator for ParallelReader<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for ParallelReader<'_> {
    fn schema(&self) -> SchemaRef {
        self.schema()
    }
}

impl fmt::Debug for ParallelReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelReader")
            .field("schema", &self.schema())
            .field("threads", &self.threads())
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
