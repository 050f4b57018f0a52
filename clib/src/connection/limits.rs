//! What bounds the time that a connection spends in C: deadlines, and the progress and busy handlers.
//!
//! SQLite has one slot for each handler. It is shared: a deadline takes nothing from a handler of the caller's.

use std::time::Instant;

use super::Connection;
use crate::callback::limits::{Owner, ProgressHandler};
use crate::error::Result;

impl Connection {
    /// Gives all work on the connection a deadline, or takes it away with `None`.
    ///
    /// From then on, what runs is stopped, and nothing new begins; both fail with an error whose
    /// [`stopped_by`](crate::Error::stopped_by) is [`StoppedBy::Deadline`](crate::StoppedBy::Deadline). The connection is as
    /// good as after any other error: with another deadline, or none, it goes on. A transaction stays open, except that SQLite
    /// rolls back one in the middle of whose write it was stopped; [`Transaction`](crate::Transaction) and
    /// [`Savepoint`](crate::Savepoint) roll back also after a deadline, while `ROLLBACK` as SQL text is a statement like others.
    ///
    /// [`Statement::set_deadline`](crate::Statement::set_deadline) and
    /// [`Transaction::set_deadline`](crate::Transaction::set_deadline) do the same for less. The first one counts.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// # let conn = clib::Connection::open_in_memory()?;
    /// conn.set_deadline(Some(Instant::now() + Duration::from_millis(20)))?;
    /// let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    /// let error = conn.query_row(endless, (), |row| row.get::<_, i64>(0)).unwrap_err();
    /// assert!(error.is_deadline());
    /// assert!(conn.execute_batch("SELECT 1").unwrap_err().is_deadline());
    /// conn.set_deadline(None)?;
    /// conn.execute_batch("SELECT 1")?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # How it works, and what it costs
    ///
    /// Every 2,000 instructions of SQLite's virtual machine (some tens of microseconds, and in reads and loads of batches as
    /// many rows as stand for them) the clock is looked at, by SQLite's progress handler; so it is before each step, and while a
    /// lock is waited for. One instruction is not interrupted: sorting many rows, a `LIKE` on a large text, or writing a
    /// transaction to the disk can go on for a while after the deadline. Without a deadline nothing of this happens.
    ///
    /// While there is one, `PRAGMA busy_timeout` answers 0, because this crate waits in SQLite's place; setting it by that
    /// pragma then makes SQLite wait as long as it says, deadline or not. [`busy_timeout`](Self::busy_timeout) works as always.
    ///
    /// # Errors
    ///
    /// Within a callback of this connection that is no WAL hook.
    #[doc(alias = "sqlite3_progress_handler")]
    #[doc(alias = "sqlite3_busy_handler")]
    pub fn set_deadline(&self, deadline: Option<Instant>) -> Result<()> {
        self.db().set_deadline(Owner::Connection, deadline)
    }

    /// The connection's deadline.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.db().limits().deadline(Owner::Connection)
    }

    /// Sets what is called while statements run, about every `n_ops` instructions of SQLite's virtual machine: at least 1.
    /// Where it returns `true`, the statement fails, with [`StoppedBy::ProgressHandler`](crate::StoppedBy::ProgressHandler).
    /// `None` removes it.
    ///
    /// A panic stops the statement too, and goes on in the call that ran it. The handler cannot use the connection: that is an
    /// error. It is not called during a rollback.
    ///
    /// ```
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// let mut calls = 0;
    /// conn.progress_handler(1000, Some(move || {
    ///     calls += 1;
    ///     calls == 10
    /// }))?;
    /// let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    /// let error = conn.query_row(endless, (), |row| row.get::<_, i64>(0)).unwrap_err();
    /// assert_eq!(error.stopped_by(), Some(clib::StoppedBy::ProgressHandler));
    /// conn.progress_handler(0, None::<fn() -> bool>)?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Within a callback of this connection that is no WAL hook.
    #[doc(alias = "sqlite3_progress_handler")]
    pub fn progress_handler<F>(&mut self, n_ops: u32, handler: Option<F>) -> Result<()>
    where
        F: FnMut() -> bool + Send + 'static,
    {
        let handler = handler.map(|call| ProgressHandler {
            interval: n_ops.clamp(1, i32::MAX as u32),
            call: Box::new(call),
        });
        self.db().set_progress_handler(handler)
    }

    /// Sets what is called when a lock cannot be had, with the number of calls before this one for the same lock. Where it
    /// returns `true`, SQLite tries again; else the statement fails with [`Code::Busy`](crate::Code::Busy). It replaces the
    /// [`busy_timeout`](Self::busy_timeout); `None` removes it, and then nothing waits for locks.
    ///
    /// A panic gives up the lock too, and goes on in the call that ran the statement. The handler cannot use the connection: that
    /// is an error. A deadline is looked at between two calls.
    ///
    /// ```
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.busy_handler(Some(|attempts| {
    ///     std::thread::sleep(std::time::Duration::from_millis(10));
    ///     attempts < 100
    /// }))?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Within a callback of this connection that is no WAL hook.
    #[doc(alias = "sqlite3_busy_handler")]
    pub fn busy_handler<F>(&mut self, handler: Option<F>) -> Result<()>
    where
        F: FnMut(u32) -> bool + Send + 'static,
    {
        self.db()
            .set_busy_handler(handler.map(|call| Box::new(call) as _))
    }
}
