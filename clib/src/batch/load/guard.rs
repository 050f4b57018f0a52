//! What makes a load all or nothing: a savepoint, in the caller's transaction or in one of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::connection::Connection;
use crate::error::{Code, Error, Result};

/// An open savepoint, with another one inside that shows whether it is still there.
///
/// SQLite does not tell which savepoints are open. Releasing one that is not is an error, so the inner one is released and
/// opened anew each time: while it can be, nobody has ended the outer one, nor opened another one within it.
pub(super) struct Guard<'conn> {
    conn: &'conn Connection,
    outer: String,
    inner: String,
    /// Whether the transaction around it is the guard's own.
    owns_transaction: bool,
    open: bool,
}

impl<'conn> Guard<'conn> {
    /// Opens the savepoint. Without a transaction of the caller's, one begins that may write, unless only schema `temp` is
    /// written.
    pub(super) fn begin(conn: &'conn Connection, temporary: bool) -> Result<Self> {
        static LOADS: AtomicU64 = AtomicU64::new(0);
        let number = LOADS.fetch_add(1, Ordering::Relaxed);
        let owns_transaction = conn.is_autocommit();
        let mut this = Self {
            conn,
            outer: format!("clib_load_{number}"),
            inner: format!("clib_load_{number}_batch"),
            owns_transaction,
            open: false,
        };
        if owns_transaction {
            // Waits for the write lock now, as one that has read cannot wait any more.
            conn.execute_batch(if temporary {
                "BEGIN"
            } else {
                "BEGIN IMMEDIATE"
            })?;
        }
        this.open = true;
        conn.execute_batch(&format!(
            "SAVEPOINT {}; SAVEPOINT {}",
            this.outer, this.inner
        ))?;
        Ok(this)
    }

    /// Whether the savepoint is still there; before anything is written.
    pub(super) fn check(&self) -> Result<bool> {
        match self.conn.execute_batch(&format!("RELEASE {}", self.inner)) {
            Ok(()) => {
                self.conn
                    .execute_batch(&format!("SAVEPOINT {}", self.inner))?;
                Ok(true)
            }
            Err(error) if error.code() == Some(Code::Error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps what was written.
    pub(super) fn commit(mut self) -> Result<()> {
        self.conn
            .execute_batch(&format!("RELEASE {}", self.outer))?;
        if self.owns_transaction {
            self.open = false;
            if let Err(error) = self.conn.execute_batch("COMMIT") {
                // Another connection reads, for example, or a deferred foreign key fails.
                if !self.conn.is_autocommit() {
                    let _ = self.conn.execute_batch("ROLLBACK");
                }
                return Err(error);
            }
        }
        self.open = false;
        Ok(())
    }

    /// Undoes what was written. It is gone already where SQLite has rolled back, or the caller has ended the transaction.
    fn roll_back(&mut self) {
        if !std::mem::take(&mut self.open) || self.conn.is_autocommit() {
            return;
        }
        let undone = self
            .conn
            .execute_batch(&format!("ROLLBACK TO {0}; RELEASE {0}", self.outer));
        if self.owns_transaction && (undone.is_ok() || !is_missing(&undone)) {
            // The transaction is still the guard's own.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}

/// Whether there was no such savepoint.
fn is_missing(result: &Result<(), Error>) -> bool {
    result
        .as_ref()
        .is_err_and(|error| error.code() == Some(Code::Error))
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.roll_back();
    }
}
