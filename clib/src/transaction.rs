//! Transactions and savepoints: what is not committed is rolled back.
//!
//! Both dereference to [`Connection`], and both borrow it mutably, so a second transaction cannot begin while one is
//! open; within one, [`savepoint`](Transaction::savepoint) nests. See [SQLite's
//! transactions](https://sqlite.org/lang_transaction.html) and [savepoints](https://sqlite.org/lang_savepoint.html).
//!
//! ```
//! # let mut conn = clib::Connection::open_in_memory()?;
//! # conn.execute_batch("CREATE TABLE t (a)")?;
//! let mut tx = conn.transaction()?;
//! tx.execute("INSERT INTO t VALUES (1)", ())?;
//! {
//!     let attempt = tx.savepoint()?;
//!     attempt.execute("INSERT INTO t VALUES (2)", ())?;
//!     // Not committed: rolled back here, and 1 stays.
//! }
//! tx.commit()?;
//! let sum: i64 = conn.query_row("SELECT sum(a) FROM t", (), |row| row.get(0))?;
//! assert_eq!(sum, 1);
//! # Ok::<(), clib::Error>(())
//! ```

use std::fmt;
use std::ops::Deref;

use crate::connection::Connection;
use crate::error::Result;

/// When a transaction takes its locks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionBehavior {
    /// At the first read, and again at the first write, which may then find the database busy. SQLite's default.
    #[default]
    Deferred,
    /// The write lock at once. What a transaction that writes should use.
    Immediate,
    /// The write lock at once, and outside WAL mode readers are kept out too.
    Exclusive,
}

/// An open transaction. Dropping it rolls back; [`commit`](Self::commit) keeps what was done.
pub struct Transaction<'conn> {
    conn: &'conn Connection,
}

impl<'conn> Transaction<'conn> {
    pub(crate) fn begin(
        conn: &'conn mut Connection,
        behavior: TransactionBehavior,
    ) -> Result<Self> {
        conn.execute_batch(match behavior {
            TransactionBehavior::Deferred => "BEGIN DEFERRED",
            TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
            TransactionBehavior::Exclusive => "BEGIN EXCLUSIVE",
        })?;
        Ok(Self { conn })
    }

    /// Commits.
    ///
    /// # Errors
    ///
    /// Where SQLite cannot commit, because the database is busy, or a deferred foreign key fails, for example; then the
    /// transaction is rolled back.
    pub fn commit(self) -> Result<()> {
        self.conn.execute_batch("COMMIT")
        // Dropped here: rolls back where the commit left the transaction open.
    }

    /// Rolls back, and reports what dropping would swallow.
    ///
    /// # Errors
    ///
    /// Where SQLite cannot roll back.
    pub fn rollback(self) -> Result<()> {
        self.conn.execute_batch("ROLLBACK")
    }

    /// Opens a savepoint within this transaction.
    ///
    /// # Errors
    ///
    /// Where SQLite reports one.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        Savepoint::begin(self.conn, 1)
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Some errors make SQLite roll back by itself, and then there is nothing to do.
        if !self.conn.is_autocommit() {
            // A failed ROLLBACK leaves nothing more to try; closing the connection rolls back in any case.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transaction").field(self.conn).finish()
    }
}

/// An open savepoint. Dropping it rolls back to where it was opened; [`commit`](Self::commit) keeps what was done, for
/// the transaction around it.
pub struct Savepoint<'conn> {
    conn: &'conn Connection,
    depth: u32,
    is_open: bool,
}

impl<'conn> Savepoint<'conn> {
    pub(crate) fn begin(conn: &'conn Connection, depth: u32) -> Result<Self> {
        conn.execute_batch(&format!("SAVEPOINT clib_savepoint_{depth}"))?;
        Ok(Self {
            conn,
            depth,
            is_open: true,
        })
    }

    /// Keeps what was done since the savepoint was opened. The outermost one of a connection commits.
    ///
    /// # Errors
    ///
    /// Where SQLite cannot commit; then what was done is rolled back.
    #[doc(alias = "RELEASE")]
    pub fn commit(mut self) -> Result<()> {
        self.conn
            .execute_batch(&format!("RELEASE clib_savepoint_{}", self.depth))?;
        self.is_open = false;
        Ok(())
    }

    /// Rolls back to where the savepoint was opened, and reports what dropping would swallow.
    ///
    /// # Errors
    ///
    /// Where SQLite cannot roll back.
    pub fn rollback(mut self) -> Result<()> {
        self.is_open = false;
        self.undo()
    }

    /// Opens a savepoint within this one.
    ///
    /// # Errors
    ///
    /// Where SQLite reports one.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        Savepoint::begin(self.conn, self.depth + 1)
    }

    fn undo(&self) -> Result<()> {
        let depth = self.depth;
        // ROLLBACK TO leaves the savepoint open.
        self.conn.execute_batch(&format!(
            "ROLLBACK TO clib_savepoint_{depth}; RELEASE clib_savepoint_{depth}"
        ))
    }
}

impl Deref for Savepoint<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if self.is_open && !self.conn.is_autocommit() {
            // As for a transaction.
            let _ = self.undo();
        }
    }
}

impl fmt::Debug for Savepoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Savepoint")
            .field("depth", &self.depth)
            .field("conn", self.conn)
            .finish()
    }
}
