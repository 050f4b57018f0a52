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
use std::time::Instant;

use crate::callback::limits::Owner;
use crate::connection::Connection;
use crate::error::{Code, Error, Result};

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
///
/// Some errors make SQLite roll the whole transaction back at once: a full disk, an I/O error, an interrupted write, a
/// conflict with `ON CONFLICT ROLLBACK`. What is executed after that is committed by itself. So return after an error, as
/// `?` does; [`is_autocommit`](Connection::is_autocommit) tells whether the transaction is gone.
pub struct Transaction<'conn> {
    conn: &'conn Connection,
}

impl<'conn> Transaction<'conn> {
    pub(crate) fn begin(
        conn: &'conn mut Connection,
        behavior: TransactionBehavior,
    ) -> Result<Self> {
        // One of a transaction that was leaked.
        conn.db().set_deadline(Owner::Transaction, None)?;
        // First, so that a panic of a callback's after the transaction has begun rolls it back; and not where there is one already,
        // which is somebody else's.
        let conn = &*conn;
        // What a failed load has left is undone before that question.
        conn.ready()?;
        let ours = conn.is_autocommit().then(|| Self { conn });
        conn.execute_batch(match behavior {
            TransactionBehavior::Deferred => "BEGIN DEFERRED",
            TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
            TransactionBehavior::Exclusive => "BEGIN EXCLUSIVE",
        })?;
        Ok(ours.unwrap_or_else(|| Self { conn }))
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
        self.conn.roll_back()
    }

    /// Gives the transaction a deadline, or takes it away: after it, every statement fails, and so does
    /// [`commit`](Self::commit). What rolls back still does. The connection's own deadline counts too, if it is earlier.
    ///
    /// See [`Connection::set_deadline`] for how deadlines work.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// # conn.execute_batch("CREATE TABLE t (a)")?;
    /// let tx = conn.transaction()?;
    /// tx.set_deadline(Some(Instant::now() + Duration::from_millis(20)))?;
    /// let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t SELECT max(i) FROM n";
    /// assert!(tx.execute(endless, ()).unwrap_err().is_deadline());
    /// assert!(tx.commit().unwrap_err().is_deadline());
    /// // The connection has no deadline.
    /// conn.execute("INSERT INTO t VALUES (1)", ())?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// In a progress or busy handler of this connection.
    #[doc(alias = "sqlite3_progress_handler")]
    pub fn set_deadline(&self, deadline: Option<Instant>) -> Result<()> {
        self.conn.db().set_deadline(Owner::Transaction, deadline)
    }

    /// Opens a savepoint within this transaction.
    ///
    /// # Errors
    ///
    /// [`Error::TransactionEnded`] where SQLite has rolled the transaction back already, and SQLite's.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        Savepoint::within(self.conn, 1)
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
        // First, since rolling back, which has no deadline, can end in a panic of a hook's. Fails in a handler only, where no transaction
        // ends.
        let _ = self.conn.db().set_deadline(Owner::Transaction, None);
        // Some errors make SQLite roll back by itself, and then there is nothing to do.
        if !self.conn.is_autocommit() {
            // A failed ROLLBACK leaves nothing more to try; closing the connection rolls back in any case.
            let _ = self.conn.roll_back();
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
    /// Whether it began a transaction: it is the outermost one.
    is_transaction: bool,
    is_open: bool,
}

impl<'conn> Savepoint<'conn> {
    pub(crate) fn begin(conn: &'conn Connection, depth: u32) -> Result<Self> {
        // As for a transaction.
        conn.ready()?;
        let is_transaction = conn.is_autocommit();
        // Also as there. Within another one nothing is lost by a savepoint that is left open, and one that may not be there,
        // where an outer one has its name, is not to be ended.
        let mut this = Self {
            conn,
            depth,
            is_transaction,
            is_open: is_transaction,
        };
        conn.execute_batch(&format!("SAVEPOINT clib_savepoint_{depth}"))?;
        this.is_open = true;
        Ok(this)
    }

    /// One in a transaction that must still be there: outside of one it would commit.
    fn within(conn: &'conn Connection, depth: u32) -> Result<Self> {
        conn.ready()?;
        if conn.is_autocommit() {
            return Err(Error::TransactionEnded);
        }
        Self::begin(conn, depth)
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
    /// [`Error::TransactionEnded`] where SQLite has rolled the transaction back already, and SQLite's.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        Self::within(self.conn, self.depth + 1)
    }

    fn undo(&self) -> Result<()> {
        let depth = self.depth;
        // ROLLBACK TO leaves the savepoint open.
        let _suspended = self.conn.db().suspend_limits();
        let undone = self.conn.execute_batch(&format!(
            "ROLLBACK TO clib_savepoint_{depth}; RELEASE clib_savepoint_{depth}"
        ));
        match undone {
            // Releasing the outermost savepoint commits, which can fail where ROLLBACK cannot. `Code::Error` says that there
            // is no such savepoint: then the transaction is somebody else's.
            Err(error)
                if self.is_transaction
                    && error.code() != Some(Code::Error)
                    && !self.conn.is_autocommit() =>
            {
                self.conn.execute_batch("ROLLBACK")
            }
            undone => undone,
        }
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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use static_assertions::assert_not_impl_any;

    use super::*;
    use crate::error::ExtendedCode;

    assert_not_impl_any!(Transaction<'static>: Send, Sync);
    assert_not_impl_any!(Savepoint<'static>: Send, Sync);

    fn open() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a INTEGER UNIQUE)")
            .unwrap();
        conn
    }

    fn insert(conn: &Connection, value: i64) {
        conn.execute("INSERT INTO t VALUES (?1)", [value]).unwrap();
    }

    fn values(conn: &Connection) -> Vec<i64> {
        conn.prepare("SELECT a FROM t ORDER BY a")
            .unwrap()
            .query_map((), |row| row.get(0))
            .unwrap()
            .collect::<Result<_>>()
            .unwrap()
    }

    #[test]
    fn what_is_not_committed_is_rolled_back() {
        let mut conn = open();
        let tx = conn.transaction().unwrap();
        assert!(!tx.is_autocommit());
        insert(&tx, 1);
        drop(tx);
        assert!(conn.is_autocommit());
        let tx = conn.transaction().unwrap();
        insert(&tx, 2);
        tx.rollback().unwrap();
        let tx = conn.transaction().unwrap();
        insert(&tx, 3);
        tx.commit().unwrap();
        assert_eq!(values(&conn), [3]);
        assert!(format!("{:?}", conn.transaction().unwrap()).starts_with("Transaction("));
    }

    #[test]
    fn a_panic_rolls_back() {
        let mut conn = open();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = conn.transaction().unwrap();
            insert(&tx, 1);
            let savepoint = tx.savepoint().unwrap();
            let mut stmt = savepoint
                .prepare("INSERT INTO t VALUES (2), (3) RETURNING a")
                .unwrap();
            let mut rows = stmt.query(()).unwrap();
            rows.next().unwrap().unwrap();
            panic!("in the middle of a statement");
        }));
        assert!(panicked.is_err());
        assert!(conn.is_autocommit());
        assert!(values(&conn).is_empty());
    }

    #[test]
    fn savepoints_nest() {
        let mut conn = open();
        let mut tx = conn.transaction().unwrap();
        insert(&tx, 1);
        {
            let mut outer = tx.savepoint().unwrap();
            insert(&outer, 2);
            let inner = outer.savepoint().unwrap();
            insert(&inner, 3);
            drop(inner);
            let mut inner = outer.savepoint().unwrap();
            insert(&inner, 4);
            let innermost = inner.savepoint().unwrap();
            insert(&innermost, 5);
            innermost.rollback().unwrap();
            inner.commit().unwrap();
            outer.commit().unwrap();
        }
        let dropped = tx.savepoint().unwrap();
        insert(&dropped, 6);
        drop(dropped);
        tx.commit().unwrap();
        assert_eq!(values(&conn), [1, 2, 4]);
    }

    #[test]
    fn an_outermost_savepoint_is_a_transaction() {
        let mut conn = open();
        let savepoint = conn.savepoint().unwrap();
        assert!(!savepoint.is_autocommit());
        insert(&savepoint, 1);
        savepoint.commit().unwrap();
        assert!(conn.is_autocommit());
        let savepoint = conn.savepoint().unwrap();
        insert(&savepoint, 2);
        drop(savepoint);
        assert!(conn.is_autocommit());
        assert_eq!(values(&conn), [1]);
    }

    #[test]
    fn leaked_ones_stay_open() {
        let mut conn = open();
        let tx = conn.transaction().unwrap();
        insert(&tx, 1);
        std::mem::forget(tx);
        let error = conn.transaction().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot start a transaction within a transaction (SQLITE_ERROR) in `BEGIN DEFERRED`"
        );
        // A savepoint within it, and one of the same name leaked within that.
        let mut savepoint = conn.savepoint().unwrap();
        insert(&savepoint, 2);
        std::mem::forget(savepoint.savepoint().unwrap());
        std::mem::forget(savepoint.savepoint().unwrap());
        insert(&savepoint, 3);
        drop(savepoint);
        assert_eq!(values(&conn), [1]);
        conn.execute_batch("ROLLBACK").unwrap();
        assert!(values(&conn).is_empty());
    }

    #[test]
    fn sqlite_rolled_back_by_itself() {
        let mut conn = open();
        insert(&conn, 1);
        let mut tx = conn.transaction().unwrap();
        insert(&tx, 2);
        let savepoint = tx.savepoint().unwrap();
        let error = savepoint
            .execute("INSERT OR ROLLBACK INTO t VALUES (1)", ())
            .unwrap_err();
        assert_eq!(error.extended_code(), Some(ExtendedCode::ConstraintUnique));
        assert!(savepoint.is_autocommit());
        let error = savepoint.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no such savepoint: clib_savepoint_1 (SQLITE_ERROR) in `RELEASE clib_savepoint_1`"
        );
        let error = tx.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot commit - no transaction is active (SQLITE_ERROR) in `COMMIT`"
        );
        drop(conn.savepoint().unwrap());
        assert_eq!(values(&conn), [1]);
    }

    #[test]
    fn a_commit_that_fails_rolls_back() {
        let mut conn = open();
        conn.execute_batch("CREATE TABLE child (a REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)")
            .unwrap();
        for nested in [false, true] {
            let error = if nested {
                let savepoint = conn.savepoint().unwrap();
                savepoint
                    .execute("INSERT INTO child VALUES (5)", ())
                    .unwrap();
                savepoint.commit().unwrap_err()
            } else {
                let tx = conn.transaction().unwrap();
                tx.execute("INSERT INTO child VALUES (5)", ()).unwrap();
                tx.commit().unwrap_err()
            };
            assert_eq!(
                error.extended_code(),
                Some(ExtendedCode::ConstraintForeignKey)
            );
            assert!(conn.is_autocommit());
            let count: i64 = conn
                .query_row("SELECT count(*) FROM child", (), |row| row.get(0))
                .unwrap();
            assert_eq!(count, 0);
        }
    }

    #[test]
    fn a_commit_with_a_leaked_write_rolls_back() {
        needs_sqlite!(3_035_000, "RETURNING");
        let mut conn = open();
        let tx = conn.transaction().unwrap();
        let mut stmt = tx
            .prepare("INSERT INTO t VALUES (1), (2) RETURNING a")
            .unwrap();
        let mut rows = stmt.query(()).unwrap();
        rows.next().unwrap().unwrap();
        std::mem::forget(rows);
        std::mem::forget(stmt);
        let error = tx.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot commit transaction - SQL statements in progress (SQLITE_BUSY) in `COMMIT`"
        );
        assert!(conn.is_autocommit());
        assert!(values(&conn).is_empty());
        conn.finalize_leaked();
    }

    #[test]
    fn ended_by_sql_text() {
        let mut conn = open();
        let tx = conn.transaction().unwrap();
        insert(&tx, 1);
        tx.execute_batch("COMMIT").unwrap();
        insert(&tx, 2);
        drop(tx);
        assert_eq!(values(&conn), [1, 2]);
        let savepoint = conn.savepoint().unwrap();
        savepoint.execute_batch("ROLLBACK; BEGIN").unwrap();
        insert(&savepoint, 3);
        // Not ours: left alone.
        drop(savepoint);
        assert!(!conn.is_autocommit());
        conn.execute_batch("COMMIT").unwrap();
        assert_eq!(values(&conn), [1, 2, 3]);
    }

    #[test]
    fn immediate_takes_the_lock_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.db");
        let mut one = Connection::open(&file).unwrap();
        let mut two = Connection::open(&file).unwrap();
        two.busy_timeout(Duration::ZERO).unwrap();
        one.execute_batch("CREATE TABLE t (a)").unwrap();
        let tx = one
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap();
        let error = two
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap_err();
        assert_eq!(error.code(), Some(Code::Busy));
        assert!(two.is_autocommit());
        assert!(values_in(&two.transaction().unwrap()).is_ok());
        drop(tx);
        let tx = one
            .transaction_with_behavior(TransactionBehavior::Exclusive)
            .unwrap();
        let error = values_in(&two.transaction().unwrap()).unwrap_err();
        assert_eq!(error.code(), Some(Code::Busy));
        tx.commit().unwrap();
        two.transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap()
            .commit()
            .unwrap();
    }

    fn values_in(conn: &Connection) -> Result<i64, Error> {
        conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
    }

    #[test]
    fn a_savepoint_needs_its_transaction() {
        let mut conn = open();
        let mut tx = conn.transaction().unwrap();
        insert(&tx, 1);
        let error = tx.execute("INSERT OR ROLLBACK INTO t VALUES (1)", ());
        assert!(error.is_err());
        assert!(matches!(tx.savepoint(), Err(Error::TransactionEnded)));
        drop(tx);
        let mut outer = conn.savepoint().unwrap();
        outer.execute_batch("ROLLBACK").unwrap();
        assert!(matches!(outer.savepoint(), Err(Error::TransactionEnded)));
        drop(outer);
        assert!(values(&conn).is_empty());
    }

    /// Releasing the outermost savepoint commits, which a running write forbids; rolling back it does not.
    #[test]
    fn an_outermost_savepoint_ends_in_any_case() {
        needs_sqlite!(3_035_000, "RETURNING");
        let mut conn = open();
        let savepoint = conn.savepoint().unwrap();
        let mut stmt = savepoint
            .prepare("INSERT INTO t VALUES (1), (2) RETURNING a")
            .unwrap();
        let mut rows = stmt.query(()).unwrap();
        rows.next().unwrap();
        std::mem::forget(rows);
        std::mem::forget(stmt);
        let error = savepoint.commit().unwrap_err();
        assert_eq!(error.code(), Some(Code::Busy), "{error}");
        assert!(conn.is_autocommit());
        conn.finalize_leaked();
        assert!(values(&conn).is_empty());
    }
}
