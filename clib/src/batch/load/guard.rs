//! What makes a load all or nothing: a savepoint, in the caller's transaction or in one of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::connection::{Connection, Undo};
use crate::error::{Code, Result};

/// An open savepoint, with another one inside that shows whether it is still there. Dropping it undoes the load.
///
/// SQLite does not tell which savepoints are open. Releasing one that is not is an error, so the inner one is released and
/// opened anew each time: while it can be, nobody has ended the outer one. (A savepoint of the caller's that was opened
/// since is released with it.)
///
/// # Invariants
///
/// The connection has this load as its running one.
pub(super) struct Guard<'conn> {
    conn: &'conn Connection,
    undo: Undo,
    /// Whether it is still to be undone.
    open: bool,
}

impl<'conn> Guard<'conn> {
    /// Opens the savepoint; `None` where another load is running on the connection. Without a transaction of the caller's,
    /// one begins: where `locks` is set, with the write lock.
    pub(super) fn begin(conn: &'conn Connection, locks: bool) -> Result<Option<Self>> {
        static LOADS: AtomicU64 = AtomicU64::new(0);
        // What an earlier load has left may be a transaction.
        conn.ready()?;
        let owns_transaction = conn.is_autocommit();
        let undo = Undo {
            number: LOADS.fetch_add(1, Ordering::Relaxed),
            owns_transaction,
            opened: false,
        };
        if !conn.begin_load(undo)? {
            return Ok(None);
        }
        let mut this = Self {
            conn,
            undo,
            open: true,
        };
        if owns_transaction {
            // Waits for the write lock now, as one that has read cannot wait any more.
            conn.execute_batch(if locks { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        }
        conn.execute_batch(&format!(
            "SAVEPOINT {}; SAVEPOINT {}",
            this.undo.savepoint(),
            this.inner()
        ))?;
        this.undo.opened = true;
        conn.note_load(this.undo);
        Ok(Some(this))
    }

    fn inner(&self) -> String {
        format!("{}_batch", self.undo.savepoint())
    }

    /// Whether the savepoint is still there; before anything is written.
    pub(super) fn check(&self) -> Result<bool> {
        match self
            .conn
            .execute_batch(&format!("RELEASE {}", self.inner()))
        {
            Ok(()) => {
                self.conn
                    .execute_batch(&format!("SAVEPOINT {}", self.inner()))?;
                Ok(true)
            }
            Err(error) if error.code() == Some(Code::Error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a transaction of the caller's is gone with the load: SQLite rolls all of it back after some errors.
    pub(super) fn has_lost_callers(&self) -> bool {
        !self.undo.owns_transaction && self.conn.is_autocommit()
    }

    /// Keeps what was written, after [`check`](Self::check). An error undoes it.
    pub(super) fn commit(mut self) -> Result<()> {
        if self.undo.owns_transaction {
            // The savepoint is there until it succeeds, and so is the way back.
            self.conn.execute_batch("COMMIT")?;
        } else {
            self.conn
                .execute_batch(&format!("RELEASE {}", self.undo.savepoint()))?;
        }
        self.open = false;
        self.conn.end_load();
        Ok(())
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.open {
            self.conn.undo_load(self.undo);
        }
    }
}
